package oauthprovider

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tessera-erp/tessera/app/record"
)

// appendKeyed writes "7": and the record, an entry of the answer of otherinfo.
func appendKeyed(b []byte, row record.Row, value fieldWriter) []byte {
	b = append(b, '"')
	b = strconv.AppendInt(b, row.ID, 10)
	b = append(b, `":`...)
	return appendFields(b, row, value)
}

// fieldWriter writes the value of one field of a record.
type fieldWriter func(b []byte, f *record.FieldInfo, path string, v any) []byte

func appendField(b []byte, f *record.FieldInfo, _ string, v any) []byte { return appendJSON(b, f, v) }

// appendFields writes a record as applications get it: {"id": 7, "name": …}, fields in the
// order of the scopes, dates as ISO 8601, relations as {id, name}, lists as ids.
func appendFields(b []byte, row record.Row, value fieldWriter) []byte {
	b = append(b, `{"id":`...)
	b = strconv.AppendInt(b, row.ID, 10)
	for path, v := range row.All() {
		if path == "id" {
			continue
		}
		b = append(b, ',')
		b = appendText(b, path)
		b = append(b, ':')
		b = value(b, row.Field(path), path, v)
	}
	return append(b, '}')
}

// appendJSON writes one value. An amount or decimal is written with its decimal point,
// exactly; f may be nil.
func appendJSON(b []byte, f *record.FieldInfo, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...)
	case string:
		if f != nil && f.Type == record.JSON && json.Valid([]byte(v)) {
			return append(b, v...)
		}
		return appendText(b, v)
	case bool:
		return strconv.AppendBool(b, v)
	case int64:
		if f != nil {
			return record.AppendNumber(b, f, v)
		}
		return strconv.AppendInt(b, v, 10)
	case time.Time:
		return appendText(b, v.UTC().Format("2006-01-02T15:04:05.999999Z07:00"))
	case record.Date:
		return appendText(b, string(v))
	case *record.Ref:
		return appendRef(b, v)
	case []int64:
		return appendIDs(b, v)
	case record.Strings:
		list := make([]any, len(v))
		for i, s := range v {
			list[i] = s
		}
		return appendJSON(b, nil, list)
	case []any:
		b = append(b, '[')
		for i, x := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendJSON(b, f, x)
		}
		return append(b, ']')
	}
	return append(b, "null"...)
}

func appendRef(b []byte, r *record.Ref) []byte {
	b = append(b, `{"id":`...)
	b = strconv.AppendInt(b, r.ID, 10)
	b = append(b, `,"name":`...)
	return append(appendText(b, r.Name), '}')
}

func appendText(b []byte, s string) []byte {
	if isPlain(s) {
		b = append(b, '"')
		b = append(b, s...)
		return append(b, '"')
	}
	text, err := json.Marshal(s)
	if err != nil {
		return append(b, `""`...)
	}
	return append(b, text...)
}

// isPlain reports whether a text stands for itself in JSON, as encoding/json writes it.
func isPlain(s string) bool {
	ascii := true
	for i := range len(s) {
		switch c := s[i]; {
		case c < ' ' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&':
			return false
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	return ascii || utf8.ValidString(s) && !strings.ContainsAny(s, "\u2028\u2029")
}
