package db

import (
	"database/sql"
	"database/sql/driver"
	"reflect"
	"time"

	"gorm.io/gorm"
)

// cut returns t as every engine and driver can keep it: UTC, whole microseconds, no
// monotonic clock.
func cut(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// bind returns args with every time cut. The slice is copied only when one changes.
func bind(e Engine, args []any) []any {
	copied := false
	for i, arg := range args {
		bound, changed := bindOne(e, arg)
		if !changed {
			continue
		}
		if !copied {
			args, copied = append([]any(nil), args...), true
		}
		args[i] = bound
	}
	return args
}

func bindOne(e Engine, arg any) (any, bool) {
	switch v := arg.(type) {
	case nil, string, int64, int, bool, []byte:
		return arg, false
	case time.Time:
		return cut(v), true
	case *time.Time:
		if v == nil {
			return nil, true
		}
		return cut(*v), true
	case sql.NullTime:
		return nullTime(v.Time, v.Valid), true
	case sql.Null[time.Time]:
		return nullTime(v.V, v.Valid), true
	case gorm.DeletedAt:
		return nullTime(v.Time, v.Valid), true
	case driver.Valuer:
		// pgx has its own ways with such values, and PostgreSQL its own type for times.
		if e == Postgres {
			return arg, false
		}
		return bindValuer(v)
	}
	return arg, false
}

// bindValuer asks v for its value once; database/sql takes the result as it is.
func bindValuer(v driver.Valuer) (any, bool) {
	if r := reflect.ValueOf(v); r.Kind() == reflect.Pointer && r.IsNil() {
		return v, false
	}
	value, err := v.Value()
	if err != nil {
		return v, false // database/sql asks again and reports it
	}
	if t, ok := value.(time.Time); ok {
		return cut(t), true
	}
	return value, true
}

func nullTime(t time.Time, valid bool) any {
	if !valid {
		return nil
	}
	return cut(t)
}
