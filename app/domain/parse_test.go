package domain_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/fault"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, src, want string }{
		{"Everything", `[]`, `[]`},
		{"EverythingTuple", ` ( ) `, `[]`},
		{"One", `[["a","=",1]]`, `[["a","=",1]]`},
		{"ImplicitAnd", `[["a","=",1],["b.c","!=",null]]`, `[["a","=",1],["b.c","!=",null]]`},
		{"ExplicitAnd", `["&",["a","=",1],["b","=",2]]`, `[["a","=",1],["b","=",2]]`},
		{"OrAmongAnds", `[["c","=",3],"|",["a","=",1],["b",">",2],["d","<",4]]`, `[["c","=",3],"|",["a","=",1],["b",">",2],["d","<",4]]`},
		{"NestedOr", `["|",["a","=",1],"|",["b","=",2],["c","=",3]]`, `["|","|",["a","=",1],["b","=",2],["c","=",3]]`},
		{"AndInOr", `["|","&",["a","=",1],["b","=",2],["c","=",3]]`, `["|","&",["a","=",1],["b","=",2],["c","=",3]]`},
		{"Not", `["!",["a","in",[1,null,"x"]]]`, `["!",["a","in",[1,null,"x"]]]`},
		{"NotOr", `["!","|",["a","=",1],["b","=",2]]`, `["!","|",["a","=",1],["b","=",2]]`},
		{"Constants", `["|",[1,"=",1],(0,'=',1)]`, `["|",[1,"=",1],[0,"=",1]]`},
		{"Nothing", `[(0,'=',1)]`, `[[0,"=",1]]`},
		{"OldSpelling", `[["a","==",1],["b","<>",2]]`, `[["a","=",1],["b","!=",2]]`},
		{"Decimals", `[["a","=",-10.50],["a","<",12345678901234567890]]`, `[["a","=",-10.50],["a","<",12345678901234567890]]`},
		{"Escapes", `[["a","=","\"\\\/\u00e9\ud83d\ude00\n"]]`, `[["a","=","\"\\/é😀\u000a"]]`},
		{"Python", `[('a','=',True),('b','!=',None),("c",'in',(1,2,),),]`, `[["a","=",true],["b","!=",null],["c","in",[1,2]]]`},
		{"PythonQuotes", `[('a', '=', 'it\'s "so" \x41')]`, `[["a","=","it's \"so\" A"]]`},
		{"PythonVariables", `['|', ('u','=',uid), '|', ('u','=', user.id), ('c','in',company_ids)]`,
			`["|","|",["u","=",{"$":"uid"}],["u","=",{"$":"uid"}],["c","in",{"$":"company_ids"}]]`},
		{"PythonCompany", `[('c','=',user.company_id.id),('d','=',company_id)]`, `[["c","=",{"$":"company_id"}],["d","=",{"$":"company_id"}]]`},
		{"PythonToday", `[('d','>=',context_today().strftime('%Y-%m-%d')),('d','<',context_today())]`,
			`[["d",">=",{"$":"today"}],["d","<",{"$":"today"}]]`},
		{"Variable", `[["d",">",{"at":"month_start","$":"today","add":{"days":-30,"months":0}}]]`,
			`[["d",">",{"$":"today","add":{"days":-30},"at":"month_start"}]]`},
		{"VariableInList", `[["c","in",[false,{"$":"company_ids"}]]]`, `[["c","in",[false,{"$":"company_ids"}]]]`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			n, err := domain.Parse([]byte(c.src))
			if err != nil {
				t.Fatal(err)
			}
			if got := string(domain.Print(n)); got != c.want {
				t.Errorf("Parse(%s) prints as\n%s, want\n%s", c.src, got, c.want)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	many := "[" + strings.Repeat(`["a","=",1],`, domain.MaxConditions+1) + "]"
	deep := "[" + strings.Repeat(`"!",`, domain.MaxDepth+1) + `["a","=",1]]`
	long := `[["a","in",[` + strings.Repeat("1,", domain.MaxList+1) + `]]]`
	for _, c := range []struct{ name, src, want string }{
		{"Empty", ``, `character 1: it ends too early`},
		{"NoList", `"a"`, `character 1: a filter is a list of conditions`},
		{"BareCondition", `["a","=",1]`, `put the condition into one more pair of brackets`},
		{"Trailing", `[] x`, `character 4: nothing may follow`},
		{"NUL", "[]\x00", `character 3: nothing may follow`},
		{"UnclosedText", `[["a","=","x]]`, `character 11: the text that begins here has no end`},
		{"UnclosedList", `[["a","=",1]`, `character 13: a comma or`},
		{"TwoParts", `[["é","=",1],["a","="]]`, `character 3: "é" is not a field name`},
		{"Parts", `[["a","="]]`, `character 2: a condition has three parts`},
		{"Operator", `[["é.a"]]`, `three parts`},
		{"UnknownOperator", `[["a","child_of",1]]`, `character 7: "child_of" is not an operator`},
		{"UnknownLogic", `["^",["a","=",1]]`, `character 2: "^" is neither`},
		{"LackingTerm", `["|",["a","=",1]]`, `character 17: an operator lacks its condition`},
		{"SQLInPath", `[["a\" OR 1=1 --","=",1]]`, `is not a field name`},
		{"DotDot", `[["a..b","=",1]]`, `is not a field name`},
		{"Code", `[('a','=',__import__('os').system('id'))]`, `a filter holds no code`},
		{"Lambda", `[('a','=',lambda: 1)]`, `"lambda" is neither a value nor a known variable`},
		{"Arithmetic", `[('a','=',1+1)]`, `"1+1" is not a plain number`},
		{"Concatenation", `[('c','in',[False] + company_ids)]`, `a comma or ")" is missing`},
		{"Parenthesised", `[('a','=',(1))]`, `only literal values are allowed`},
		{"CallOnVariable", `[('a','=',uid.foo)]`, `"uid.foo" is neither`},
		{"IndexOnVariable", `[('a','=',company_ids[0])]`, `a filter holds no code`},
		{"CallWithArguments", `[('a','=',context_today(1))]`, `a filter holds no code`},
		{"Exponent", `[["a","=",1e999]]`, `"1e999" is not a plain number`},
		{"LeadingZero", `[["a","=",007]]`, `begins with a zero`},
		{"LongNumber", `[["a","=",` + strings.Repeat("9", 50) + `]]`, `the number is too long`},
		{"Surrogate", `[["a","=","\ud83d"]]`, `escape that is not understood`},
		{"UnknownEscape", `[["a","=","\N{BULLET}"]]`, `escape that is not understood`},
		{"ControlCharacter", "[[\"a\",\"=\",\"\n\"]]", `raw control character`},
		{"NotUTF8", "[\xff]", `character 2: the text is not UTF-8`},
		{"ListInList", `[["a","in",[[1]]]]`, `character 13: a list may not hold another list`},
		{"UnknownVariable", `[["a","=",{"$":"env"}]]`, `there is no variable "env"`},
		{"VariableMember", `[["a","=",{"$":"uid","x":1}]]`, `"x" is not understood`},
		{"VariableTwice", `[["a","=",{"$":"uid","$":"uid"}]]`, `"$" stands here twice`},
		{"AddToUID", `[["a","=",{"$":"uid","add":{"days":1}}]]`, `only today and now`},
		{"AddTooMuch", `[["a","=",{"$":"now","add":{"days":99999999}}]]`, `a whole number up to`},
		{"AddUnit", `[["a","=",{"$":"now","add":{"seconds":1}}]]`, `"seconds" is not years`},
		{"At", `[["a","=",{"$":"now","at":"noon"}]]`, `"at" is not understood`},
		{"TooLong", strings.Repeat(" ", domain.MaxBytes) + "[]", `longer than`},
		{"TooManyConditions", many, `more than 256 conditions`},
		{"TooDeep", deep, `nested more than 32 deep`},
		{"BracketsTooDeep", strings.Repeat("[", 100), `character 7: brackets are nested too deep`},
		{"LongList", long, `more than 1000 values`},
		{"LongText", `[["a","=","` + strings.Repeat("x", domain.MaxText+1) + `"]]`, `longer than 4096 bytes`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			n, err := domain.Parse([]byte(c.src))
			if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Parse(%.60s) = %v, %v; want an invalid filter saying %q", c.src, n, err, c.want)
			}
		})
	}
}

