package accounting

import (
	"net/url"
	"slices"
	"strconv"

	"github.com/tessera-erp/tessera/app/domain"
	"github.com/tessera-erp/tessera/app/record"
	"github.com/tessera-erp/tessera/app/web"
)

// BoxLines returns the filter, on accounting.invoice_line, of the lines that a box of a
// period is made of: the digital link from the return to the books (VAT Notice 700/22
// §3.2). The net or VAT amounts of these lines as booked add up to the box before
// rounding and adjustments; 3 and 5 lead to the lines of the boxes that they follow from.
func BoxLines(e *record.Env, p Period, box int) (domain.Node, error) {
	taxes, err := taxesWhere(e, nil)
	if err != nil {
		return nil, err
	}
	return boxLines(taxes, p, box), nil
}

func boxLines(taxes taxCodes, p Period, box int) domain.Node {
	var sides domain.Or
	for _, kinds := range [][]string{{Sale, CreditNote}, {Bill, Refund}} {
		var ids []int64
		for id, t := range taxes {
			feed := t.feed(kinds[0])
			if slices.ContainsFunc(sourcesOf(box), func(n int) bool { return slices.Contains(feed.VAT, n) || slices.Contains(feed.Net, n) }) {
				ids = append(ids, int64(id))
			}
		}
		if len(ids) > 0 {
			slices.Sort(ids)
			sides = append(sides, domain.And{domain.Cond{Path: "invoice.kind", Op: domain.In, Value: kinds}, domain.Cond{Path: "tax", Op: domain.In, Value: ids}})
		}
	}
	if len(sides) == 0 {
		return domain.Cond{Path: "id", Op: domain.In, Value: []int64{}}
	}
	return domain.And{linesIn(p), sides}
}

// sourcesOf are the boxes that lines feed for a box to be filled.
func sourcesOf(box int) []int {
	switch box {
	case 3:
		return []int{1, 2}
	case 5:
		return []int{1, 2, 4}
	}
	return []int{box}
}

// BoxURL is the list of the lines that a box of a period is made of.
func BoxURL(e *record.Env, p Period, box int) (string, error) {
	lines, err := BoxLines(e, p, box)
	if err != nil {
		return "", err
	}
	return listURL("accounting.invoice_line", lines), nil
}

// PartURL is the list of the lines of a part.
func PartURL(p Period, part Part) string {
	kinds := []string{Bill, Refund}
	if part.Sales {
		kinds = []string{Sale, CreditNote}
	}
	tax := domain.Cond{Path: "tax", Op: domain.Eq, Value: part.TaxID}
	if part.TaxID == 0 {
		tax.Value = nil
	}
	return listURL("accounting.invoice_line", domain.And{linesIn(p), domain.Cond{Path: "invoice.kind", Op: domain.In, Value: kinds}, tax})
}

// adjustmentsURL is the list of the adjustments of a box.
func adjustmentsURL(p Period, box int) string {
	return listURL("accounting.vat_adjustment", domain.And{domain.Cond{Path: "period", Op: domain.Eq, Value: p.ID},
		domain.Cond{Path: "box", Op: domain.Eq, Value: strconv.Itoa(box)}})
}

// listURL is the list of the records of a model that a filter matches.
func listURL(model string, filter domain.Node) string {
	return web.ListPath(model) + "?" + url.Values{"filter": {string(domain.Print(filter))}}.Encode()
}
