package record

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
)

// relate resolves what somebody wrote for a relation: ids, external ids, the names
// that the model's Key field holds, or {id: n}; one of them or a list.
func (f *FieldInfo) relate(e *Env, v any) ([]int64, *fault.Error) {
	switch t := v.(type) {
	case nil:
		return nil, nil
	case []any:
		return f.relateEach(e, t)
	case []string:
		list := make([]any, len(t))
		for i, s := range t {
			list[i] = s
		}
		return f.relateEach(e, list)
	case []int64:
		return f.one(t)
	case json.Number:
		return f.relateText(e, t.String())
	case int64:
		return nonZero(t), nil
	case int:
		return nonZero(int64(t)), nil
	case float64:
		if t == math.Trunc(t) && math.Abs(t) < 1<<53 {
			return nonZero(int64(t)), nil
		}
	case map[string]any:
		return f.relate(e, t["id"])
	case string:
		return f.relateText(e, strings.TrimSpace(t))
	}
	return nil, f.noChoice()
}

func nonZero(id int64) []int64 {
	if id == 0 {
		return nil
	}
	return []int64{id}
}

func (f *FieldInfo) relateEach(e *Env, list []any) ([]int64, *fault.Error) {
	out := []int64{}
	for _, x := range list {
		ids, err := f.relate(e, x)
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			if !slices.Contains(out, id) { // named by its id and by its name
				out = append(out, id)
			}
		}
	}
	return f.one(out)
}

// one refuses several records for a field that leads to one.
func (f *FieldInfo) one(ids []int64) ([]int64, *fault.Error) {
	if f.Type == Many2One && len(ids) > 1 {
		return nil, f.wrong("one", "Choose one record only.")
	}
	return ids, nil
}

// failed passes on an error of the database, which says nothing about what was written.
func failed(err error) *fault.Error {
	return fault.Wrap(err, fault.CodeOf(err), "The related record could not be looked up.")
}

func (f *FieldInfo) relateText(e *Env, text string) ([]int64, *fault.Error) {
	if text == "" || text == "false" {
		return nil, nil
	}
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return nil, f.noChoice()
	}
	if id, err := strconv.ParseInt(text, 10, 64); err == nil {
		return []int64{id}, nil
	}
	id, err := ByExternalID(e, f.Target.Name, text)
	if err == nil {
		return []int64{id}, nil
	}
	if !fault.Is(err, fault.NotFound) {
		return nil, failed(err)
	}
	key := f.Target.byName[f.Target.Key]
	q := Query{Filter: domain.Cond{Path: key.Name, Op: domain.Eq, Value: text}, Limit: 2, Order: "id", Archived: true}
	var ids []int64
	for r, err := range Rows(e, f.Target.Name, q) {
		if err != nil && !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.Forbidden) {
			return nil, failed(err)
		}
		if err != nil {
			break // a name that is none, or records out of his sight: there is none for him
		}
		ids = append(ids, r.ID)
	}
	switch {
	case len(ids) == 1:
		return ids, nil
	case len(ids) > 1:
		return nil, f.wrong("ambiguous", fmt.Sprintf("Several records are called %q: name one by its external id.", text), "Name", text)
	case f.Target.QuickCreate && e.Can(OpCreate, f.Target):
		id, err := SaveValues(e, f.Target.Name, 0, 0, map[string]any{key.Name: text})
		if err == nil {
			return []int64{id}, nil
		}
	}
	return nil, f.wrong("unknown", fmt.Sprintf("There is no %s %q.", strings.ToLower(f.Target.Label), text), "Name", text, "Model", f.Target.Label, "ModelKey", f.Target.LabelKey())
}
