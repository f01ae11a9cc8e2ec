package record

import (
	"database/sql"
	"errors"
	"reflect"
	"strconv"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/db"
)

// sourceLang is the language that a translated field's own column holds; the others
// are rows of the table translation.
const sourceLang = "en"

func itoa(n int) string { return strconv.Itoa(n) }

// translated reports whether this save writes the field to the translation table.
func (s *saving) translated(f *FieldInfo) bool {
	return f.Translate && s.op == OpWrite && s.env.Lang != sourceLang
}

// translations writes the changed translated fields in the language of the Env.
func (s *saving) translations() error {
	id := metaField(s.now).ID
	for _, f := range s.changed {
		if !s.translated(f) {
			continue
		}
		if _, err := setTranslation(s.env, s.info.Name, id, f.Name, s.env.Lang, f.value(s.now).String()); err != nil {
			return err
		}
	}
	return nil
}

// SetTranslation stores the text of a translated field in one language; an empty
// text removes it, so that the source text shows again. It checks no rights: a save,
// or code that loads a module's texts, calls it. A text that changes gives the record
// another version.
func SetTranslation(e *Env, model string, id int64, field, lang, text string) error {
	m, ok := e.registry.Model(model)
	if !ok {
		return fault.New(fault.NotFound, "There is no model %q.", model)
	}
	return e.Write(func(in *Env) error {
		changed, err := setTranslation(in, model, id, field, lang, text)
		if err != nil || !changed {
			return err
		}
		_, err = in.tx.Exec("UPDATE "+quote(m.Table)+" SET version = version + 1, updated_at = ? WHERE id = ?", in.Now, id)
		return err
	})
}

// setTranslation reports whether it changed the text.
func setTranslation(e *Env, model string, id int64, field, lang, text string) (changed bool, err error) {
	const of = " FROM translation WHERE model = ? AND record_id = ? AND field = ? AND lang = ?"
	err = e.database.DB.Write(e.Context, func(tx *db.Tx) error {
		var was string
		err := tx.QueryRow("SELECT text"+of, model, id, field, lang).Scan(&was)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if changed = was != text; !changed {
			return nil
		}
		if _, err := tx.Exec("DELETE"+of, model, id, field, lang); err != nil || text == "" {
			return err
		}
		_, err = tx.Exec("INSERT INTO translation (model, record_id, field, lang, text) VALUES (?, ?, ?, ?, ?)", model, id, field, lang, text)
		return err
	})
	return changed, err
}

// displayOf is the record's name as the audit log keeps it.
func (m *Info) displayOf(row reflect.Value) string {
	if f := m.byName[m.Display]; f != nil && f.goField != nil && !f.Private {
		if s, ok := f.get(row).(string); ok {
			return s
		}
	}
	return ""
}
