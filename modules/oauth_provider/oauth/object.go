package oauth

import (
	"strconv"
	"unicode/utf8"
)

// Object is a JSON object being written: members are appended in order, nothing is
// reflected. Members with an empty value are left out (an empty email breaks clients
// that take it for a login).
type Object struct {
	buf      []byte
	n        int
	reserved func(name string) bool // names the writer may not use, nil for none
}

// Text adds a string member.
func (o *Object) Text(name, value string) {
	if value != "" && o.member(name) {
		o.buf = appendJSONString(o.buf, value)
	}
}

// text adds a string member even if it is empty.
func (o *Object) text(name, value string) {
	if o.member(name) {
		o.buf = appendJSONString(o.buf, value)
	}
}

// Int adds a number.
func (o *Object) Int(name string, value int64) {
	if o.member(name) {
		o.buf = strconv.AppendInt(o.buf, value, 10)
	}
}

// Bool adds true or false.
func (o *Object) Bool(name string, value bool) {
	if o.member(name) {
		o.buf = strconv.AppendBool(o.buf, value)
	}
}

// Texts adds an array of strings.
func (o *Object) Texts(name string, values []string) {
	if len(values) == 0 || !o.member(name) {
		return
	}
	o.buf = append(o.buf, '[')
	for i, v := range values {
		if i > 0 {
			o.buf = append(o.buf, ',')
		}
		o.buf = appendJSONString(o.buf, v)
	}
	o.buf = append(o.buf, ']')
}

// audience adds aud: a string for one, an array for several (RFC 7519 §4.1.3).
func (o *Object) audience(values []string) {
	if len(values) == 1 {
		o.Text("aud", values[0])
		return
	}
	o.Texts("aud", values)
}

// JSON adds a member whose value is JSON already; it must be valid.
func (o *Object) JSON(name string, value []byte) {
	if len(value) > 0 && o.member(name) {
		o.buf = append(o.buf, value...)
	}
}

func (o *Object) member(name string) bool {
	if o.reserved != nil && o.reserved(name) {
		return false
	}
	if o.n == 0 {
		o.buf = append(o.buf, '{')
	} else {
		o.buf = append(o.buf, ',')
	}
	o.n++
	o.buf = append(appendJSONString(o.buf, name), ':')
	return true
}

// bytes ends the object and returns it.
func (o *Object) bytes() []byte {
	if o.n == 0 {
		o.buf = append(o.buf, '{')
	}
	o.buf = append(o.buf, '}')
	return o.buf
}

const hexDigits = "0123456789abcdef"

// appendJSONString appends s as a JSON string that is also safe inside HTML.
func appendJSONString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&' && c < utf8.RuneSelf {
			i++
			continue
		}
		r, size := rune(c), 1
		if c >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(s[i:])
			if (r != utf8.RuneError || size > 1) && r != '\u2028' && r != '\u2029' {
				i += size
				continue
			}
		}
		dst = append(dst, s[start:i]...)
		if c == '"' || c == '\\' {
			dst = append(dst, '\\', c)
		} else {
			dst = append(dst, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
		}
		i += size
		start = i
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}
