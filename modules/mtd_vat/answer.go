package mtdvat

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/modules/accounting"
	"github.com/tessera-erp/tessera/modules/mtd_vat/hmrc"
)

// Answer is what HMRC has told last about a matter of a company's VAT. It is asked only
// while a person is there who wants to know; what it said then is there for all who may.
type Answer struct {
	record.Meta
	Name        string
	CompanyID   record.ID
	APIID       record.ID `gorm:"column:api_id"` // who was asked
	VRN         string
	Topic       string
	Reference   string // of a charge, "" for the others
	Starts      record.Date
	Ends        record.Date // the days that were asked for, "" where none are
	Body        string      // word for word
	Scenario    string      // of the sandbox
	Correlation string
	AskedAt     time.Time
	AskedByID   record.ID
}

func defineAnswer(r *record.Registry) {
	fixed := func(f record.Field) record.Field {
		f.Readonly, f.NoCopy = true, true
		return f
	}
	var options []record.Option
	for _, t := range topics() {
		options = append(options, record.Option{Value: t.name, Label: t.label})
	}
	options = append(options, record.Option{Value: topicHeaders, Label: labelHeaders})
	record.Define[Answer](r, record.Model{
		Name: "mtd_vat.answer", Label: "VAT answer", Plural: "VAT answers", Icon: "receipt", Hue: "accounting",
		Fields: []record.Field{
			fixed(record.Field{Name: "name", Label: "About", Type: record.Text, Required: true}),
			fixed(record.Field{Name: "company", Label: "Company", Type: record.Many2One, Model: record.CompanyModel, Required: true}),
			fixed(record.Field{Name: "api", Label: "API", Type: record.Many2One, Model: "oauth_consumer.api", Required: true}),
			fixed(record.Field{Name: "vrn", Label: "VAT registration number", Type: record.Code, Size: 16}),
			fixed(record.Field{Name: "topic", Label: "Topic", Type: record.Selection, Options: options}),
			fixed(record.Field{Name: "reference", Label: "Charge reference", Type: record.Code, Size: 16}),
			fixed(record.Field{Name: "starts", Label: "From", Type: record.Day}),
			fixed(record.Field{Name: "ends", Label: "To", Type: record.Day}),
			fixed(record.Field{Name: "scenario", Label: "Sandbox scenario", Type: record.Code, Size: 64}),
			fixed(record.Field{Name: "correlation", Label: "Correlation ID", Type: record.Code, Size: 128}),
			fixed(record.Field{Name: "asked_at", Label: "Asked", Type: record.Moment}),
			fixed(record.Field{Name: "asked_by", Label: "Asked by", Type: record.Many2One, Model: record.UserModel}),
			{Name: "body", Type: record.JSON, Private: true, NoCopy: true, Size: 1 << 20},
		},
		List: record.List{Columns: []string{"name", "company", "topic", "asked_at", "asked_by", "correlation"}, Optional: []string{"starts", "ends", "api", "scenario"}, Order: "asked_at desc",
			Help: "What HMRC was asked last about each matter, with its number of the call."},
		Search: record.Search{Fields: []string{"name", "reference", "correlation"}, Facets: []string{"company", "topic"}},
		Form: record.Form{Sub: "company", Tabs: []record.Tab{{Name: "answer", Label: "VAT answer", Groups: []record.Group{
			{Name: "question", Label: "Question", Fields: []string{"topic", "vrn", "reference", "starts", "ends", "api", "scenario"}},
			{Name: "call", Label: "Call", Fields: []string{"asked_at", "asked_by", "correlation"}, Aside: true}}}}},
		Access: []record.Access{{Group: accounting.GroupManager, Read: true}},
	})
}

// said is HMRC's answer to a question, as it was sent and as we read it.
type said[T any] struct {
	Read        T
	body        []byte
	correlation string
}

// UnmarshalJSON implements json.Unmarshaler.
func (s *said[T]) UnmarshalJSON(body []byte) error {
	s.body = append([]byte(nil), body...)
	return json.Unmarshal(body, &s.Read)
}

// ReadHeader takes HMRC's id of the call.
func (s *said[T]) ReadHeader(h http.Header) { s.correlation = hmrc.CorrelationID(h) }

// sameMatter is the condition of the one answer about what another is about.
func (a *Answer) sameMatter() domain.Node {
	is := func(path string, value any) domain.Node { return domain.Cond{Path: path, Op: domain.Eq, Value: value} }
	text := func(path, value string) domain.Node {
		if value == "" {
			return is(path, nil)
		}
		return is(path, value)
	}
	return domain.And{is("company", int64(a.CompanyID)), is("api", int64(a.APIID)), is("topic", a.Topic), text("vrn", a.VRN), text("reference", a.Reference)}
}

// lastAnswer is what HMRC said last about a matter; false when nobody has asked.
func lastAnswer(env *record.Env, about Answer) (Answer, bool, error) {
	found, err := record.First[Answer](env.Sudo("last answer of HMRC"), record.Query{Filter: about.sameMatter(), Order: "id desc"})
	if fault.Is(err, fault.NotFound) {
		return Answer{}, false, nil
	}
	return found, err == nil, err
}

// keepAnswer puts an answer in the place of the one before. Of two people who ask at the
// same moment the later one's stays.
func keepAnswer(env *record.Env, a Answer) error {
	err := replaceAnswer(env, a)
	if fault.Is(err, fault.Conflict) || fault.Is(err, fault.Invalid) {
		return replaceAnswer(env, a) // the other's is there now
	}
	return err
}

func replaceAnswer(env *record.Env, a Answer) error {
	return env.Write(func(in *record.Env) error {
		before, found, err := lastAnswer(in, a)
		if err != nil {
			return err
		}
		if found {
			a.Meta = before.Meta
		}
		return record.Save(in.Sudo("answer of HMRC"), &a)
	})
}
