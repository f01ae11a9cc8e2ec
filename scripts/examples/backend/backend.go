package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// settings are what a job has to know of Tessera; the endpoint comes from discovery.
type settings struct {
	Issuer, ID, Secret string
	Scopes             []string // none: the client's default scopes
}

// backend reads from Tessera as its client. It is for one goroutine.
type backend struct {
	issuer string
	client func() *http.Client
	http   *http.Client // with a token, which it keeps until it expires
}

// newBackend reads the discovery document. Tokens are asked for under the context too.
func newBackend(ctx context.Context, s settings) (*backend, error) {
	provider, err := oidc.NewProvider(ctx, s.Issuer)
	if err != nil {
		return nil, fmt.Errorf("discovery at %s: %w", s.Issuer, err)
	}
	grant := clientcredentials.Config{ClientID: s.ID, ClientSecret: s.Secret, Scopes: s.Scopes,
		TokenURL: provider.Endpoint().TokenURL, AuthStyle: oauth2.AuthStyleInHeader}
	client := func() *http.Client { return grant.Client(ctx) }
	return &backend{s.Issuer, client, client()}, nil
}

// record is one of a model, with the fields that the client's scopes show of it.
type record struct {
	id     int64
	fields json.RawMessage
}

// pageSize is how many records one request asks for.
const pageSize = 100

// records reads every record of a model that the client may see, by id.
func (b *backend) records(ctx context.Context, model string) iter.Seq2[record, error] {
	return func(yield func(record, error) bool) {
		for last := int64(0); ; {
			page, err := b.page(ctx, model, last)
			if err != nil {
				yield(record{}, err)
				return
			}
			for _, id := range slices.Sorted(maps.Keys(page)) {
				if !yield(record{id, page[id]}, nil) {
					return
				}
				last = id
			}
			if len(page) < pageSize {
				return
			}
		}
	}
}

// page reads the records behind an id. The answer has their ids as keys.
func (b *backend) page(ctx context.Context, model string, after int64) (map[int64]json.RawMessage, error) {
	q := url.Values{"model": {model}, "limit": {strconv.Itoa(pageSize)}}
	if after > 0 {
		q.Set("cursor", strconv.FormatInt(after, 10))
	}
	body, err := b.get(ctx, "/oauth2/otherinfo?"+q.Encode())
	if err != nil {
		return nil, err
	}
	var page map[int64]json.RawMessage
	if err := json.Unmarshal(body, &page); err != nil {
		return nil, fmt.Errorf("read %s: %w", model, err)
	}
	return page, nil
}

// get reads an address. A token may end before it expires, when somebody revokes it: the
// job then asks for a new one, once.
func (b *backend) get(ctx context.Context, path string) ([]byte, error) {
	status, body, err := b.try(ctx, path)
	if err == nil && status == http.StatusUnauthorized {
		b.http = b.client()
		status, body, err = b.try(ctx, path)
	}
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("%s answers %d: %s", path, status, strings.TrimSpace(string(body)))
	}
	return body, err
}

func (b *backend) try(ctx context.Context, path string) (status int, body []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.issuer+path, nil)
	if err != nil {
		return 0, nil, err
	}
	res, err := b.http.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	body, err = io.ReadAll(io.LimitReader(res.Body, 8<<20))
	return res.StatusCode, body, err
}
