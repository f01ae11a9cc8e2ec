package domain_test

import (
	"errors"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
)

func TestSQL(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, src, want string
		args            []any
	}{
		{"Everything", `[]`, `1=1`, nil},
		{"Equal", `[["age","=",1]]`, `"partner"."age" = ?`, []any{int64(1)}},
		{"NotEqual", `[["age","!=",1]]`, `("partner"."age" <> ? OR "partner"."age" IS NULL)`, []any{int64(1)}},
		{"NotEqualRequired", `[["required","!=",1]]`, `"partner"."required" <> ?`, []any{int64(1)}},
		{"Empty", `[["age","=",false]]`, `"partner"."age" IS NULL`, nil},
		{"NotEmpty", `[["age","!=",null]]`, `"partner"."age" IS NOT NULL`, nil},
		{"EmptyText", `[["name","=",null]]`, `("partner"."name" = ? OR "partner"."name" IS NULL)`, []any{""}},
		{"TextNotEmpty", `[["name","!=",""]]`, `"partner"."name" <> ?`, []any{""}},
		{"In", `[["id","in",[1,2,2]]]`, `"partner"."id" IN (?,?)`, []any{int64(1), int64(2)}},
		{"InOrEmpty", `[["age","in",[1,2,null]]]`, `("partner"."age" IN (?,?) OR "partner"."age" IS NULL)`, []any{int64(1), int64(2)}},
		{"NotIn", `[["age","not in",[1,2]]]`, `("partner"."age" NOT IN (?,?) OR "partner"."age" IS NULL)`, []any{int64(1), int64(2)}},
		{"NotInNorEmpty", `[["age","not in",[1,null]]]`, `"partner"."age" <> ?`, []any{int64(1)}},
		{"InNothing", `[["age","in",[]]]`, `1=0`, nil},
		{"NotInNothing", `[["age","not in",[]]]`, `1=1`, nil},
		{"Bool", `[["active","=",true]]`, `"partner"."active" = ?`, []any{true}},
		{"NotTrue", `[["active","!=",true]]`, `("partner"."active" = ? OR "partner"."active" IS NULL)`, []any{false}},
		{"Money", `[["credit",">=",10000.5]]`, `"partner"."credit" >= ?`, []any{int64(1000050)}},
		{"NotLess", `["!",["age","<",3]]`, `("partner"."age" >= ? OR "partner"."age" IS NULL)`, []any{int64(3)}},
		{"TextOrder", `[["name",">","m"]]`, `"partner"."name" > ?`, []any{"m"}},
		{"TextBelow", `[["name","<","m"]]`, `("partner"."name" < ? AND "partner"."name" <> '')`, []any{"m"}},
		{"Like", `[["name","like","50%"]]`, `instr("partner"."name", ?) > 0`, []any{"50%"}},
		{"ILikeFold", `[["name","ilike","ÉTÉ"]]`, `instr("partner"."name_fold", ?) > 0`, []any{"ete"}},
		{"ILike", `[["ref","ilike","AbÉ"]]`, `instr(lower("partner"."ref"), ?) > 0`, []any{"abÉ"}},
		{"NotILike", `[["ref","not ilike","A"]]`, `(instr(lower("partner"."ref"), ?) = 0 OR "partner"."ref" IS NULL)`, []any{"a"}},
		{"Pattern", `[["name","=like","a%_[*\\%"]]`, `"partner"."name" GLOB ?`, []any{"a*?[[][*]%"}},
		{"LikeNothing", `[["name","like",""]]`, `1=1`, nil},
		{"Constants", `["|",[0,"=",1],["age","=",1],[1,"=",1]]`, `"partner"."age" = ?`, []any{int64(1)}},
		{"AndOr", `[["age","=",1],"|",["age",">",2],["required","=",3]]`,
			`("partner"."age" = ? AND ("partner"."age" > ? OR "partner"."required" = ?))`, []any{int64(1), int64(2), int64(3)}},
		{"NotGroup", `["!","&",["required","=",1],["required","=",2]]`, `("partner"."required" <> ? OR "partner"."required" <> ?)`, []any{int64(1), int64(2)}},
		{"Me", `[["id","=",{"$":"uid"}]]`, `"partner"."id" = ?`, []any{int64(2)}},
		{"MyCompanies", `[["age","in",[null,{"$":"company_ids"}]]]`, `("partner"."age" IN (?,?) OR "partner"."age" IS NULL)`, []any{int64(1), int64(3)}},
		{"Today", `[["born","=",{"$":"today"}]]`, `"partner"."born" = ?`, []any{"2025-04-01"}},
		{"Now", `[["seen","<=",{"$":"now"}]]`, `"partner"."seen" <= ?`, []any{at("2025-03-31T22:30:00.123456Z")}},
		{"Side", `[["nick","=","x"]]`, `(SELECT "_1"."nick" FROM "partner_extra" AS "_1" WHERE "_1"."record_id" = "partner"."id") = ?`, []any{"x"}},
		{"ToOne", `[["country","=",3]]`, `"partner"."country_id" = ?`, []any{int64(3)}},
		{"ToOneEmpty", `[["country","=",false]]`, `"partner"."country_id" IS NULL`, nil},
		{"ToOnePath", `[["country.code","=","GB"]]`,
			`EXISTS (SELECT 1 FROM "country" AS "_1" WHERE "_1"."id" = "partner"."country_id" AND "_1"."code" = ?)`, []any{"GB"}},
		{"ToOneTogether", `[["country.code","=","GB"],["age","=",1],["country.code","!=","FR"],["parent.age","=",2],["parent.country.code","=","GB"],["parent.country.code","!=","FR"]]`,
			`(EXISTS (SELECT 1 FROM "country" AS "_1" WHERE "_1"."id" = "partner"."country_id" AND ("_1"."code" = ? AND ("_1"."code" <> ? OR "_1"."code" IS NULL))) AND "partner"."age" = ?` +
				` AND EXISTS (SELECT 1 FROM "partner" AS "_2" WHERE "_2"."id" = "partner"."parent_id" AND ("_2"."age" = ?` +
				` AND EXISTS (SELECT 1 FROM "country" AS "_3" WHERE "_3"."id" = "_2"."country_id" AND ("_3"."code" = ? AND ("_3"."code" <> ? OR "_3"."code" IS NULL))))))`, []any{"GB", "FR", int64(1), int64(2), "GB", "FR"}},
		{"NotToOnePath", `[["country.code","!=","GB"]]`,
			`("partner"."country_id" IS NULL OR EXISTS (SELECT 1 FROM "country" AS "_1" WHERE "_1"."id" = "partner"."country_id" AND ("_1"."code" <> ? OR "_1"."code" IS NULL)))`, []any{"GB"}},
		{"ManyToMany", `[["tags","in",[1,2]]]`,
			`EXISTS (SELECT 1 FROM "partner_tag" AS "_2" WHERE "_2"."own" = "partner"."id" AND "_2"."target" IN (?,?))`, []any{int64(1), int64(2)}},
		{"OneToManyPath", `["!",["lines.qty",">",1]]`,
			`NOT EXISTS (SELECT 1 FROM "line" AS "_1" WHERE "_1"."partner_id" = "partner"."id" AND "_1"."qty" > ?)`, []any{int64(1)}},
		{"SameTable", `[["parent.parent.age","=",1]]`,
			`EXISTS (SELECT 1 FROM "partner" AS "_1" WHERE "_1"."id" = "partner"."parent_id" AND EXISTS (SELECT 1 FROM "partner" AS "_2" WHERE "_2"."id" = "_1"."parent_id" AND "_2"."age" = ?))`, []any{int64(1)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			sql, args, err := domain.SQL(parse(c.src), everything(t), vars, domain.SQLite)
			if err != nil {
				t.Fatal(err)
			}
			if sql != c.want || !reflect.DeepEqual(args, c.args) {
				t.Errorf("SQL(%s) =\n%s %#v, want\n%s %#v", c.src, sql, args, c.want, c.args)
			}
		})
	}
}

