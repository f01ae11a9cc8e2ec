package ui

// BoxRow is one box of a tax return, with what it is made of behind it.
type BoxRow struct {
	Number string
	Label  string
	Note   string // under the label, such as "Box 1 + Box 2"
	Versus string // against the return before
	Amount string
	Kind   BoxKind
	Parts  []BoxPart
	Empty  string // what an opened box without parts says
}

// BoxKind says how a row stands out.
type BoxKind string

// The kinds of rows: a figure from the books, one that follows from others, the result.
const (
	BoxPlain  BoxKind = ""
	BoxSum    BoxKind = "sum"
	BoxResult BoxKind = "net"
)

// BoxPart is one line of what a box is made of.
type BoxPart struct {
	Name     string
	From     string // "412 lines", the text of the link
	URL      string
	Net, VAT string
}

// CheckLine is one thing that was looked at.
type CheckLine struct {
	Tone Tone // ToneOK is good
	Text string
	// Link and URL lead to what is to be mended.
	Link, URL string
}
