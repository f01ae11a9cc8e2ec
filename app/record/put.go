package record

import (
	"fmt"
	"maps"
	"reflect"
	"time"
)

// put stores a value, of the type that Row gives or that the struct has, in the
// struct's field.
func (f *FieldInfo) put(row reflect.Value, v any) error {
	dst := f.value(row)
	switch v := v.(type) {
	case nil:
		dst.SetZero()
		return nil
	case *Ref:
		dst.SetInt(0)
		if v != nil {
			dst.SetInt(v.ID)
		}
		return nil
	case time.Time:
		if dst.Kind() == reflect.Pointer {
			dst.Set(reflect.ValueOf(&v))
			return nil
		}
	}
	src := reflect.ValueOf(v)
	if !src.CanConvert(dst.Type()) || src.Kind() == reflect.Int64 && dst.Kind() == reflect.String {
		return fmt.Errorf("%s.%s: a %T does not fit %s", f.model.Name, f.Name, v, dst.Type())
	}
	dst.Set(src.Convert(dst.Type()))
	return nil
}

// value is the struct's field that holds this field, settable.
func (f *FieldInfo) value(row reflect.Value) reflect.Value {
	return row.FieldByIndex(index(f.goField.StructField.Index))
}

// index undoes gorm's marking of embedded structs by negative indices.
func index(path []int) []int {
	out := make([]int, len(path))
	for i, n := range path {
		if n < 0 {
			n = -n - 1
		}
		out[i] = n
	}
	return out
}

// get returns the struct's value as Row would give it, except that a Many2One is its id.
func (f *FieldInfo) get(row reflect.Value) any {
	v := f.value(row)
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil
		}
		v = v.Elem()
	}
	switch f.Type {
	case Many2One, Int, Decimal, Amount:
		return v.Int()
	case Text, Multiline, Email, URL, Code, Selection, JSON, Secret:
		return v.String()
	}
	return v.Interface()
}

// same reports whether two values of a field are equal; lists of records have no order.
func (f *FieldInfo) same(a, b reflect.Value) bool {
	x, y := f.get(a), f.get(b)
	if f.Type == Many2Many {
		return maps.Equal(unique(f.ids(a)), unique(f.ids(b)))
	}
	if t, ok := x.(time.Time); ok {
		u, ok := y.(time.Time)
		return ok && t.Equal(u)
	}
	return reflect.DeepEqual(x, y) || isEmpty(x) && isEmpty(y)
}

// cut brings a time set by code to what the database keeps of it: UTC, microseconds.
func (f *FieldInfo) cut(row reflect.Value) {
	if f.Type != Moment {
		return
	}
	dst := f.value(row)
	if dst.Kind() == reflect.Pointer {
		if dst.IsNil() {
			return
		}
		t := dst.Elem().Interface().(time.Time).UTC().Truncate(time.Microsecond)
		dst.Set(reflect.ValueOf(&t))
		return
	}
	dst.Set(reflect.ValueOf(dst.Interface().(time.Time).UTC().Truncate(time.Microsecond)))
}

func isEmpty(v any) bool {
	if v == nil {
		return true
	}
	r := reflect.ValueOf(v)
	switch r.Kind() {
	case reflect.Slice, reflect.Map:
		return r.Len() == 0
	case reflect.Bool:
		return false
	}
	if t, ok := v.(time.Time); ok {
		return t.IsZero()
	}
	return r.IsZero()
}
