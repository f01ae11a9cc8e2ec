package domain_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, src, want string }{
		{"Fine", `[["country.code","=","GB"],["credit",">=","10.50"],["born","<",{"$":"today"}]]`, ``},
		{"RelationByName", `[["tags","in",["a","b",null]],["country","ilike","uni"]]`, ``},
		{"UnknownField", `[["age","=",1],["contry.code","=","GB"]]`, `Condition 2, ["contry.code","=","GB"]: partner has no field "contry".`},
		{"HiddenField", `[["owner","=",1]]`, `Condition 1, ["owner","=",1]: partner has no field "owner".`},
		{"HiddenFieldBehindRelation", `[["country.secret","=",true]]`, `country has no field "secret".`},
		{"UnknownFieldBehindRelation", `[["country.sacret","=",true]]`, `country has no field "sacret".`},
		{"NoRelation", `[["name.code","=","GB"]]`, `"name" is not a relation`},
		{"Unfilterable", `[["photo","!=",null]]`, `"photo" cannot be used in a filter`},
		{"PathTooLong", `[["parent.parent.parent.parent.parent.parent.name","=","x"]]`, `a path may have 6 names at most`},
		{"WrongType", `[["age","=","old"]]`, `"old" does not fit "age" (whole number)`},
		{"FractionForInt", `[["age","=",1.5]]`, `1.5 does not fit "age"`},
		{"NumberForText", `[["name","=",5]]`, `5 does not fit "name" (text)`},
		{"NumberForBool", `[["active","=",1]]`, `1 does not fit "active" (yes or no)`},
		{"TrueForInt", `[["age","=",true]]`, `true does not fit`},
		{"BadDate", `[["born","=","2025-02-30"]]`, `"2025-02-30" does not fit "born" (date)`},
		{"BadDateTime", `[["seen",">","yesterday"]]`, `does not fit "seen" (date and time)`},
		{"TooManyDecimals", `[["credit","=","10.505"]]`, `"10.505" is too large or has more than 2 decimals`},
		{"TooLarge", `[["credit","=",99999999999999999999]]`, `is too large`},
		{"Option", `[["state","=","sold"]]`, `"sold" is not one of the choices of "state" (draft, done)`},
		{"OperatorForType", `[["active",">",true]]`, `the operator ">" does not fit "active" (yes or no)`},
		{"LikeForNumber", `[["age","ilike","1"]]`, `the operator "ilike" does not fit "age"`},
		{"OrderForRelation", `[["country","<",3]]`, `the operator "<" does not fit "country" (relation)`},
		{"OrderAgainstNothing", `[["age","<",null]]`, `null does not fit "age"`},
		{"InNeedsList", `[["age","in",1]]`, `the operator "in" needs a list`},
		{"EqualsTakesOne", `[["age","=",[1]]]`, `for a list use "in"`},
		{"CompaniesAreAList", `[["age","=",{"$":"company_ids"}]]`, `for a list use "in"`},
		{"UserIsNoText", `[["name","=",{"$":"uid"}]]`, `{"$":"uid"} does not fit "name"`},
		{"TodayIsNoNumber", `[["age","=",{"$":"today"}]]`, `{"$":"today"} does not fit "age"`},
		{"NoNameToCompare", `[["lines.partner.lines.country","=",1.5]]`, `1.5 does not fit`},
		{"Wildcards", `[["name","=like","` + strings.Repeat("%a", 20) + `"]]`, `more than 16 wildcards`},
		{"BeyondTheCalendar", `[["born","=",{"$":"today","add":{"years":99999}}]]`, `lies outside the calendar`},
		{"NULInText", `[["name","=","a\u0000b"]]`, `characters that no field can hold`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			n := parse(c.src)
			err := domain.Check(n, contacts(t))
			_, compiled := domain.Compile(n, contacts(t), vars)
			if (err == nil) != (compiled == nil) {
				t.Errorf("Check says %v, Compile %v", err, compiled)
			}
			if c.want == "" {
				if err != nil {
					t.Errorf("Check(%s) = %v, want none", c.src, err)
				}
				return
			}
			var e *fault.Error
			if !errors.As(err, &e) || e.Code != fault.Invalid || !strings.Contains(e.Message, c.want) {
				t.Fatalf("Check(%s) = %v, want an invalid filter saying %q", c.src, err, c.want)
			}
			if e.Key == "" || e.Args["number"] == nil || e.Args["offset"] == nil {
				t.Errorf("the error %v names no place: %v", e, e.Args)
			}
		})
	}
}

// Nodes made in code meet the same checks as those that were parsed.
func TestCheckNodesMadeInCode(t *testing.T) {
	t.Parallel()
	deep := domain.Node(domain.Cond{Path: "age", Op: domain.Eq, Value: 1})
	for range domain.MaxDepth + 1 {
		deep = domain.Not{Node: deep}
	}
	for _, c := range []struct {
		name string
		node domain.Node
		want string
	}{
		{"Integers", domain.Cond{Path: "id", Op: domain.In, Value: []int64{1, 2}}, ""},
		{"Time", domain.Cond{Path: "seen", Op: domain.Lt, Value: time.Now()}, ""},
		{"Nil", nil, ""},
		{"Operator", domain.Cond{Path: "id", Op: "= 1 OR 1 =", Value: 1}, `the operator "= 1 OR 1 =" does not fit`},
		{"Path", domain.Cond{Path: `id" OR 1=1 --`, Op: domain.Eq, Value: 1}, `partner has no field "id\" OR 1=1 --"`},
		{"Value", domain.Cond{Path: "id", Op: domain.Eq, Value: struct{}{}}, `does not fit "id"`},
		{"Float", domain.Cond{Path: "rate", Op: domain.Eq, Value: 0.1}, `does not fit "rate"`},
		{"Variable", domain.Cond{Path: "id", Op: domain.Eq, Value: domain.Var{Name: "env"}}, `there is no variable {"$":"env"}`},
		{"At", domain.Cond{Path: "born", Op: domain.Eq, Value: domain.Var{Name: "today", At: "noon"}}, `there is no variable`},
		{"LongList", domain.Cond{Path: "id", Op: domain.In, Value: make([]int64, domain.MaxList+1)}, `more than 1000 values`},
		{"LongText", domain.Cond{Path: "name", Op: domain.Eq, Value: strings.Repeat("x", domain.MaxText+1)}, `longer than 4096 bytes`},
		{"Depth", deep, `nested more than 32 deep`},
		{"Values", manyLists(), `more than 10000 values`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			err := domain.Check(c.node, contacts(t))
			want := strings.ReplaceAll(c.want, `\"`, `"`)
			if c.want == "" && err != nil || c.want != "" && (!fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), want)) {
				t.Errorf("Check = %v, want %q", err, want)
			}
		})
	}
}

func manyLists() domain.Node {
	var all domain.Or
	for range domain.MaxValues/domain.MaxList + 1 {
		list := make([]any, domain.MaxList)
		for i := range list {
			list[i] = int64(i)
		}
		all = append(all, domain.Cond{Path: "age", Op: domain.In, Value: list})
	}
	return all
}
