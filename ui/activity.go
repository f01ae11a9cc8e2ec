package ui

import "strconv"

// Activity is what an application did: numbers, tokens a day, who is signed in through
// it, and what was refused.
type Activity struct {
	Page
	Stats   []Stat
	Chart   Chart
	Holders Holders
	Refused Refusals
}

// Stat is one number with its name.
type Stat struct{ Label, Value, Sub string }

// Chart is a row of bars, drawn on the server, with its numbers as a table for whoever
// cannot see it.
type Chart struct {
	Title   string
	Unit    string // heading of the numbers
	Periods []Tab  // to choose from
	Bars    []Bar
	Most    string // of the scale, "40"
	Half    string
}

// Bar is one bar. Share is its height in per cent of the chart's.
type Bar struct {
	Label string // "23 Oct"
	Value string // "14"
	Share int
	Named bool // the label stands under it
	Now   bool
}

// Holders are the sign-ins and tokens that live.
type Holders struct {
	Title   string
	Sub     string
	Columns []string
	Rows    []Holder
	None    string
	Actions []Action
}

// Holder is one line of them.
type Holder struct {
	Person string
	URL    string
	Codes  string // scopes
	Cells  []string
	End    *Action
}

// Refusals are what the application was refused lately, the newest first.
type Refusals struct {
	Title string
	Rows  []Refusal
	None  string
}

// Refusal is one kind of refusal.
type Refusal struct {
	When   string
	Code   string
	Text   string
	Detail string
	Times  string // "5 times"; "" for once
}

// The chart's own coordinates: a bar has a place of barPlace, whatever the width of the page.
const (
	barPlace = 20
	barWidth = 14
)

func chartBox(c Chart) string { return "0 0 " + strconv.Itoa(max(len(c.Bars), 1)*barPlace) + " 100" }

func barX(i int) string { return strconv.Itoa(i*barPlace + (barPlace-barWidth)/2) }

func barY(b Bar) string { return strconv.Itoa(100 - b.Share) }

func columnName(h Holders, i int) string {
	if i < len(h.Columns) {
		return h.Columns[i]
	}
	return ""
}
