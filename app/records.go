package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"runtime/debug"
	"slices"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/jobs"
	"github.com/tessera-erp/tessera/app/load"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/db"
)

// installed returns the names of the modules in the database, in their order; none when
// nothing was ever installed.
func installed(ctx context.Context, d *db.DB) ([]string, error) {
	done, err := d.Version(ctx)
	if err != nil || !slices.Contains(done, kernel+"/0004_app") {
		return nil, err
	}
	rows, err := d.QueryContext(ctx, "SELECT name FROM module ORDER BY id")
	if err != nil {
		return nil, db.Fault(err)
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, db.Fault(rows.Err())
}

// loadRecords brings in what the modules declare as records, when that has changed since
// the last time. Another instance may do the same at this moment; who loses repeats it,
// and then finds nothing to do.
func (in *Instance) loadRecords(ctx context.Context) error {
	if err := in.checkDemo(ctx); err != nil {
		return err
	}
	for try := 1; ; try++ {
		want, err := in.fingerprint()
		if err != nil {
			return err
		}
		have, err := setting(ctx, in.db, settingLoaded)
		if err != nil || have == want {
			return err
		}
		err = in.install(ctx)
		if err == nil {
			return set(ctx, in.db, settingLoaded, want)
		}
		if try == 3 || !fault.Is(err, fault.Conflict) && !db.IsUnique(err) {
			return err
		}
	}
}

// Reload loads what the modules bring once more, changed or not. Nothing changes when it
// is as loaded before.
func (in *Instance) Reload(ctx context.Context) error { return in.install(ctx) }

// checkDemo keeps a database whose passwords everybody knows apart from all others.
func (in *Instance) checkDemo(ctx context.Context) error {
	demo, err := setting(ctx, in.db, settingDemo)
	switch {
	case err != nil:
		return err
	case in.config.Demo && demo == "" && !in.fresh:
		return fault.New(fault.Conflict, "This database is no demo database: --demo would add users to it whose passwords everybody knows.")
	case !in.config.Demo && demo != "":
		return fault.New(fault.Conflict, "This is a demo database, whose passwords everybody knows: open it with --demo.")
	case in.config.Demo && demo == "":
		return set(ctx, in.db, settingDemo, "yes")
	}
	return nil
}

// install makes the rows of the modules and their jobs, runs what the modules do when
// something has changed, and loads their records.
func (in *Instance) install(ctx context.Context) error {
	env := in.App.Database.System(ctx, "install")
	env.Origin = "install"
	if err := in.writeModules(env); err != nil {
		return err
	}
	if err := jobs.Sync(ctx, in.App.Database, in.registrar.Jobs); err != nil {
		return err
	}
	for _, fn := range in.registrar.installs {
		if err := fn(env, in.App); err != nil {
			return err
		}
	}
	for _, m := range in.Modules {
		if err := in.loadModule(env, m, "."); err != nil {
			return err
		}
	}
	for _, m := range in.Modules {
		for _, other := range in.Modules {
			if err := in.loadModule(env, m, load.With+other.Name); err != nil {
				return err
			}
		}
	}
	return nil
}

// loadModule loads one folder of a module's data, then what a demo adds to it or changes in it.
func (in *Instance) loadModule(env *record.Env, m Module, folder string) error {
	data, err := load.Files(m.Name, m.Data, folder)
	if err != nil {
		return err
	}
	if _, err := load.Apply(env, data); err != nil || !in.config.Demo {
		return err
	}
	demo, err := load.Files(m.Name, m.Demo, folder)
	if err != nil {
		return err
	}
	if folder == "." && m.DemoRecords != nil {
		demo = append(demo, m.DemoRecords()...)
	}
	if _, err = load.Apply(env, demo); err != nil || folder != "." || m.DemoRows == nil {
		return err
	}
	return m.DemoRows(env)
}

func (in *Instance) writeModules(env *record.Env) error {
	return env.Database().DB.Write(env.Context, func(tx *db.Tx) error {
		for _, m := range in.Modules {
			_, err := tx.Exec(`INSERT INTO module (version, created_at, updated_at, name, title, summary, release) VALUES (1, ?, ?, ?, ?, ?, ?)
				ON CONFLICT (name) DO UPDATE SET title = excluded.title, summary = excluded.summary, release = excluded.release,
					updated_at = excluded.updated_at, version = module.version + 1`,
				env.Now, env.Now, m.Name, m.Title, m.Summary, Release())
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// fingerprint changes when anything does that loading brings into the database.
func (in *Instance) fingerprint() (string, error) {
	h := sha256.New()
	add := func(v any) error { return json.NewEncoder(h).Encode(v) }
	if err := add([]any{Release(), in.App.Database.Registry().AllGroups(), jobNames(in.registrar.Jobs)}); err != nil {
		return "", err
	}
	for _, m := range in.Modules {
		if err := add([]any{m.Name, m.Title, m.Summary}); err != nil {
			return "", err
		}
		sources := []fs.FS{m.Data, m.Locales}
		if in.config.Demo {
			sources = append(sources, m.Demo)
			if m.DemoRecords != nil {
				if err := add(m.DemoRecords()); err != nil {
					return "", err
				}
			}
		}
		for _, source := range sources {
			if err := addFiles(source, add); err != nil {
				return "", err
			}
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func jobNames(s *jobs.Schedule) []string {
	var out []string
	for _, j := range s.Jobs {
		out = append(out, fmt.Sprint(j.Name, j.Title, j.Every))
	}
	return out
}

func addFiles(from fs.FS, add func(any) error) error {
	if from == nil {
		return nil
	}
	return fs.WalkDir(from, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(from, path)
		if err != nil {
			return err
		}
		return add([]any{path, text})
	})
}

// Release names this build: the version, or the commit it was built from.
func Release() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value[:min(12, len(s.Value))]
		}
	}
	return "development"
}
