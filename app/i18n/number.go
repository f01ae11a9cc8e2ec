package i18n

import (
	"strconv"
	"strings"
)

// grouped writes a number with a separator before every third digit from the right.
func grouped(n int64, separator string) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	first := (len(digits)-1)%3 + 1
	out := sign + digits[:first]
	for i := first; i < len(digits); i += 3 {
		out += separator + digits[i:i+3]
	}
	return out
}

// groupsBy returns the separator of a language that groups all numbers by three; ok is
// false for one that does otherwise.
func groupsBy(write func(int64) string) (separator string, ok bool) {
	separator = strings.TrimSuffix(strings.TrimPrefix(write(1234), "1"), "234")
	for _, n := range []int64{0, 7, -7, 999, -999, 1000, 12345, -123456, 1234567, 1234567890123} {
		if write(n) != grouped(n, separator) {
			return "", false
		}
	}
	return separator, true
}
