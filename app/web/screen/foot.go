package screen

import (
	"strings"

	"github.com/tessera-erp/tessera/app/record"
)

// foot says what the fields come to that the model adds up under its list, for all
// records that match: amounts in each currency apart. Of a list over what is counted it
// says that it does not add up.
func (v *visit) foot(q record.Query, over bool) (string, error) {
	var fields []*record.FieldInfo
	var names []string
	for _, name := range v.info.List.Totals {
		if f, ok := v.info.Field(name); ok && v.Env.Sees(f) {
			fields, names = append(fields, f), append(names, name)
		}
	}
	if len(fields) == 0 {
		return "", nil
	}
	if over {
		return v.T("screen.foot.over", "Limit", v.format().count(mostCounted)), nil
	}
	var by []string
	if money := currencyOf(v.Env, v.info); money != "" {
		by = []string{money}
	}
	totals, err := record.Totals(v.Env, v.info.Name, q, by, names)
	if err != nil {
		return "", err
	}
	parts := make([]string, len(fields))
	for i, f := range fields {
		sums := make([]string, len(totals))
		for j, t := range totals {
			sums[j] = v.plain(f, t.Sums[i])
			if f.Type == record.Amount && len(by) > 0 {
				sums[j] = strings.TrimSpace(sums[j] + " " + v.plain(nil, t.Values[0]))
			}
		}
		parts[i] = v.T("screen.foot", "Field", v.words().field(f), "Sums", strings.Join(sums, " + "))
	}
	if len(totals) == 0 {
		return "", nil
	}
	return strings.Join(parts, " · "), nil
}
