package e2e_test

import (
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/tessera-erp/tessera/db"
	"github.com/tessera-erp/tessera/db/dbtest"
)

// made is a data folder with a database, copied for each test that breaks it.
func made(t *testing.T) *operator {
	t.Helper()
	o := at(t, "")
	o.run("migrate").ok("up to date")
	return o
}

func write(t testing.TB, file, text string) string {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestRefusedStart gives the program what it cannot start with.
func TestRefusedStart(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		prepare func(t *testing.T, o *operator)
		args    []string // behind serve
		env     string
		want    string
	}{
		"ErrNotADatabase": {prepare: func(t *testing.T, o *operator) { write(t, o.file("tessera.db"), strings.Repeat("no database", 999)) }, want: "is not a database file."},
		"ErrTruncated": {prepare: func(t *testing.T, o *operator) {
			o.run("migrate").ok()
			if err := os.Truncate(o.file("tessera.db"), 30_000); err != nil {
				t.Fatal(err)
			}
		}, want: "is damaged; restore a backup."},
		"ErrHeaderOnly":       {prepare: func(t *testing.T, o *operator) { write(t, o.file("tessera.db"), "SQLite format 3\x00") }, want: "is not a database file."},
		"ErrDatabaseIsFolder": {prepare: func(t *testing.T, o *operator) { _ = os.Mkdir(o.file("tessera.db"), 0o700) }, want: "is a folder"},
		"ErrNewerSchema": {prepare: func(t *testing.T, o *operator) {
			o.run("migrate").ok()
			future(t, "sqlite:"+o.file("tessera.db"))
		}, want: "newer version of Tessera"},
		"ErrNoFolder":       {args: []string{"--data", "nowhere"}, want: "The folder nowhere does not exist."},
		"ErrFolderIsFile":   {prepare: func(t *testing.T, o *operator) { write(t, o.file("file"), "") }, args: []string{"--data", "file"}, want: "file is no folder."},
		"ErrDatabaseFolder": {args: []string{"--database", "sqlite:/nowhere/x.db"}, want: "The folder /nowhere for the database does not exist."},
		"ErrDatabaseEngine": {args: []string{"--database", "mysql://x"}, want: "sqlite:PATH or postgres://"},
		"ErrDatabasePath":   {args: []string{"--database", "sqlite:"}, want: "the path of a file"},
		"ErrDatabaseURL":    {args: []string{"--database", "postgres://%zz"}, want: "not a valid postgres:// URL"},
		"ErrUnreachable":    {args: []string{"--database", "postgres://u:pass-word@127.0.0.1:1/x"}, want: "cannot be reached."},
		"ErrKeysetMissing":  {prepare: func(t *testing.T, o *operator) { o.run("migrate").ok(); _ = os.Remove(o.file("tessera.keyset")) }, want: "The keyset of this database is missing: put"},
		"ErrKeysetEmpty":    {prepare: func(t *testing.T, o *operator) { o.run("migrate").ok(); write(t, o.file("tessera.keyset"), "") }, want: "keyset"},
		"ErrKeysetJunk":     {env: "TESSERA_KEYSET=junk!", want: "The keyset in TESSERA_KEYSET is neither JSON nor base64."},
		"ErrKeysetReadable": {prepare: func(t *testing.T, o *operator) { o.run("migrate").ok(); _ = os.Chmod(o.file("tessera.keyset"), 0o644) }, want: "may be read by others; make it mode 0600."},
		"ErrKeysetWrong": {prepare: func(t *testing.T, o *operator) {
			o.run("migrate").ok()
			other := made(t)
			write(t, o.file("tessera.keyset"), read(t, other.file("tessera.keyset")))
		}, want: "does not fit this database"},
		"ErrConfigMissing":   {args: []string{"--config", "nowhere.yaml"}, want: "nowhere.yaml"},
		"ErrConfigSyntax":    {prepare: func(t *testing.T, o *operator) { write(t, o.file("c.yaml"), "addr: [") }, args: []string{"--config", "c.yaml"}, want: "YAML"},
		"ErrConfigList":      {prepare: func(t *testing.T, o *operator) { write(t, o.file("c.yaml"), "- addr") }, args: []string{"--config", "c.yaml"}, want: "settings"},
		"ErrConfigKey":       {prepare: func(t *testing.T, o *operator) { write(t, o.file("c.yaml"), "adress: x") }, args: []string{"--config", "c.yaml"}, want: `"adress", which is no setting`},
		"ErrConfigFolder":    {args: []string{"--config", "."}, want: "folder"},
		"ErrFlag":            {args: []string{"--adress", "x"}, want: "--adress"},
		"ErrArgument":        {args: []string{"x"}, want: "x"},
		"ErrLogLevel":        {env: "TESSERA_LOG_LEVEL=loud", want: `"loud" is none of debug, info, warn and error`},
		"ErrBool":            {env: "TESSERA_DEMO=perhaps", want: `TESSERA_DEMO="perhaps"`},
		"ErrNumber":          {env: "TESSERA_TRUSTED_HOPS=many", want: `TESSERA_TRUSTED_HOPS="many"`},
		"ErrNegative":        {args: []string{"--trusted-hops=-1"}, want: "trusted-hops"},
		"ErrEnum":            {args: []string{"--log-format", "xml"}, want: "text"},
		"ErrBaseURL":         {args: []string{"--base-url", "erp.example.com"}, want: `"erp.example.com" is no base URL: write it as https://erp.example.com.`},
		"ErrBaseURLPath":     {args: []string{"--base-url", "https://erp.example.com/erp"}, want: "is no base URL"},
		"ErrBaseURLPort":     {args: []string{"--base-url", "https://erp.example.com:99999"}, want: "is no base URL"},
		"ErrBaseURLPassword": {args: []string{"--base-url", "https://u:p@erp.example.com"}, want: "is no base URL"},
		"ErrAddr":            {args: []string{"--addr", "8069"}, want: `"8069" is no address to listen on`},
		"ErrAddrPort":        {args: []string{"--addr", "127.0.0.1:http-alt-alt"}, want: "is no address to listen on"},
		"ErrAddrElsewhere":   {args: []string{"--addr", "203.0.113.1:8069"}, want: "203.0.113.1:8069"},
		"ErrModule":          {args: []string{"--modules", "contcats"}, want: `no module "contcats"`},
		"ErrDemoOnPlain": {prepare: func(t *testing.T, o *operator) {
			o.run("migrate").ok()
			o.env = append(o.env, "TESSERA_DATABASE=sqlite:"+o.file("tessera.db"), "TESSERA_KEYSET="+read(t, o.file("tessera.keyset")))
		}, args: []string{"--demo"}, want: "--demo would add users"},
		"ErrPlainOnDemo": {prepare: func(t *testing.T, o *operator) {
			o.run("migrate", "--demo").ok()
			o.env = append(o.env, "TESSERA_DATABASE=sqlite:"+o.file("demo.db"), "TESSERA_KEYSET="+read(t, o.file("demo.keyset")))
		}, want: "This is a demo database"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := at(t, "")
			o.env = []string{fmt.Sprintf("TESSERA_ADDR=127.0.0.1:%d", port(t))}
			if c.env != "" {
				o.env = append(o.env, c.env)
			}
			if c.prepare != nil {
				c.prepare(t, o)
			}
			a := o.run(append([]string{"serve"}, c.args...)...)
			a.refused(c.want)
			if strings.Contains(a.out+a.err, "pass-word") {
				t.Errorf("the password of the database shows: %s", a.err)
			}
		})
	}
}

