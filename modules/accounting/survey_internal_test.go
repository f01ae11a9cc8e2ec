package accounting

import (
	"testing"

	"github.com/tessera-erp/tessera/app/record"
)

// Figures are kept as those of the adjustments that they are made of, not of those that
// were there a moment before: one may have come in between, and gone again since.
func TestFiguresAreKeptByWhatTheyAreMadeOf(t *testing.T) {
	t.Parallel()
	seen := contents{documents: 3, documentIDs: 60, total: 900, codes: codes{2, 3, 2}, adjustments: adjustments{1, 7, 1}}
	read := booked{figures: Figures{adjustments: []Adjustment{{Meta: record.Meta{ID: 7, Version: 2}}, {Meta: record.Meta{ID: 9, Version: 1}}}}}
	want := seen
	want.adjustments = adjustments{2, 16, 3}
	if got := read.madeOf(seen); got != want {
		t.Errorf("kept by %+v, want %+v", got, want)
	}
	if got := (booked{}).madeOf(seen); got.adjustments != (adjustments{}) {
		t.Errorf("without adjustments kept by %+v", got.adjustments)
	}
}