// Related records are looked for once, where most records are asked.
func TestSQLOverAll(t *testing.T) {
	t.Parallel()
	const src = `["|",["ref","ilike","a"],["country.code","ilike","g"]]`
	for d, want := range map[domain.Dialect]string{
		domain.SQLite:   `"partner"."country_id" IN (SELECT "_1"."id" FROM "country" AS "_1" WHERE 1=1 AND instr(lower("_1"."code"), ?) > 0)`,
		domain.Postgres: `EXISTS (SELECT 1 FROM "country" AS "_1" WHERE "_1"."id" = "partner"."country_id" AND lower("_1"."code" COLLATE "C") LIKE ?)`,
	} {
		sql, args, err := domain.SQLOverAll(parse(src), everything(t), vars, d)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(sql, want) || len(args) != 2 {
			t.Errorf("%s: %s %v, want %s in it", d, sql, args, want)
		}
	}
}

func TestSQLPostgres(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, src, want string
		arg             any
	}{
		{"TextOrder", `[["name",">=","m"]]`, `"partner"."name" COLLATE "C" >= ?`, "m"},
		{"Like", `[["name","like","5_0%\\"]]`, `"partner"."name" LIKE ?`, `%5\_0\%\\%`},
		{"ILikeFold", `[["name","ilike","Été"]]`, `"partner"."name_fold" LIKE ?`, "%ete%"},
		{"ILike", `[["ref","not ilike","A"]]`, `(lower("partner"."ref" COLLATE "C") NOT LIKE ? OR "partner"."ref" IS NULL)`, "%a%"},
		{"Pattern", `[["name","=like","a%\\_"]]`, `"partner"."name" LIKE ?`, `a%\_`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			sql, args, err := domain.SQL(parse(c.src), everything(t), vars, domain.Postgres)
			if err != nil {
				t.Fatal(err)
			}
			if sql != c.want || len(args) != 1 || args[0] != c.arg {
				t.Errorf("SQL(%s) =\n%s %#v, want\n%s %#v", c.src, sql, args, c.want, c.arg)
			}
		})
	}
}

