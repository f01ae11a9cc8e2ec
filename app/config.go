package app

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"
	"gopkg.in/yaml.v3"

	"github.com/tessera-erp/tessera/app/fault"
)

// Config is what an operator can set: as a flag, as TESSERA_… in the environment, or in
// a file (--config) with the names of the flags as keys. A flag goes before the
// environment, the environment before the file.
type Config struct {
	File kong.ConfigFlag `name:"config" env:"TESSERA_CONFIG" placeholder:"FILE" help:"Read settings from a YAML or JSON file."`

	Addr     string   `env:"TESSERA_ADDR" default:"127.0.0.1:8069" help:"Address to listen on."`
	BaseURL  string   `name:"base-url" env:"TESSERA_BASE_URL" placeholder:"URL" help:"Where browsers and clients find this server; links and the issuer come from it. Without it http://localhost and the port of --addr."`
	Data     string   `env:"TESSERA_DATA" placeholder:"DIR" help:"Folder of the database and of its keyset, unless TESSERA_KEYSET holds that. Without it ./data, which is made when it is not there."`
	Database string   `env:"TESSERA_DATABASE" placeholder:"URL" help:"sqlite:PATH or postgres://user@host/name. Without it tessera.db in the data folder, demo.db with --demo."`
	Demo     bool     `env:"TESSERA_DEMO" help:"Use a database of its own with demo records, whose passwords everybody knows."`
	Modules  []string `env:"TESSERA_MODULES" placeholder:"NAME" help:"Modules to install in an empty database; all without it."`

	LogLevel     logLevel `env:"TESSERA_LOG_LEVEL" default:"info" help:"debug, info, warn or error."`
	LogFormat    string   `env:"TESSERA_LOG_FORMAT" enum:"text,json" default:"text" help:"text or json."`
	AccessLog    bool     `env:"TESSERA_ACCESS_LOG" help:"Log every request."`
	TrustedHops  uint8    `env:"TESSERA_TRUSTED_HOPS" default:"0" help:"How many proxies in front add to X-Forwarded-For."`
	PublicIP     string   `name:"public-ip" env:"TESSERA_PUBLIC_IP" placeholder:"ADDRESS" help:"Address on the internet at which browsers reach this server or the proxy in front of it. HMRC wants to know it; without it that part is left out."`
	MetricsToken string   `env:"TESSERA_METRICS_TOKEN" placeholder:"TOKEN" help:"Bearer token that opens /metrics to other machines."`
	Dev          bool     `env:"TESSERA_DEV" help:"Show the gallery of components at /dev/ui."`

	// Keyset is TESSERA_KEYSET: a secret is no flag, where others would see it.
	Keyset string `kong:"-"`
}

// defaultData is made when it does not exist; a folder that was named is not.
const defaultData = "data"

// databaseURL says which database is meant.
func (c Config) databaseURL() string {
	if c.Database != "" {
		return c.Database
	}
	return "sqlite:" + filepath.Join(c.dataDir(), c.stem()+".db")
}

// deployment names the place where a database is in use, by a hash of its address and of
// the base URL: neither, nor a password in it, is to be read from the database.
func (c Config) deployment(base *url.URL) string {
	at := c.databaseURL()
	if path, ok := strings.CutPrefix(at, "sqlite:"); ok {
		if full, err := filepath.Abs(path); err == nil {
			at = full
		}
	} else if u, err := url.Parse(at); err == nil {
		at = u.Host + u.Path
	}
	sum := sha256.Sum256([]byte(base.String() + "\n" + at))
	return hex.EncodeToString(sum[:16])
}

func (c Config) keysetPath() string { return filepath.Join(c.dataDir(), c.stem()+".keyset") }

func (c Config) stem() string {
	if c.Demo {
		return "demo"
	}
	return "tessera"
}

func (c Config) dataDir() string {
	if c.Data == "" {
		return defaultData
	}
	return c.Data
}

// prepareData makes the default folder; one that was named has to exist.
func (c Config) prepareData() error {
	if c.Data == "" {
		if err := os.MkdirAll(defaultData, 0o700); err != nil {
			return fault.Wrap(err, fault.Forbidden, "The folder ./%s cannot be made.", defaultData)
		}
		return nil
	}
	info, err := os.Stat(c.Data)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fault.New(fault.NotFound, "The folder %s does not exist.", c.Data)
	case err != nil:
		return fault.Wrap(err, fault.Forbidden, "The folder %s cannot be used.", c.Data)
	case !info.IsDir():
		return fault.New(fault.Invalid, "%s is no folder.", c.Data)
	}
	return nil
}

