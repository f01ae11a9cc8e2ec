package record_test

import (
	"math"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/tessera-erp/tessera/app/record"
)

// Stored integers are written with their decimal point as exact arithmetic writes them.
func TestAppendNumber(t *testing.T) {
	t.Parallel()
	for _, v := range []int64{0, 1, -1, 9, 10, -10, 99, 100, -100, 12345, -12345, 1_000_000, math.MaxInt64, math.MinInt64} {
		for _, scale := range []int{1, 2, 4, 18} {
			f := &record.FieldInfo{Field: record.Field{Type: record.Decimal, Scale: scale}}
			want := "x" + decimal.New(v, -int32(scale)).StringFixed(int32(scale))
			if got := string(record.AppendNumber([]byte("x"), f, v)); got != want {
				t.Errorf("%d with %d digits is %s, want %s", v, scale, got, want)
			}
		}
	}
	if got := string(record.AppendNumber(nil, &record.FieldInfo{Field: record.Field{Type: record.Int, Scale: 2}}, -5)); got != "-5" {
		t.Errorf("a whole number is %s", got)
	}
}
