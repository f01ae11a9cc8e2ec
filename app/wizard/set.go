package wizard

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// Set is the wizards of the installed modules.
type Set []Definition

// Find returns a wizard by its name.
func (s Set) Find(name string) (Definition, bool) {
	for _, d := range s {
		if d.name() == name {
			return d, true
		}
	}
	return nil, false
}

// Check reports every fault of the declarations, joined.
func (s Set) Check() error {
	var errs []error
	seen := map[string]bool{}
	for _, d := range s {
		name := d.name()
		if seen[name] {
			errs = append(errs, fmt.Errorf("wizard %s: it is declared twice", name))
		}
		seen[name] = true
		errs = append(errs, d.check()...)
	}
	return errors.Join(errs...)
}

var (
	wizardName = regexp.MustCompile(`^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$`)
	partName   = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	fieldName  = regexp.MustCompile(`^[a-z][a-z0-9_.]*$`)
)

// check compares what a declaration names with what there is.
func (w Wizard[D]) check() []error {
	var errs []error
	fail := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("wizard "+w.Name+": "+format, args...))
	}
	if !wizardName.MatchString(w.Name) || w.Title == "" {
		fail("it needs a name like module.noun and a title")
	}
	if w.step(w.Start) == nil {
		fail("there is no step %q to start at", w.Start)
	}
	if secret := secretIn(reflect.TypeFor[D](), nil); secret != "" {
		fail("its data hold %s: secrets do not belong into a run", secret)
	}
	seen := map[string]bool{}
	for i := range w.Steps {
		s := &w.Steps[i]
		if !partName.MatchString(s.Name) || s.Title == "" || seen[s.Name] {
			fail("step %q: it needs a name of its own and a title", s.Name)
		}
		seen[s.Name] = true
		w.checkStep(s, func(format string, args ...any) { fail("step "+s.Name+": "+format, args...) })
	}
	return errs
}

// taken are the last parts of translation keys that a step uses itself.
var taken = []string{"help", "continue"}

func (w Wizard[D]) checkStep(s *Step[D], fail func(format string, args ...any)) {
	if s.Final && (s.Post != nil || s.Fields != nil || len(s.Buttons) > 0) {
		fail("it is final, so there is nothing to post")
	}
	names := map[string]bool{doNext: true}
	for _, n := range taken {
		names[n] = true
	}
	add := func(name string, pattern *regexp.Regexp) {
		if !pattern.MatchString(name) || names[name] {
			fail("%q: the names of fields and buttons are simple words, each used once, and none of ours", name)
		}
		names[name] = true
	}
	if s.Fields != nil {
		for _, f := range s.Fields(new(D)) {
			add(f.Name, fieldName)
			if why := f.wrong(); why != "" {
				fail("field %s: %s", f.Name, why)
			}
		}
	}
	for _, b := range s.Buttons {
		add(b.Name, partName)
		if b.Label == "" || b.Do == nil {
			fail("button %s: it needs a label and something to do", b.Name)
		}
	}
}

// secretIn names a part of the data that sounds like a secret, "" when there is none.
func secretIn(t reflect.Type, above []reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		return secretIn(t.Elem(), above)
	case reflect.Struct:
	default:
		return ""
	}
	if slices.Contains(above, t) {
		return ""
	}
	for f := range t.Fields() {
		if !f.IsExported() || f.Tag.Get("json") == "-" {
			continue
		}
		for _, word := range []string{"password", "secret", "token", "privatekey"} {
			if strings.HasSuffix(strings.ToLower(f.Name), word) {
				return f.Name
			}
		}
		if found := secretIn(f.Type, append(above, t)); found != "" {
			return f.Name + "." + found
		}
	}
	return ""
}

// Label is an English text of a declaration and the key of its translations.
type Label struct{ Key, English string }

// Labels are all texts of the declarations that are not empty.
func (s Set) Labels() []Label {
	var out []Label
	add := func(key, english string) {
		if english != "" {
			out = append(out, Label{key, english})
		}
	}
	for _, d := range s {
		i, inputs := d.Info(), d.inputs()
		add(i.Key(), i.Title)
		for _, st := range i.Steps {
			add(st.key, st.Title)
			add(st.key+".help", st.Help)
			add(st.key+".continue", st.Continue)
			for _, b := range st.Buttons {
				add(st.key+"."+b.Name, b.Label)
			}
			for _, f := range inputs[st.Name] {
				key := st.key + "." + f.Name
				add(key, f.Label)
				add(key+".help", f.Help)
				for _, o := range f.Options {
					if !o.Plain {
						add(key+"."+o.Value, o.Label)
						add(key+"."+o.Value+".help", o.Help)
					}
				}
			}
		}
	}
	return out
}
