package ui

import (
	"strconv"
	"strings"
)

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// fieldID is the id of the control of a field: letters, digits and dashes only,
// so that it is safe in a selector and in a link.
func fieldID(name string) string {
	return "f-" + idSafe(name)
}

func idSafe(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_':
			return r
		}
		return '-'
	}, name)
}

func buttonClass(a Action, class string) string {
	out := "btn"
	switch {
	case a.Danger && a.Primary:
		out += " btn-danger-solid"
	case a.Primary:
		out += " btn-primary"
	case a.Danger:
		out += " btn-danger"
	}
	if class != "" {
		out += " " + class
	}
	return out
}

// noteRole makes bad news be read out at once.
func noteRole(t Tone) string {
	if t == ToneBad {
		return "alert"
	}
	return "note"
}

func noteIcon(t Tone) string {
	if t == ToneOK {
		return "shield-check"
	}
	return orElse(toneIcon(t), "info")
}

// meterWidth is a share of 100; anything above nothing stays visible.
func meterWidth(value, whole int) string {
	if value <= 0 || whole <= 0 {
		return "0"
	}
	share := float64(min(value, whole)) / float64(whole) * 100
	return strconv.FormatFloat(max(share, 2), 'f', 1, 64)
}
