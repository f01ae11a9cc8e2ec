package ui

// Inquiry is a page that asks somebody outside and shows what he answered.
type Inquiry struct {
	Page
	Title  string
	Sub    string
	Tags   []Tag
	Tabs   []Tab
	Notes  []Note
	Errors []FieldError
	Cards  []InquiryCard
	Empty  *Empty // instead of cards, when nothing can be asked
}

// InquiryCard is a question, an answer, or both. What is empty is left out.
type InquiryCard struct {
	ID      string
	Title   string
	Sub     string
	Tag     *Tag
	Notes   []Note
	Ask     *Ask
	Stats   []Stat
	Fields  []Field // to read and copy
	Columns []Column
	Rows    []Row
	Empty   *Empty // instead of rows
	Foot    string
}

// Ask is a form that asks. It tells what the browser knows of its machine when Device
// names the field for that.
type Ask struct {
	Action   string
	Fields   []Field
	Hidden   []Pair
	Label    string
	Icon     string
	Primary  bool
	Hint     string // beside the button: when it was asked last
	Device   string
	NoScript string // said where no script runs, which Device needs
}
