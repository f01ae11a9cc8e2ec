// Command backend is a job without a person: it reads records as the user whom its client
// runs as, with the client credentials grant and the stock golang.org/x/oauth2.
//
//	tessera serve --demo                    # in one terminal
//	go run ./scripts/examples/backend       # in another
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"time"
)

func main() {
	issuer := flag.String("issuer", "http://localhost:8069", "base URL of Tessera")
	id := flag.String("id", "night-sync", "client identifier")
	secret := flag.String("secret", env("CLIENT_SECRET", "night-sync-demo-secret-not-for-production"), "client secret; also CLIENT_SECRET")
	model := flag.String("model", "res.partner", "model to read through /oauth2/otherinfo")
	flag.Parse()

	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	b, err := newBackend(ctx, settings{Issuer: *issuer, ID: *id, Secret: *secret})
	if err != nil {
		log.Fatalf("backend: %v", err)
	}
	for r, err := range b.records(ctx, *model) {
		if err != nil {
			log.Fatalf("backend: %v", err)
		}
		fmt.Printf("%d\t%s\n", r.id, r.fields)
	}
}

func env(name, otherwise string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return otherwise
}