// An And or Or of one term, made in code, is written as that term.
func TestPrintOfOneTerm(t *testing.T) {
	t.Parallel()
	a, b, c := domain.Cond{Path: "a", Op: domain.Eq, Value: 1}, domain.Cond{Path: "b", Op: domain.Eq, Value: 2}, domain.Cond{Path: "c", Op: domain.Eq, Value: 3}
	for want, n := range map[string]domain.Node{
		`[["c","=",3],["a","=",1],["b","=",2]]`:         domain.All(c, domain.And{a, b}),
		`[["c","=",3],"&",["a","=",1],["b","=",2]]`:     domain.And{c, domain.Or{domain.And{a, b}}},
		`["|",["a","=",1],["b","=",2]]`:                 domain.And{domain.Or{a, b}},
		`["|",["c","=",3],"|",["a","=",1],["b","=",2]]`: domain.Or{c, domain.And{domain.Or{a, b}}},
		`["!","|",["a","=",1],["b","=",2]]`:             domain.Not{Node: domain.And{domain.Or{a, b}}},
		`["|",["c","=",3],"&",["a","=",1],["b","=",2]]`: domain.Or{c, domain.Or{domain.And{a, b}}},
	} {
		if got := string(domain.Print(n)); got != want {
			t.Errorf("%#v is written %s, want %s", n, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, src := range []string{
		`[]`, `[["a.b","=",1],"|",["b","in",[1,"x",null,true,-1.50]],"!",["c","ilike","%\u00e9"]]`,
		`[('a','=',True),('b','in',(uid,company_ids,)),('d','<',context_today())]`,
		`[["d",">",{"$":"today","add":{"days":-30},"at":"month_start"}]]`, `[[1,"=",1]]`, `["|",[0,"=",1],["a","=",0]]`,
	} {
		f.Add([]byte(src))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		n, err := domain.Parse(src)
		if err != nil {
			var e *fault.Error
			if !errors.As(err, &e) || e.Code != fault.Invalid || e.Message == "" {
				t.Fatalf("Parse(%q): the error %v is not an invalid filter", src, err)
			}
			if e.Args["offset"] == nil && e.Args["limit"] == nil {
				t.Fatalf("Parse(%q): the error %v has no place", src, err)
			}
			return
		}
		printed := domain.Print(n)
		again, err := domain.Parse(printed)
		if err != nil {
			t.Fatalf("Parse(%q) prints as %s, which cannot be parsed: %v", src, printed, err)
		}
		if !domain.Equal(n, again) {
			t.Fatalf("Parse(%q) prints as %s, which is another filter: %#v, was %#v", src, printed, again, n)
		}
		if string(domain.Print(again)) != string(printed) {
			t.Fatalf("printing %s again gives %s", printed, domain.Print(again))
		}
	})
}
