package domain

import (
	"bytes"
	"errors"
	"unicode/utf8"

	"github.com/tessera-erp/tessera/app/fault"
)

// Place is a piece of a filter's source, in bytes. An empty one is a place where something
// is missing.
type Place struct{ Start, End int }

// LineAt returns the line and the character within it, both from 1, at which a place begins.
func (p Place) LineAt(src []byte) (line, character int) {
	before := src[:min(p.Start, len(src))]
	last := bytes.LastIndexByte(before, '\n')
	return bytes.Count(before, []byte{'\n'}) + 1, utf8.RuneCount(before[last+1:]) + 1
}

// Locate finds the piece of a source that an error of [Parse] or [Check] is about: what
// cannot be read, or the field, operator or value that does not fit. False when the error
// is about the filter as a whole.
func Locate(src []byte, err error) (Place, bool) {
	var f *fault.Error
	if !errors.As(err, &f) {
		return Place{}, false
	}
	offset, ok := f.Args["offset"].(int)
	if !ok || offset < 0 || offset > len(src) {
		return Place{}, false
	}
	if f.Key == "domain.syntax" {
		return Place{offset, endOf(src, offset)}, true
	}
	s := &scanner{src: src, at: offset}
	it, failed := s.item()
	parts, isList := it.value.([]item)
	if failed != nil || !isList || len(parts) != 3 {
		return Place{offset, max(offset, it.end)}, true
	}
	switch f.Key {
	case "domain.unknown_field", "domain.no_relation", "domain.unfilterable", "domain.path_too_long":
		return named(src, Place{parts[0].start, parts[0].end}, f.Args["field"]), true
	case "domain.operator":
		return Place{parts[1].start, parts[1].end}, true
	}
	return Place{parts[2].start, parts[2].end}, true
}

// endOf is where the piece ends that begins at an offset: a literal, a word or a character.
func endOf(src []byte, offset int) int {
	s := &scanner{src: src, at: offset}
	if it, err := s.item(); err == nil && it.start == offset {
		return it.end
	}
	end := offset
	if end < len(src) && (src[end] == '"' || src[end] == '\'') { // a text without an end
		if line := bytes.IndexByte(src[end:], '\n'); line >= 0 {
			return end + line
		}
		return len(src)
	}
	for end < len(src) && (nameByte(src[end], false) || src[end] == '.') {
		end++
	}
	if end == offset && end < len(src) {
		_, size := utf8.DecodeRune(src[end:])
		end += size
	}
	return end
}

// named narrows the place of a path to one name of it.
func named(src []byte, path Place, name any) Place {
	text, _ := name.(string)
	at := bytes.Index(src[path.Start:path.End], []byte(text))
	if text == "" || at < 0 {
		return path
	}
	return Place{path.Start + at, path.Start + at + len(text)}
}
