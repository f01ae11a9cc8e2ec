package db

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tessera-erp/tessera/app/fault"
)

// KeysetNote is what whoever makes or restores a backup has to be told.
const KeysetNote = "The backup leaves the keyset out: without TESSERA_KEYSET or the keyset file the secrets in it cannot be read. Keep the keyset elsewhere."

// Backup writes a consistent copy of the database into a new file, readable by its owner
// only, while others read and write: a SQLite file, or pg_dump's custom format. It
// returns [KeysetNote]. An existing file is refused; after an error there is none.
func (d *DB) Backup(ctx context.Context, path string) (note string, err error) {
	return KeysetNote, create(path, func(part string) error {
		if d.engine == Postgres {
			return d.target.dump(ctx, part)
		}
		return d.copySQLite(ctx, part)
	})
}

// Restore fills the database at url, which must be empty, from a backup of the same
// engine. It creates a SQLite file, not a PostgreSQL database. It returns [KeysetNote].
func Restore(ctx context.Context, from, url string) (note string, err error) {
	t, err := parseURL(url)
	if err != nil {
		return "", err
	}
	kind, err := kindOfBackup(from)
	if err != nil {
		return "", err
	}
	if kind != t.engine {
		return "", fault.New(fault.Invalid, "The backup %s is of %s, the database of %s; restore it into its own kind.", from, kind, t.engine)
	}
	if t.engine == Postgres {
		return KeysetNote, t.restore(ctx, from)
	}
	return KeysetNote, restoreSQLite(ctx, from, t.path)
}

// create has write fill a new file with mode 0600 beside path and, once it is on disk,
// gives it the name path. The file exists empty when write is called.
func create(path string, write func(part string) error) (err error) {
	if _, err := os.Lstat(path); err == nil {
		return fault.New(fault.Conflict, "%s exists already and is not overwritten.", path)
	}
	part, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return cannotCreate(path, err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(part.Name())
		}
	}()
	if err := part.Close(); err != nil {
		return cannotCreate(path, err)
	}
	if err := write(part.Name()); err != nil {
		return err
	}
	if err := flush(part.Name()); err != nil {
		return cannotCreate(path, err)
	}
	if err := name(part.Name(), path); err != nil {
		return cannotCreate(path, err)
	}
	return flush(filepath.Dir(path))
}

// name renames part to path. Unlike a rename, a link never replaces a file that came
// meanwhile; some file systems have none.
func name(part, path string) error {
	err := os.Link(part, path)
	if err == nil {
		return os.Remove(part)
	}
	if errors.Is(err, fs.ErrExist) {
		return err
	}
	return os.Rename(part, path)
}

func cannotCreate(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrExist):
		return fault.Wrap(err, fault.Conflict, "%s exists already and is not overwritten.", path)
	case errors.Is(err, fs.ErrNotExist):
		return fault.Wrap(err, fault.NotFound, "The folder %s does not exist.", filepath.Dir(path))
	case errors.Is(err, fs.ErrPermission):
		return fault.Wrap(err, fault.Forbidden, "The folder %s may not be written by this user.", filepath.Dir(path))
	}
	return fault.Wrap(err, fault.Unavailable, "%s could not be written.", path)
}

// flush brings a file, or the names in a folder, to disk.
func flush(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

// copySQLite copies the database into the empty file part. VACUUM INTO reads one
// snapshot and keeps nobody waiting; a copy of the file alone would miss its journal.
func (d *DB) copySQLite(ctx context.Context, part string) error {
	conn, err := d.connector("mode=ro").Connect(ctx)
	if err != nil {
		return d.openError(err)
	}
	defer conn.Close()
	if err := execOn(ctx, conn, "VACUUM INTO ?", part); err != nil {
		return fault.Wrap(err, fault.Unavailable, "The database could not be copied.")
	}
	return nil
}

// restoreSQLite copies a sound backup to path.
func restoreSQLite(ctx context.Context, from, path string) error {
	backup, err := Open(ctx, Config{URL: "sqlite:" + from, ReadOnly: true})
	if err != nil {
		return err
	}
	report, err := backup.Check(ctx)
	if err = errors.Join(err, backup.Close()); err != nil {
		return err
	}
	if !report.OK() {
		return fault.New(fault.Invalid, "The backup %s is damaged: %s.", from, report.Problems[0])
	}
	if err := removeEmpty(ctx, path); err != nil {
		return err
	}
	return create(path, func(part string) error { return copyFile(from, part) })
}

// removeEmpty makes way for a restore: a file without a single table is removed.
func removeEmpty(ctx context.Context, path string) error {
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	there, err := Open(ctx, Config{URL: "sqlite:" + path})
	if err != nil {
		return err
	}
	var tables int
	err = there.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_master").Scan(&tables)
	if err = errors.Join(err, there.Close()); err != nil {
		return Fault(err)
	}
	if tables > 0 {
		return notEmpty(path)
	}
	return os.Remove(path)
}

func notEmpty(name string) error {
	return fault.New(fault.Conflict, "The database %s is not empty and is not overwritten; restore into a new one.", name)
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return fault.Wrap(err, fault.Forbidden, "The backup %s cannot be read.", from)
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return cannotCreate(to, err)
	}
	_, err = io.Copy(out, in)
	if err = errors.Join(err, out.Close()); err != nil {
		return cannotCreate(to, err)
	}
	return nil
}

// kindOfBackup reads from a file's first bytes which engine it is of.
func kindOfBackup(path string) (Engine, error) {
	f, err := os.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", fault.Wrap(err, fault.NotFound, "There is no backup %s.", path)
	case err != nil:
		return "", fault.Wrap(err, fault.Forbidden, "The backup %s cannot be read.", path)
	}
	defer f.Close()
	head := make([]byte, 16)
	if _, err := io.ReadFull(f, head); err == nil {
		switch {
		case string(head) == "SQLite format 3\x00":
			return SQLite, nil
		case string(head[:5]) == "PGDMP":
			return Postgres, nil
		}
	}
	return "", fault.New(fault.Invalid, "%s is not a backup.", path)
}
