package screen

import (
	"fmt"
	"strings"
	"time"

	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
	"github.com/tessera-erp/tessera/ui"
)

// cell draws one value of a row.
func (v *visit) cell(f *record.FieldInfo, value any, currency string) ui.Cell {
	switch val := value.(type) {
	case nil:
		return ui.Cell{Kind: kindOfEmpty(f)}
	case *record.Ref:
		c := ui.Cell{Kind: ui.CellLink, Text: val.Name, Hue: ui.Hue(f.Target.Hue)}
		if v.opens(f.Target) {
			c.URL = web.RecordPath(f.Target.Name, val.ID)
		}
		return c
	case bool:
		return ui.Cell{Kind: ui.CellBool, Bool: val}
	case time.Time:
		return ui.Cell{Kind: ui.CellDate, Text: v.format().moment(val), Datetime: val.Format(time.RFC3339)}
	case record.Date:
		return ui.Cell{Kind: ui.CellDate, Text: v.day(val), Datetime: string(val)}
	case int64:
		return v.numberCell(f, val, currency)
	case []any:
		return v.manyCell(f, val)
	case record.Strings:
		return ui.Cell{Text: v.plain(f, val)}
	}
	text := fmt.Sprint(value)
	if o, ok := v.option(f, text); ok && f.Choices != nil {
		return ui.Cell{Kind: ui.CellLink, Text: v.words().choice(f, o), Hue: ui.Hue(o.Hue)}
	}
	switch f.Type {
	case record.Selection:
		if text == "" {
			return ui.Cell{}
		}
		return ui.Cell{Kind: ui.CellTag, Tags: []ui.Tag{v.optionTag(f, text)}}
	case record.Code:
		if said := v.worded(f, text); said != text {
			return ui.Cell{Text: said}
		}
		return ui.Cell{Kind: ui.CellCode, Text: text}
	case record.JSON, record.Multiline:
		return ui.Cell{Text: shorten(text)}
	}
	return ui.Cell{Text: text}
}

func kindOfEmpty(f *record.FieldInfo) ui.CellKind {
	if f.Type == record.Bool {
		return ui.CellBool
	}
	return ui.CellText
}

func (v *visit) numberCell(f *record.FieldInfo, n int64, currency string) ui.Cell {
	switch f.Type {
	case record.Amount:
		return ui.Cell{Kind: ui.CellMoney, Text: v.format().number(n, f.Digits()), Sub: currency}
	case record.Decimal:
		return ui.Cell{Kind: ui.CellNumber, Text: v.format().number(n, f.Digits())}
	}
	return ui.Cell{Kind: ui.CellNumber, Text: v.format().number(n, 0)}
}

// manyCell shows the first few of several values and how many more there are.
func (v *visit) manyCell(f *record.FieldInfo, values []any) ui.Cell {
	const most = 3
	c := ui.Cell{Kind: ui.CellTag}
	for i, value := range values {
		if i == most {
			c.Tags = append(c.Tags, ui.Tag{Text: "+" + v.format().count(len(values)-most)})
			break
		}
		c.Tags = append(c.Tags, ui.Tag{Text: v.plain(f, value)})
	}
	return c
}

func (v *visit) optionTag(f *record.FieldInfo, value string) ui.Tag {
	t := ui.Tag{Text: v.worded(f, value)}
	if o, ok := v.option(f, value); ok {
		t.Tone = ui.Tone(o.Tone)
	}
	return t
}

// plain writes a value as words in the reader's language.
func (v *visit) plain(f *record.FieldInfo, value any) string {
	switch val := value.(type) {
	case nil:
		return ""
	case *record.Ref:
		return val.Name
	case bool:
		if val {
			return v.T("screen.yes")
		}
		return v.T("screen.no")
	case time.Time:
		return v.format().moment(val)
	case record.Date:
		return v.format().day(val)
	case int64:
		return v.format().number(val, digits(f))
	case record.Strings:
		list := make([]string, len(val))
		for i, text := range val {
			list[i] = v.worded(f, text)
		}
		return strings.Join(list, ", ")
	case []any:
		list := make([]string, len(val))
		for i, x := range val {
			list[i] = v.plain(f, x)
		}
		return strings.Join(list, ", ")
	case string:
		return v.worded(f, val)
	}
	return fmt.Sprint(value)
}

// digits are the decimals of a number field; whole numbers have none.
func digits(f *record.FieldInfo) int {
	if f.Type == record.Amount || f.Type == record.Decimal {
		return f.Digits()
	}
	return 0
}