// The rules of a relation's target stand in the subquery, and the negation stands beside them.
func TestSQLCarriesRules(t *testing.T) {
	t.Parallel()
	const visible = `EXISTS (SELECT 1 FROM "country" AS "_1" WHERE "_1"."id" = "partner"."country_id" AND ("_1"."secret" = ? OR "_1"."secret" IS NULL)`
	for _, c := range []struct{ name, src, want string }{
		{"Condition", `[["country.code","=","GB"]]`, visible + ` AND "_1"."code" = ?)`},
		{"Negation", `["!",["country.code","=","GB"]]`,
			`("partner"."country_id" IS NULL OR ` + visible + ` AND ("_1"."code" <> ? OR "_1"."code" IS NULL)))`},
		{"Id", `[["country","=",3]]`, visible + ` AND "_1"."id" = ?)`},
		{"NotEmpty", `[["country","!=",null]]`, visible + `)`},
		{"Name", `[["country","=","x"]]`, visible + ` AND "_1"."name" = ?)`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			sql, _, err := domain.SQL(parse(c.src), contacts(t), vars, domain.SQLite)
			if err != nil || sql != c.want {
				t.Errorf("SQL(%s) =\n%s, %v, want\n%s", c.src, sql, err, c.want)
			}
		})
	}
}

