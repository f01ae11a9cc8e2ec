package base

import (
	"fmt"
	"time"

	"github.com/tessera-erp/tessera/app/i18n"
	"github.com/tessera-erp/tessera/app/jobs"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
)

// The models of this file show the kernel's own tables. Nobody writes them by hand.

// InstalledModule is a module of this database.
type InstalledModule struct {
	record.Meta
	Name    string
	Title   string
	Summary string
	Release string
}

// ScheduledJob is work that the house does by itself, with its last outcome.
type ScheduledJob struct {
	record.Meta
	Name         string
	Title        string
	EverySeconds int64
	DueAt        *time.Time
	StartedAt    *time.Time
	FinishedAt   *time.Time
	Outcome      string
	Error        string
	Failures     int64
	Lease        string
	LeaseUntil   *time.Time
}

// AuditLine says who did what to which record, and when.
type AuditLine struct {
	record.Meta
	At         time.Time
	UserID     record.ID
	UserName   string
	CompanyID  record.ID
	Model      string
	RecordID   int64
	RecordName string
	Action     string
	Changes    string
	Reason     string
	Origin     string
}

func defineHouse(r *record.Registry) {
	read := []record.Access{{Group: GroupAdmin, Read: true}}
	record.Define[InstalledModule](r, record.Model{
		Name: "base.module", Label: "Module", Plural: "Modules", Icon: "puzzle", Hue: "settings", Table: "module", NoAudit: true, Access: read,
		Display: "title", Key: "name",
		Fields: []record.Field{
			{Name: "title", Label: "Module", Type: record.Text, Readonly: true, Translate: true},
			{Name: "name", Label: "Technical name", Type: record.Code, Readonly: true, Unique: true},
			{Name: "summary", Label: "Summary", Type: record.Text, Readonly: true, Translate: true},
			{Name: "release", Label: "Release", Type: record.Code, Readonly: true},
		},
		List: record.List{Columns: []string{"title", "name", "summary", "release"}, Order: "id"},
		Form: record.Form{Sub: "name", Tabs: []record.Tab{{Name: "module", Label: "Module", Groups: []record.Group{
			{Name: "module", Label: "Module", Fields: []string{"title", "name", "summary", "release"}}}}}},
	})
	record.Define[ScheduledJob](r, jobModel(read))
	record.Define[AuditLine](r, auditModel(read))
}

func jobModel(read []record.Access) record.Model {
	return record.Model{
		Name: "base.job", Label: "Scheduled job", Plural: "Scheduled jobs", Icon: "clock-play", Hue: "settings", Table: "schedule", NoAudit: true, Access: read,
		Display: "title", Key: "name",
		Fields: []record.Field{
			{Name: "title", Label: "Job", Type: record.Text, Readonly: true, Translate: true},
			{Name: "name", Label: "Technical name", Type: record.Code, Readonly: true, Unique: true},
			{Name: "every_seconds", Label: "Every (seconds)", Type: record.Int, Readonly: true},
			{Name: "finished_at", Label: "Last run", Type: record.Moment, Readonly: true},
			{Name: "outcome", Label: "Outcome", Type: record.Selection, Readonly: true, Options: []record.Option{
				{Value: "done", Label: "Done", Tone: "ok"}, {Value: "failed", Label: "Failed", Tone: "bad"}}},
			{Name: "due_at", Label: "Next run", Type: record.Moment, Readonly: true},
			{Name: "error", Label: "Last error", Type: record.Multiline, Readonly: true},
			{Name: "failures", Label: "Failures in a row", Type: record.Int, Readonly: true},
			{Name: "started_at", Label: "Started", Type: record.Moment, Readonly: true},
			{Name: "lease", Type: record.Text, Private: true},
			{Name: "lease_until", Type: record.Moment, Private: true},
		},
		List:   record.List{Columns: []string{"title", "finished_at", "outcome", "due_at"}, Optional: []string{"name", "every_seconds", "error", "failures"}, Order: "name"},
		Search: record.Search{Fields: []string{"title", "name"}, Facets: []string{"outcome"}},
		Form: record.Form{Sub: "name", Tabs: []record.Tab{{Name: "job", Label: "Job", Groups: []record.Group{
			{Name: "job", Label: "Job", Fields: []string{"title", "name", "every_seconds", "due_at"}},
			{Name: "last", Label: "Last run", Fields: []string{"started_at", "finished_at", "outcome", "failures", "error"}, Aside: true}}}}},
		Actions: []record.Action{{Name: "run_now", Label: "Run now", Icon: "clock-play", Groups: []string{GroupAdmin}, Bulk: true, Run: runNow}},
	}
}

