package load

import (
	"maps"
	"slices"

	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/i18n"
	"github.com/tessera-erp/tessera/app/record"
)

// Result counts what a load did.
type Result struct{ Created, Updated, Unchanged int }

// drafted is a record that was checked and prepared, ready for the transaction.
type drafted struct {
	Record
	model string        // canonical name
	id    int64         // 0: it is to be created
	draft *record.Draft // nil: it is to be left alone
}

// Apply creates or updates the records, all of them or none. Slow work (hashing) is done
// before the one transaction begins. The errors of everything that can be checked without
// writing come together; those met while writing stop at the first.
func Apply(env *record.Env, records []Record) (Result, error) {
	drafts, err := prepare(env, records)
	if err != nil {
		return Result{}, err
	}
	var done Result
	err = env.Write(func(in *record.Env) error {
		done = Result{} // the transaction may be run again
		for _, d := range drafts {
			if err := d.save(in, &done); err != nil {
				return d.explain(err)
			}
		}
		return nil
	})
	if err != nil {
		return Result{}, err
	}
	return done, nil
}

func prepare(env *record.Env, records []Record) ([]drafted, error) {
	var errs []*fault.Error
	add := func(err error) {
		if f, ok := err.(*fault.Error); ok { //nolint:errorlint // explain made it
			errs = append(errs, f)
		}
	}
	type key struct{ model, id string }
	seen := map[key]bool{}
	out := make([]drafted, 0, len(records))
	for _, r := range records {
		if err := env.Err(); err != nil { // somebody wants the program to end
			return nil, err
		}
		m, ok := env.Registry().Model(r.Model)
		if !ok {
			add(r.wrong(fault.Invalid, "", "there is no such model here."))
			continue
		}
		if k := (key{m.Name, r.ID}); seen[k] {
			add(r.wrong(fault.Invalid, "", "this record stands twice."))
			continue
		}
		seen[key{m.Name, r.ID}] = true
		add(r.checkTranslations(m))
		id, err := record.ByExternalID(env, m.Name, r.ID)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return nil, r.explain(err)
		}
		if r.Once && id != 0 {
			out = append(out, drafted{Record: r, id: id})
			continue
		}
		values, err := r.merged(env, m, id)
		if err != nil {
			add(r.explain(err))
			continue
		}
		draft, err := record.NewDraftFor(env, m.Name, id, values)
		if err != nil {
			add(r.explain(err))
			continue
		}
		out = append(out, drafted{Record: r, model: m.Name, id: id, draft: draft})
	}
	return out, fault.Join(errs...)
}

// merged returns the values with every {add: […]} joined to the list that is there.
func (r Record) merged(env *record.Env, m *record.Info, id int64) (map[string]any, error) {
	out := maps.Clone(r.Values)
	for name, v := range r.Values {
		f, ok := m.Field(name)
		more, isMap := v.(map[string]any)
		if !ok || !isMap || f.Type != record.Many2Many {
			continue
		}
		list, isList := more["add"].([]any)
		if !isList || len(more) != 1 {
			return nil, fault.New(fault.Invalid, "write a list, or {add: [...]} to keep what is there.").On(name)
		}
		if id != 0 {
			row, err := record.RowOf(env, m.Name, id, []string{name})
			if err != nil {
				return nil, err
			}
			there, _ := row.Value(name)
			ids, _ := there.([]int64)
			for i, n := range ids {
				list = slices.Insert(slices.Clone(list), i, any(n))
			}
		}
		out[name] = list
	}
	return out, nil
}

func (r Record) checkTranslations(m *record.Info) error {
	for _, lang := range sortedKeys(r.Translations) {
		if !slices.Contains(i18n.Languages[1:], lang) {
			return r.wrong(fault.Invalid, "", "there are no translations to "+lang+".")
		}
		for _, field := range sortedKeys(r.Translations[lang]) {
			if f, ok := m.Field(field); !ok || !f.Translate {
				return r.wrong(fault.Invalid, field, "this field has no translations.")
			}
		}
	}
	return nil
}

// save writes one record and counts what happened.
func (d drafted) save(env *record.Env, done *Result) error {
	if d.draft == nil {
		done.Unchanged++
		return nil
	}
	before, err := d.version(env, d.id)
	if err != nil {
		return err
	}
	id, err := d.draft.Save(env, d.id, 0)
	if err != nil {
		return err
	}
	if err := d.translate(env, id); err != nil {
		return err
	}
	if d.id == 0 {
		done.Created++
		return record.SetExternalID(env, d.model, d.ID, id)
	}
	after, err := d.version(env, id)
	if before == after {
		done.Unchanged++
	} else {
		done.Updated++
	}
	return err
}

// version is the record's version now, 0 when there is none yet.
func (d drafted) version(env *record.Env, id int64) (int64, error) {
	if id == 0 {
		return 0, nil
	}
	m, _ := env.Registry().Model(d.model)
	var version int64
	err := env.Database().DB.QueryRowContext(env.Context, "SELECT version FROM "+m.Table+" WHERE id = ?", id).Scan(&version)
	return version, err
}

func (d drafted) translate(env *record.Env, id int64) error {
	for _, lang := range sortedKeys(d.Translations) {
		for _, field := range sortedKeys(d.Translations[lang]) {
			if err := record.SetTranslation(env, d.model, id, field, lang, d.Translations[lang][field]); err != nil {
				return err
			}
		}
	}
	return nil
}