// logLevel is a slog.Level with a sentence of its own for a word that is none.
type logLevel struct{ slog.Level }

// UnmarshalText implements encoding.TextUnmarshaler.
func (l *logLevel) UnmarshalText(text []byte) error {
	if l.Level.UnmarshalText(text) != nil {
		return fmt.Errorf("%q is none of debug, info, warn and error", text)
	}
	return nil
}

// baseURL is where people find the server. Without one it is the name localhost: neither
// passkeys nor some providers take an IP address.
func (c Config) baseURL() (*url.URL, error) {
	_, port, err := net.SplitHostPort(c.Addr)
	if err != nil || !isPort(port) {
		return nil, fault.New(fault.Invalid, "%q is no address to listen on: write it as host:port.", c.Addr)
	}
	text := c.BaseURL
	if text == "" {
		text = "http://localhost:" + port
	}
	u, err := url.Parse(text)
	if err != nil || !isBase(u) {
		return nil, fault.New(fault.Invalid, "%q is no base URL: write it as https://erp.example.com.", text)
	}
	u.Path = ""
	return u, nil
}

// sharedSpace is that of carriers' address translation (RFC 6598), as private as 10/8.
var sharedSpace = netip.MustParsePrefix("100.64.0.0/10")

// publicIP is where the internet reaches the server; the zero value when nobody has said.
func (c Config) publicIP() (netip.Addr, error) {
	if c.PublicIP == "" {
		return netip.Addr{}, nil
	}
	a, err := netip.ParseAddr(c.PublicIP)
	if a = a.Unmap(); err != nil || a.Zone() != "" || !a.IsGlobalUnicast() || a.IsPrivate() || sharedSpace.Contains(a) {
		return netip.Addr{}, fault.New(fault.Invalid, "%q is no address on the internet: write --public-ip as 203.0.113.6, or leave it out.", c.PublicIP)
	}
	return a, nil
}

// isBase reports whether a URL is a scheme and a host, with or without a port.
func isBase(u *url.URL) bool {
	return (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.User == nil && u.RawQuery == "" && u.Fragment == "" &&
		strings.Trim(u.Path, "/") == "" && (isPort(u.Port()) || u.Port() == "" && !strings.HasSuffix(u.Host, ":"))
}

func isPort(text string) bool {
	n, err := strconv.ParseUint(text, 10, 16)
	return err == nil && n > 0
}

func (c Config) logger(out io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: c.LogLevel.Level}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(out, options))
	}
	return slog.New(slog.NewTextHandler(out, options))
}

// configFile reads settings from YAML, of which JSON is a part. A key that no flag has
// is a mistake that would otherwise go unnoticed.
func configFile(r io.Reader) (kong.Resolver, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, errors.New("the configuration file cannot be read; is it a folder?")
	}
	var values any
	if err := yaml.Unmarshal(text, &values); err != nil {
		return nil, fmt.Errorf("the configuration file is neither YAML nor JSON: %s", strings.TrimPrefix(err.Error(), "yaml: "))
	}
	switch values := values.(type) {
	case nil:
		return settings{}, nil
	case map[string]any:
		return settings(values), nil
	}
	return nil, errors.New("the configuration file has to hold settings, such as addr: 127.0.0.1:8069")
}

type settings map[string]any

// Validate implements kong.Resolver.
func (s settings) Validate(app *kong.Application) error {
	known := map[string]bool{}
	for _, group := range app.Node.AllFlags(false) {
		for _, f := range group {
			known[f.Name] = true
		}
	}
	for key := range s {
		if !known[key] {
			return fmt.Errorf("the configuration file sets %q, which is no setting", key)
		}
	}
	return nil
}

// Resolve implements kong.Resolver.
func (s settings) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	v, ok := s[flag.Name]
	if !ok {
		return nil, nil
	}
	if list, ok := v.([]any); ok {
		words := make([]string, len(list))
		for i, x := range list {
			words[i] = fmt.Sprint(x)
		}
		return strings.Join(words, ","), nil
	}
	return v, nil
}
