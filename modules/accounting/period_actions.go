package accounting

import (
	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/record"
)

// postedSince are the documents of a period posted after its figures were frozen.
func postedSince(p Period) domain.Node {
	return domain.And{documentsIn(p), domain.Cond{Path: "posted_at", Op: domain.Gt, Value: *p.FrozenAt}}
}

// each does something with periods by their ids, with all of them or none.
func each(e *record.Env, ids []int64, do func(*record.Env, Period) error) error {
	return together(e, ids, func(in *record.Env, id int64) error {
		p, err := record.Get[Period](in, id)
		if err != nil {
			return err
		}
		return do(in, p)
	})
}

func reviewAll(e *record.Env, ids []int64) (string, error) {
	return "The figures are frozen.", each(e, ids, func(in *record.Env, p Period) error {
		_, err := Freeze(in, p)
		return err
	})
}

func closeAll(e *record.Env, ids []int64) (string, error) {
	return "The period is closed.", each(e, ids, func(in *record.Env, p Period) error { return Close(in, p, "") })
}

func reopenAll(e *record.Env, ids []int64) (string, error) {
	return "The period is open again.", each(e, ids, Reopen)
}
