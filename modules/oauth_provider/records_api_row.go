package oauthprovider

import (
	"strconv"

	"github.com/tessera-erp/tessera/app/record"
)

// shape writes the records of one query as appendFields does, with what is the same for all
// of them made once.
type shape struct {
	paths  []string
	names  [][]byte            // `,"path":` of each
	fields []*record.FieldInfo // the last field of each path, known from the first record on
}

func newShape(paths []string) *shape {
	s := &shape{paths: paths, names: make([][]byte, len(paths))}
	for i, p := range paths {
		s.names[i] = append(appendText([]byte{','}, p), ':')
	}
	return s
}

func (s *shape) append(b []byte, row record.Row) []byte {
	if s.fields == nil {
		s.fields = make([]*record.FieldInfo, len(s.paths))
		for i, p := range s.paths {
			s.fields[i] = row.Field(p)
		}
	}
	b = append(b, `{"id":`...)
	b = strconv.AppendInt(b, row.ID, 10)
	i := 0
	for path, v := range row.All() {
		for s.paths[i] != path {
			i++ // hidden in this record
		}
		if path != "id" {
			b = append(b, s.names[i]...)
			b = appendJSON(b, s.fields[i], v)
		}
		i++
	}
	return append(b, '}')
}
