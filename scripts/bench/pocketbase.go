package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/tessera-erp/tessera/db"
)

// pocket is a PocketBase with the same orders, the same index and open to everybody.
type pocket struct {
	cmd  *exec.Cmd
	base string
}

func (p *pocket) stop() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

// pocketPage is the page that the records API is held against; PocketBase is spared the
// count of all, which ours does not make either.
func pocketPage(partner, state string) string {
	return "/api/collections/orders/records?" + url.Values{"perPage": {"100"}, "skipTotal": {"1"}, "sort": {"id"}, "fields": {"id,number,date,state,untaxed,total"},
		"filter": {"partner=" + partner + "&&state='" + state + "'"}}.Encode()
}

const pocketCollection = `{"name":"orders","type":"base","listRule":"","viewRule":"","fields":[{"name":"number","type":"text"},{"name":"partner","type":"number"},
	{"name":"date","type":"text"},{"name":"state","type":"text"},{"name":"untaxed","type":"number"},{"name":"total","type":"number"}],
	"indexes":["CREATE INDEX orders_ps ON orders (partner, state, id)"]}`

// startPocketBase runs the binary on a new directory, makes the collection over its API
// and copies the orders of a database of ours into it.
func startPocketBase(binary, work, from string, many int) (*pocket, error) {
	const login, password = "bench@example.com", "bench-password"
	dir := filepath.Join(work, "pocketbase")
	if out, err := exec.Command(binary, "superuser", "upsert", login, password, "--dir", dir).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("pocketbase: %w\n%s", err, out)
	}
	p, err := runPocketBase(binary, dir)
	if err != nil {
		return nil, err
	}
	var session struct{ Token string }
	err = p.post("/api/collections/_superusers/auth-with-password", "", fmt.Sprintf(`{"identity":%q,"password":%q}`, login, password), &session)
	if err == nil {
		err = p.post("/api/collections", session.Token, pocketCollection, nil)
	}
	p.stop()
	if err != nil {
		return nil, err
	}
	if err := fillPocketBase(filepath.Join(dir, "data.db"), from, many); err != nil {
		return nil, err
	}
	return runPocketBase(binary, dir)
}

func runPocketBase(binary, dir string) (*pocket, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	addr := net.JoinHostPort("127.0.0.1", port)
	p := &pocket{cmd: exec.Command(binary, "serve", "--http", addr, "--dir", dir), base: "http://" + addr}
	p.cmd.Stderr = os.Stderr
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	for began := time.Now(); time.Since(began) < startLimit; time.Sleep(20 * time.Millisecond) {
		if r, err := http.Get(p.base + "/api/health"); err == nil {
			r.Body.Close()
			return p, nil
		}
	}
	p.stop()
	return nil, errors.New("PocketBase did not answer")
}

func (p *pocket) post(path, token, body string, into any) error {
	r, err := http.NewRequest(http.MethodPost, p.base+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", token)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("POST %s: status %d: %s", path, answer.StatusCode, text)
	}
	if err != nil || into == nil {
		return err
	}
	return json.NewDecoder(bytes.NewReader(text)).Decode(into)
}

// fillPocketBase copies orders while nobody has its database open.
func fillPocketBase(file, from string, many int) error {
	ctx := context.Background()
	d, err := db.Open(ctx, db.Config{URL: "sqlite:" + file})
	if err != nil {
		return err
	}
	ours, err := db.Open(ctx, db.Config{URL: "sqlite:" + from, ReadOnly: true})
	if err != nil {
		return errors.Join(err, d.Close())
	}
	var first int64
	err = ours.QueryRowContext(ctx, "SELECT MIN(id) FROM contacts_partner WHERE ref = 'c1'").Scan(&first)
	for at := 0; at < many && err == nil; at += fillBatch {
		err = d.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(`INSERT INTO orders (id, number, partner, date, state, untaxed, total)
				WITH RECURSIVE n (i) AS (SELECT ? UNION ALL SELECT i + 1 FROM n WHERE i < ?)
				SELECT 'r' || substr('00000000000000' || i, -14), 'SO-' || substr('000000' || i, -7), ? + i % ?, date('2020-01-01', '+' || (i / 500) || ' days'),
					CASE (i / ?) % 4 WHEN 0 THEN 'draft' WHEN 1 THEN 'confirmed' WHEN 2 THEN 'done' ELSE 'cancelled' END, i, i * 1.2 FROM n`,
				at, min(at+fillBatch, many)-1, first, customers, customers)
			return err
		})
	}
	return errors.Join(err, ours.Close(), d.Close())
}
