package record

import (
	"reflect"
	"strconv"

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
		err := SetTranslation(s.env, s.info.Name, id, f.Name, s.env.Lang, f.value(s.now).String())
		if err != nil {
			return err
		}
	}
	return nil
}

// SetTranslation stores the text of a translated field in one language; an empty
// text removes it, so that the source text shows again. It checks no rights: a save,
// or code that loads a module's texts, calls it.
func SetTranslation(e *Env, model string, id int64, field, lang, text string) error {
	return e.database.DB.Write(e.Context, func(tx *db.Tx) error {
		if _, err := tx.Exec("DELETE FROM translation WHERE model = ? AND record_id = ? AND field = ? AND lang = ?", model, id, field, lang); err != nil {
			return err
		}
		if text == "" {
			return nil
		}
		_, err := tx.Exec("INSERT INTO translation (model, record_id, field, lang, text) VALUES (?, ?, ?, ?, ?)", model, id, field, lang, text)
		return err
	})
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
