package screen

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/tessera-erp/tessera/app/record"
)

// export streams the rows of a list as CSV: the same filter, order and columns, values
// in forms that programs read (2006-01-02, 1234.50). It is written down in the audit log.
func export(v *visit) error {
	s, wrong := readState(v.Env, v.info, v.QueryParams())
	if wrong != nil {
		return wrong
	}
	columns := v.exported(s)
	q := s.query(v.info, "")
	q.Fields = paths(columns)
	if v.Request().Method == http.MethodHead {
		v.csvHeaders()
		return nil
	}
	if err := record.Audit(v.Env, v.info.Name, 0, "", "export", record.Change{Field: "query", New: s.values().Encode()}); err != nil {
		return err
	}
	return v.writeCSV(q, columns)
}

// exported are the columns of the list, and the currency where amounts need one.
func (v *visit) exported(s state) []column {
	columns := columnsOf(v.Env, v.info, s.columns)
	money, ok := columnAt(v.Env, v.info, currencyOf(v.Env, v.info))
	amount := func(c column) bool { return c.own && c.field.Type == record.Amount }
	same := func(c column) bool { return c.path == money.path }
	if ok && slices.ContainsFunc(columns, amount) && !slices.ContainsFunc(columns, same) {
		columns = append(columns, money)
	}
	return columns
}

func (v *visit) csvHeaders() {
	h := v.Response().Header()
	h.Set("Content-Type", "text/csv; charset=utf-8; header=present")
	h.Set("Content-Disposition", `attachment; filename="`+strings.ReplaceAll(v.info.Name, ".", "-")+`.csv"`)
}

// writeCSV sends the head once the first row is there, so that an error before it still
// becomes a page. One after it can only end the answer short.
func (v *visit) writeCSV(q record.Query, columns []column) error {
	out := csv.NewWriter(v.Response())
	begun := false
	begin := func() error {
		begun = true
		v.csvHeaders()
		head := []string{"id"}
		for _, c := range columns {
			head = append(head, neutral(v.words().field(c.field)))
		}
		return out.Write(head)
	}
	for r, err := range record.Rows(v.Env, v.info.Name, q) {
		if err != nil && begun {
			out.Flush()
			panic(http.ErrAbortHandler) // a short file must not look whole
		}
		if err != nil {
			return err
		}
		if !begun {
			if err := begin(); err != nil {
				return err
			}
		}
		line := []string{formatID(r.ID)}
		for _, c := range columns {
			value, _ := r.Value(c.read)
			line = append(line, v.raw(c.field, value))
		}
		if err := out.Write(line); err != nil {
			return err
		}
	}
	if !begun {
		if err := begin(); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// raw is a value as programs read it. Text is neutralised; numbers and dates, which no
// stranger writes, are not.
func (v *visit) raw(f *record.FieldInfo, value any) string {
	switch val := value.(type) {
	case nil:
		return ""
	case bool:
		return fmt.Sprint(val)
	case int64:
		sign, whole, fraction := parts(val, digits(f))
		if fraction != "" {
			whole += "." + fraction
		}
		return sign + whole
	case record.Date:
		return string(val)
	case time.Time:
		return v.format().local(val).Format(time.RFC3339)
	case []any:
		list := make([]string, len(val))
		for i, x := range val {
			list[i] = v.raw(f, x)
		}
		return neutral(strings.Join(list, ", "))
	}
	if text, ok := value.(string); ok && f.Type != record.Selection {
		return neutral(text)
	}
	return neutral(v.plain(f, value))
}

// neutral keeps a spreadsheet from taking a text for a formula.
func neutral(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r\n|%", rune(text[0])) {
		return "'" + text
	}
	return text
}
