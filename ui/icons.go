package ui

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Icons answers the names of the icons in the sprite, sorted. A menu item or
// button naming another one shows a dot.
func Icons() []string { return slices.Clone(iconNames()) }

var iconID = regexp.MustCompile(`<symbol id="([a-z-]+)"`)

var iconNames = sync.OnceValue(func() []string {
	var names []string
	for _, m := range iconID.FindAllSubmatch(mustRead("icons.svg"), -1) {
		names = append(names, string(m[1]))
	}
	slices.Sort(names)
	return names
})

func iconHref(name string) string {
	if _, ok := slices.BinarySearch(iconNames(), name); !ok {
		name = "dot"
	}
	return Asset("icons.svg") + "#" + name
}

// hueClass is the class that sets --c.
func hueClass(h Hue) string {
	switch h {
	case HueContacts, HueSales, HueAccounting, HuePeople, HueAccount, HueGold:
		return "c-" + string(h)
	}
	return "c-" + string(HueSettings)
}

// toneIcon is what a tag or note of a tone shows when it names no icon.
func toneIcon(t Tone) string {
	switch t {
	case ToneInfo:
		return "info"
	case ToneOK:
		return "check"
	case ToneWarn:
		return "alert"
	case ToneBad:
		return "octagon"
	}
	return ""
}

// initials are at most two letters of a name, for its round badge.
func initials(name string) string {
	words := strings.Fields(name)
	if len(words) == 0 {
		return "?"
	}
	out := firstLetter(words[0])
	if len(words) > 1 {
		out += firstLetter(words[len(words)-1])
	}
	return out
}

func firstLetter(s string) string {
	for _, r := range strings.TrimSpace(s) {
		return strings.ToUpper(string(r))
	}
	return ""
}
