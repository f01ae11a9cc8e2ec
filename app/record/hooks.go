package record

import "reflect"

type hook func(env *Env, row any) error

type hooks struct{ prepare, beforeSave, afterSave, beforeDelete, afterDelete []hook }

func addHook[T any](r *Registry, pick func(*hooks) *[]hook, fn func(*Env, *T) error) {
	t := reflect.TypeFor[T]()
	h := r.hooks[t]
	if h == nil {
		h = &hooks{}
		r.hooks[t] = h
	}
	list := pick(h)
	*list = append(*list, func(env *Env, row any) error { return fn(env, row.(*T)) })
}

// Prepare runs before the write transaction begins: the place for slow work such as
// hashing a password, which must not be done while others wait to write.
func Prepare[T any](r *Registry, fn func(*Env, *T) error) {
	addHook(r, func(h *hooks) *[]hook { return &h.prepare }, fn)
}

// BeforeSave runs in the transaction, before validation: the place to fill in and to refuse.
func BeforeSave[T any](r *Registry, fn func(*Env, *T) error) {
	addHook(r, func(h *hooks) *[]hook { return &h.beforeSave }, fn)
}

// AfterSave runs in the transaction, after the row is written.
func AfterSave[T any](r *Registry, fn func(*Env, *T) error) {
	addHook(r, func(h *hooks) *[]hook { return &h.afterSave }, fn)
}

// BeforeDelete runs in the transaction, before the row goes.
func BeforeDelete[T any](r *Registry, fn func(*Env, *T) error) {
	addHook(r, func(h *hooks) *[]hook { return &h.beforeDelete }, fn)
}

// AfterDelete runs in the transaction, after the row is gone.
func AfterDelete[T any](r *Registry, fn func(*Env, *T) error) {
	addHook(r, func(h *hooks) *[]hook { return &h.afterDelete }, fn)
}
