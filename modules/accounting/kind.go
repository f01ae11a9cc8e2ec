package accounting

import "github.com/tessera-erp/tessera/app/record"

// Kinds of documents.
const (
	Sale       = "invoice"     // we have sold
	CreditNote = "credit_note" // we take back what we have invoiced
	Bill       = "bill"        // we have bought
	Refund     = "refund"      // the supplier takes back what he has billed
)

func kinds() []record.Option {
	return []record.Option{{Value: Sale, Label: "Invoice"}, {Value: CreditNote, Label: "Credit note"}, {Value: Bill, Label: "Bill"}, {Value: Refund, Label: "Supplier refund"}}
}

// sold reports whether a kind belongs to sales.
func sold(kind string) bool { return kind == Sale || kind == CreditNote }

// signOf is the sign with which the amounts of a kind count.
func signOf(kind string) record.Money {
	if kind == CreditNote || kind == Refund {
		return -1
	}
	return 1
}

// opposite is the kind that takes another back, "" for one that takes back itself.
func opposite(kind string) string {
	switch kind {
	case Sale:
		return CreditNote
	case Bill:
		return Refund
	}
	return ""
}

// sequenceOf is the code of the sequences that number a kind.
func sequenceOf(kind string) string { return "accounting." + kind }