// future makes a schema that a later version of the program has brought.
func future(t *testing.T, url string) {
	t.Helper()
	d, err := db.Open(t.Context(), db.Config{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	err = d.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec("INSERT INTO schema_migration (id) VALUES ('kernel/9999_future')")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestPortInUse(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	at(t, "").run("serve", "--addr", l.Addr().String()).refused(l.Addr().String()+" is in use by another program", "--addr")
}

// TestReadOnly starts where the account may not write, or not even read.
func TestReadOnly(t *testing.T) {
	t.Parallel()
	o := at(t, "")
	o.data = open(t)
	o.run("migrate").ok()
	if os.Getuid() == 0 {
		o.account = &syscall.Credential{Uid: 65534, Gid: 65534} // nobody: root may do everything
		if err := os.Chown(o.file("tessera.keyset"), 65534, 65534); err != nil {
			t.Fatal(err)
		}
	}
	for name, modes := range map[string][2]os.FileMode{
		"ErrFolder":   {0o555, 0o444},
		"ErrDatabase": {0o777, 0o444},
		"ErrUnread":   {0o777, 0o000},
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.Chmod(o.file("tessera.db"), modes[1]); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(o.data, modes[0]); err != nil {
				t.Fatal(err)
			}
			defer os.Chmod(o.data, 0o700) //nolint:errcheck // the test's own folder
			c := *o
			c.t = t
			c.run("migrate").refused(o.data)
		})
	}
	empty := at(t, "")
	empty.account, empty.data = o.account, open(t)
	if err := os.Chmod(empty.data, 0o555); err != nil {
		t.Fatal(err)
	}
	empty.run("migrate").refused(empty.data)
}

// open makes a folder that others can reach: that of a test is closed to them.
func open(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp(built, "data-")
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

// TestRefusedLoad loads files with one mistake: each is named with file, line and field,
// and nothing of the file is kept.
func TestRefusedLoad(t *testing.T) {
	t.Parallel()
	dbtest.Engines(t, func(t *testing.T, url string) {
		t.Parallel()
		o := at(t, url)
		o.run("migrate").ok()
		good := "- {model: contacts.tag, id: good, values: {name: Good}}\n"
		for name, c := range map[string]struct{ text, want string }{
			"ErrSyntax":      {"- {model: [", "f.yaml: this is no YAML: line 1"},
			"ErrEncoding":    {"\xff\xfe\x00", "f.yaml: this is no YAML"},
			"ErrNoList":      {"tag: x", "f.yaml:1: the file has to be a list"},
			"ErrModel":       {good + "- {model: contacts.tiger, id: NAME, values: {name: x}}", "f.yaml:2: contacts.tiger NAME"},
			"ErrField":       {good + "- model: contacts.tag\n  id: NAME\n  values:\n    name: x\n    colour: red", "f.yaml:6: contacts.tag NAME, colour"},
			"ErrType":        {good + "- model: contacts.partner\n  id: NAME\n  values:\n    name: x\n    credit_limit: much", "f.yaml:6: contacts.partner NAME, credit_limit: Write a number."},
			"ErrRelation":    {good + "- {model: contacts.partner, id: NAME, values: {name: x, country: XX}}", "f.yaml:2: contacts.partner NAME, country"},
			"ErrTaken":       {good + "- {model: contacts.tag, id: NAME, values: {name: Good}}", "f.yaml:2: contacts.tag NAME, name"},
			"ErrNoFilter":    {good + "- {model: oauth_provider.scope, id: NAME, values: {code: NAME, name: x, model: base.user, fields: [name]}}", "f.yaml:2: oauth_provider.scope NAME, filter: Write a filter"},
			"ErrFilterField": {good + `- {model: oauth_provider.scope, id: NAME, values: {code: NAME, name: x, model: contacts.partner, filter: ["!", ["colour", "=", 1]], fields: [name]}}`, `f.yaml:2: oauth_provider.scope NAME, filter: Condition 1, ["colour","=",1]: contacts.partner has no field "colour".`},
			"ErrFilterType":  {good + `- {model: oauth_provider.scope, id: NAME, values: {code: NAME, name: x, model: contacts.partner, filter: [["name", "=", 1]], fields: [name]}}`, `does not fit "name" (text).`},
			"ErrFilterCode":  {good + `- {model: oauth_provider.scope, id: NAME, values: {code: NAME, name: x, model: contacts.partner, filter: "__import__('os')", fields: [name]}}`, "a filter holds no code."},
			"ErrFilterSQL":   {good + `- {model: oauth_provider.scope, id: NAME, values: {code: NAME, name: x, model: contacts.partner, filter: "1=1; DROP TABLE base_user", fields: [name]}}`, "f.yaml:2: oauth_provider.scope NAME, filter"},
			"ErrHiddenField": {good + `- {model: oauth_provider.scope, id: NAME, values: {code: NAME, name: x, model: base.user, all_records: true, fields: [password_hash]}}`, `has no field "password_hash".`},
			"ErrHiddenPath":  {good + `- {model: oauth_provider.scope, id: NAME, values: {code: NAME, name: x, model: contacts.partner, all_records: true, fields: [salesperson.password_hash]}}`, `has no field "salesperson.password_hash".`},
			"ErrHiddenRows":  {good + `- {model: oauth_provider.scope, id: NAME, values: {code: NAME, name: x, model: base.user, filter: [["password_hash", "like", "a"]], fields: [name]}}`, `no field "password_hash"`},
			"ErrScopeField":  {good + "- {model: oauth_provider.scope, id: NAME, values: {code: NAME, name: x, model: base.user, all_records: true, fields: [shoe_size]}}", `oauth_provider.scope NAME, fields: User has no field "shoe_size".`},
			"ErrScript":      {good + `- {model: oauth_provider.client, id: NAME, values: {name: x, identifier: NAME, public: true, application_type: web, scopes: [openid], redirect_uris: ["javascript:alert(1)"]}}`, "f.yaml:2: oauth_provider.client NAME, redirect_uris"},
			"ErrPlainHTTP":   {good + `- {model: oauth_provider.client, id: NAME, values: {name: x, identifier: NAME, public: true, application_type: web, scopes: [openid], redirect_uris: ["http://shop.example/cb"]}}`, "f.yaml:2: oauth_provider.client NAME, redirect_uris"},
			"ErrNoSecret":    {good + `- {model: oauth_provider.client, id: NAME, values: {name: x, identifier: NAME, application_type: web, scopes: [openid], redirect_uris: ["https://shop.example/cb"]}}`, "oauth_provider.client NAME, secret: Write a secret"},
			"ErrGroup":       {good + "- {model: base.user, id: NAME, values: {login: NAME, name: x, groups: [base.king], company: main}}", `f.yaml:2: base.user NAME, groups: There is no access group "base.king".`},
			"ErrHuge":        {good + "#" + strings.Repeat("x", 33<<20), "f.yaml: the file is larger than 32 MB."},
			"ErrDeep":        {good + "- " + strings.Repeat("[", 5000), "f.yaml"},
		} {
			t.Run(name, func(t *testing.T) {
				me := *o
				me.t = t
				write(t, o.file("f.yaml"), strings.ReplaceAll(c.text, "NAME", name))
				me.run("load", "f.yaml").refused(strings.ReplaceAll(c.want, "NAME", name))
			})
		}
		o.feed(good, "load", "-").ok("1 created, 0 updated") // so none of them left it behind
		o.run("load", "nowhere.yaml").refused("There is no file nowhere.yaml.")
		o.run("load", ".").refused("The file . cannot be read.")
		o.run("load").refused("file")
	})
}
