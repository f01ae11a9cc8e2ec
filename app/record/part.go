package record

import (
	"fmt"
	"reflect"
)

// Part returns the value of type T that belongs to a registry, a zero one at its first
// mention. A module keeps there what it has beside its models: the Register functions of
// others fill it, and its own functions find it again by the registry of their Env. Like
// all of the registry it is not to be changed in what it declares once that is sealed;
// asking a sealed registry for a part that nobody mentioned is a programming error.
func Part[T any](r *Registry) *T {
	t := reflect.TypeFor[T]()
	if p, ok := r.parts[t]; ok {
		return p.(*T)
	}
	if r.sealed {
		panic(fmt.Sprintf("record: no module has declared the part %s", t))
	}
	p := new(T)
	if r.parts == nil {
		r.parts = map[reflect.Type]any{}
	}
	r.parts[t] = p
	return p
}