// To whom a model is closed, relations to it match nothing but their absence.
func TestSQLClosedModel(t *testing.T) {
	t.Parallel()
	w := &world{models: models()}
	w.models["country"].rule = domain.False
	for src, want := range map[string]string{
		`[["country.code","=","GB"]]`:  `1=0`,
		`[["country.code","!=","GB"]]`: `"partner"."country_id" IS NULL`,
		`[["country","=",1]]`:          `1=0`,
		`[["country","!=",null]]`:      `1=0`,
		`[["lines.country","=",1]]`:    `1=0`,
	} {
		sql, _, err := domain.SQL(parse(src), w.schema("partner"), vars, domain.SQLite)
		if err != nil || sql != want {
			t.Errorf("SQL(%s) = %s, %v, want %s", src, sql, err, want)
		}
	}
}

// A rule that cannot be applied is a fault of the house and lets nobody in.
func TestBrokenRule(t *testing.T) {
	t.Parallel()
	w := &world{models: models()}
	w.models["country"].rule = parse(`[["nothing","=",1]]`)
	n := parse(`[["country.code","=","GB"]]`)
	if err := domain.Check(n, w.schema("partner")); err != nil {
		t.Errorf("Check = %v, want none: the filter is not at fault", err)
	}
	_, _, err := domain.SQL(n, w.schema("partner"), vars, domain.SQLite)
	if !fault.Is(err, fault.Internal) || !strings.Contains(err.Error(), "The record rules of country cannot be applied.") {
		t.Errorf("SQL = %v, want an internal error about the rules of country", err)
	}
}

var placeholder = regexp.MustCompile(`\?`)

// FuzzCompile plants a hostile text wherever a filter takes one. It must be refused or become
// an argument; the SQL around it is the same for every text.
func FuzzCompile(f *testing.F) {
	for _, text := range []string{`' OR 1=1 --`, `"; DROP TABLE partner; --`, `%`, `\`, `?`, "x\x00y", `$1`, `[*]`, "é", "2025-01-01", "10.5"} {
		f.Add(text)
	}
	w := &world{models: models()}
	f.Fuzz(func(t *testing.T, text string) {
		for _, path := range []string{"name", "ref", "nick", "country", "tags", "country.name", "lines.tags.ref", "credit", "born", "seen", "state", text} {
			for _, op := range []domain.Op{domain.Eq, domain.Ne, domain.Lt, domain.In, domain.Like, domain.NotILike, domain.EqLike, domain.EqILike, domain.Op(text)} {
				var value any = text
				if op == domain.In {
					value = []any{text, "x"}
				}
				n := domain.Cond{Path: path, Op: op, Value: value}
				for i, d := range []domain.Dialect{domain.SQLite, domain.Postgres, domain.SQLite} {
					write := []func(domain.Node, domain.Schema, domain.Vars, domain.Dialect) (string, []any, error){domain.SQL, domain.SQL, domain.SQLOverAll}[i]
					sql, args, err := write(n, w.schema("partner"), vars, d)
					var e *fault.Error
					if err != nil {
						if !errors.As(err, &e) || e.Code != fault.Invalid {
							t.Fatalf("%s %s %q: %v is not an invalid filter", path, op, text, err)
						}
						continue
					}
					if got := len(placeholder.FindAllString(sql, -1)); got != len(args) {
						t.Fatalf("%s has %d placeholders for %d arguments", sql, got, len(args))
					}
					if !harmless.MatchString(sql) {
						t.Fatalf("%s %s %q: foreign text in %s", path, op, text, sql)
					}
				}
			}
		}
	})
}

// harmless matches SQL made of nothing but the names of the small world and the words of the
// compiler; the only literals are ” and the numbers of constants.
var harmless = regexp.MustCompile(`^(?:"(?:_\d+|C|id|partner|partner_extra|record_id|country|tag|line|name|name_fold|ref|nick|secret|owner|state|credit|born|seen|` +
	`own|target|partner_tag|line_tag|country_id|partner_id|parent_id)"|\b(?:SELECT|FROM|AS|WHERE|JOIN|ON|AND|OR|NOT|EXISTS|IN|IS|NULL|LIKE|GLOB|COLLATE|instr|lower)\b|''|\b[01]\b|[ .,()?=<>])*$`)
