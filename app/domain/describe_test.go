package domain_test

import (
	"slices"
	"testing"

	"github.com/tessera-erp/tessera/app/domain"
)

func TestDescribe(t *testing.T) {
	t.Parallel()
	voice := domain.Voice{Name: func(model string, id int64) string {
		return map[string]string{"country": "United Kingdom", "tag": "Wholesale"}[model]
	}}
	for _, c := range []struct{ name, src, want string }{
		{"Everything", `[]`, `all records`},
		{"Nothing", `[[0,"=",1]]`, `no record`},
		{"Sentence", `[["country","=",3],"|",["tags","=",1],["credit",">=",10000]]`,
			`Country is United Kingdom and (Tags include Wholesale or Credit limit ≥ 10000)`},
		{"Path", `[["country.code","!=","GB"]]`, `Country › Code is not GB`},
		{"Empty", `[["parent","=",false],["name","!=",null]]`, `Parent is empty and Name is not empty`},
		{"Bool", `[["active","=",false]]`, `Active is no`},
		{"List", `[["state","in",["draft","done",null]],["tags","not in",["a"]]]`, `State is one of draft, done, empty and Tags include none of a`},
		{"Not", `["!",["age","=",1],"!",["age","<",1]]`, `Age is not 1 and not (Age < 1)`},
		{"NotGroup", `["!","|",["age","=",1],["parent","=",7]]`, `not (Age is 1 or Parent is #7)`},
		{"Texts", `[["name","ilike","x"],["name","not like","y"],["name","=like","z%"]]`, `Name contains x and Name does not contain y and Name matches z%`},
		{"Variables", `[["parent","=",{"$":"uid"}],["born",">=",{"$":"today","add":{"months":1,"days":-30},"at":"month_start"}]]`,
			`Parent is the current user and Born ≥ start of the month of 30 days before 1 month after today`},
		{"Unknown", `[["nothing.here","=",1]]`, `nothing.here is 1`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v := voice
			if c.name == "NotGroup" || c.name == "Variables" {
				v = domain.Voice{}
			}
			if got := domain.Sentence(domain.Describe(parse(c.src), contacts(t), v)); got != c.want {
				t.Errorf("Describe(%s) =\n%s, want\n%s", c.src, got, c.want)
			}
		})
	}
}

func TestDescribeParts(t *testing.T) {
	t.Parallel()
	french := domain.Voice{T: func(key string, args ...any) string {
		if key == "domain.is" {
			return "vaut " + args[3].(string) + " : " + args[1].(string)
		}
		return key
	}}
	got := domain.Describe(parse(`[["age","=",5],["name","=","x"]]`), contacts(t), french)
	want := []domain.Part{
		{Text: "vaut "}, {Text: "5", Kind: domain.FieldValue}, {Text: " : "}, {Text: "Age", Kind: domain.FieldName}, {Text: " and vaut "},
		{Text: "x", Kind: domain.FieldValue}, {Text: " : "}, {Text: "Name", Kind: domain.FieldName},
	}
	if !slices.Equal(got, want) {
		t.Errorf("Describe gives %v, want %v", got, want)
	}
}
