// Command webclient is a web application that signs people in with Tessera and reads
// what they grant, written with stock libraries: golang.org/x/oauth2 and coreos/go-oidc.
//
//	tessera serve --demo                    # in one terminal
//	go run ./scripts/examples/webclient     # in another, then open http://localhost:8100
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"strings"
	"time"
)

func main() {
	issuer := flag.String("issuer", "http://localhost:8069", "base URL of Tessera")
	id := flag.String("id", "webshop", "client identifier")
	secret := flag.String("secret", env("CLIENT_SECRET", "webshop-demo-secret-not-for-production"), "client secret; also CLIENT_SECRET")
	addr := flag.String("addr", "127.0.0.1:8100", "where this example listens")
	base := flag.String("base-url", "http://localhost:8100", "how the browser reaches this example; base-url/callback is its redirect URI")
	scopes := flag.String("scopes", "openid profile email partners.wholesale", "scopes to ask for")
	model := flag.String("model", "res.partner", "model to read through /oauth2/otherinfo")
	flag.Parse()

	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	app, err := newApp(ctx, settings{Issuer: *issuer, ID: *id, Secret: *secret, BaseURL: *base, Scopes: strings.Fields(*scopes), Model: *model})
	if err != nil {
		log.Fatalf("webclient: %v", err)
	}
	fmt.Printf("Open %s\n", *base)
	server := &http.Server{Addr: *addr, Handler: app.handler(), ReadHeaderTimeout: 5 * time.Second}
	log.Fatal(server.ListenAndServe())
}

func env(name, otherwise string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return otherwise
}