func runNow(e *record.Env, ids []int64) (string, error) {
	if err := jobs.RunNow(e, ids...); err != nil {
		return "", err
	}
	if len(ids) == 1 {
		return "The job will run within a few seconds.", nil
	}
	return fmt.Sprintf("%d jobs will run within a few seconds.", len(ids)), nil
}

func auditModel(read []record.Access) record.Model {
	return record.Model{
		Name: "base.audit", Label: "Audit line", Plural: "Audit log", Icon: "history", Hue: "settings", Table: "audit", NoAudit: true, Access: read,
		Shared: true, Display: "record_name", Key: "record_name",
		Fields: []record.Field{
			{Name: "at", Label: "When", Type: record.Moment, Readonly: true},
			{Name: "user", Label: "User", Type: record.Many2One, Model: record.UserModel, Readonly: true},
			{Name: "user_name", Label: "Who", Type: record.Text, Readonly: true},
			{Name: "action", Label: "Action", Type: record.Code, Readonly: true, Spoken: "audit"},
			{Name: "model", Label: "Model", Type: record.Code, Readonly: true, Choices: allModels},
			{Name: "record_id", Label: "Record number", Type: record.Int, Readonly: true},
			{Name: "record_name", Label: "Record", Type: record.Text, Readonly: true, About: [2]string{"model", "record_id"}},
			{Name: "changes", Label: "Changes", Type: record.JSON, Readonly: true, ChangesOf: "model"},
			{Name: "reason", Label: "Reason", Type: record.Text, Readonly: true},
			{Name: "origin", Label: "Origin", Help: "The request, command or job that did it.", Type: record.Code, Readonly: true},
			{Name: "company", Label: "Company", Type: record.Many2One, Model: record.CompanyModel, Readonly: true},
		},
		List: record.List{Columns: []string{"at", "user_name", "action", "model", "record_name"}, Optional: []string{"record_id", "reason", "origin", "company"}, Order: "id desc"},
		Search: record.Search{Fields: []string{"user_name", "record_name", "model"}, Facets: []string{"user", "company"},
			Filters: []record.Filter{{Name: "people", Label: "By people", Domain: `[["user", "!=", null]]`, Default: true}}},
		Form: record.Form{Title: "record_name", Sub: "action", Tabs: []record.Tab{{Name: "line", Label: "Audit line", Groups: []record.Group{
			{Name: "what", Label: "What", Fields: []string{"action", "model", "record_name", "record_id", "changes"}},
			{Name: "who", Label: "Who and when", Fields: []string{"at", "user_name", "user", "company", "reason", "origin"}, Aside: true}}}}},
	}
}

// allModels offers every kind of record by its name.
func allModels(e *record.Env) []record.Option {
	var out []record.Option
	for _, m := range e.Registry().Models() {
		out = append(out, record.Option{Value: m.Name, Label: m.Label, Key: m.LabelKey(), Hue: m.Hue})
	}
	return out
}

// translateHouse gives the names of modules and jobs, which are rows, their other languages.
func translateHouse(e *record.Env, app *web.Application) error {
	modules, err := record.Find[InstalledModule](e, record.Query{Order: "id"})
	if err != nil {
		return err
	}
	scheduled, err := record.Find[ScheduledJob](e, record.Query{Order: "id"})
	if err != nil {
		return err
	}
	return e.Write(func(in *record.Env) error {
		for _, lang := range i18n.Languages[1:] {
			print := app.Texts.For(lang)
			for _, m := range modules {
				for field, key := range map[string]string{"title": "module." + m.Name, "summary": "module." + m.Name + ".summary"} {
					if err := record.SetTranslation(in, "base.module", m.ID, field, lang, print.Or(key, "")); err != nil {
						return err
					}
				}
			}
			for _, j := range scheduled {
				if err := record.SetTranslation(in, "base.job", j.ID, "title", lang, print.Or("job."+j.Name, "")); err != nil {
					return err
				}
			}
		}
		return nil
	})
}
