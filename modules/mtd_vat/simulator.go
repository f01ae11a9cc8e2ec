package mtdvat

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/tessera-erp/tessera/app"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/load"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/modules/mtd_vat/hmrc"
	"github.com/tessera-erp/tessera/modules/mtd_vat/hmrcsim"
	oauthconsumer "github.com/tessera-erp/tessera/modules/oauth_consumer"
)

// SimulatorClient and SimulatorSecret are the credentials of this software at the
// stand-in. They open nothing else and are no secret.
const (
	SimulatorClient = "tessera-demo"
	SimulatorSecret = "tessera-demo-secret"
)

// simulatorCommand runs the stand-in alone.
var simulatorCommand = app.Command{
	Name: "hmrc-sim",
	Help: "Run the stand-in for HMRC until it is interrupted.",
	Args: "[PORT]",
	Run: func(ctx context.Context, app *web.Application, args []string, out io.Writer) error {
		port, err := simulatorPort(args)
		if err != nil {
			return err
		}
		server, err := hmrcsim.Start(ctx, port, hmrcsim.Demo(SimulatorClient, SimulatorSecret, simulatorRedirect(app.BaseURL)...))
		if err != nil {
			return fault.Wrap(err, fault.Conflict, "Port %s is in use by another program: name another one behind the command.", port)
		}
		fmt.Fprintf(out, "The HMRC stand-in is at %s (client ID %s, secret %s).\n", server.URL, SimulatorClient, SimulatorSecret)
		return server.Wait()
	},
}

// defaultSimulatorPort is that beside the server's.
const defaultSimulatorPort = "8070"

func simulatorPort(args []string) (string, error) {
	if len(args) == 0 {
		return defaultSimulatorPort, nil
	}
	if n, err := strconv.ParseUint(args[0], 10, 16); err != nil || n == 0 || len(args) > 1 {
		return "", fault.New(fault.Invalid, "%q is no port: write a number from 1 to 65535.", strings.Join(args, " "))
	}
	return args[0], nil
}

// simulatorRedirect are the redirect URIs that the stand-in lets us register: like HMRC
// it takes no IP address.
func simulatorRedirect(base *url.URL) []string {
	uri := base.JoinPath("/oauth2/callback").String()
	if hmrc.CheckRedirectURI(uri) != nil {
		return nil
	}
	return []string{uri}
}

// startSimulator starts the stand-in beside a demo, on the port behind the server's
// unless that is taken. What was granted and filed outlives a restart of the demo.
func startSimulator(ctx context.Context, d app.DemoStart) (string, error) {
	o := hmrcsim.Demo(SimulatorClient, SimulatorSecret, simulatorRedirect(d.App.BaseURL)...)
	o.Keep = filepath.Join(d.Data, "demo-hmrc.json")
	server, err := hmrcsim.Start(ctx, portAfter(d.Addr), o)
	if errors.Is(err, syscall.EADDRINUSE) {
		server, err = hmrcsim.Start(ctx, "0", o)
	}
	if err != nil {
		return "", err
	}
	if err := standIn(d.App.Database.System(ctx, "demo: the HMRC stand-in"), server.URL); err != nil {
		return "", err
	}
	return "A stand-in for HMRC is at " + server.URL, nil
}

// standIn makes the stand-in an API of HMRC's, at the address where it is this time. It is
// the only one with credentials, and so the one that a demo's companies connect to.
func standIn(env *record.Env, at string) error {
	_, err := load.Apply(env, []load.Record{StandIn(at)})
	return err
}

// StandIn is the record of an API that leads to a stand-in.
func StandIn(at string) load.Record {
	return load.Record{Model: "oauth_consumer.api", ID: "hmrc_standin", Values: map[string]any{
		"name": "HMRC stand-in", "provider": ProviderKey, "environment": oauthconsumer.Sandbox, "base_url": at, "authorize_url": at + "/oauth/authorize",
		"token_url": at + "/oauth/token", "client_id": SimulatorClient, "client_secret": SimulatorSecret, "auth_style": "body", "grant": "authorization_code",
		"scopes": []any{hmrc.ScopeRead, hmrc.ScopeWrite}, "allow_private_hosts": true}}
}

// portAfter is the port behind that of an address, "0" (any) when there is none.
func portAfter(addr string) string {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "0"
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n >= 65535 {
		return "0"
	}
	return strconv.FormatUint(n+1, 10)
}
