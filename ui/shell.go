package ui

import "strconv"

// brand is the product's name, the same in every language.
const brand = "Tessera"

// modules are the ES modules of every page but the consent page. Each has one
// subject, imports nothing and is needed for nothing.
var modules = []string{
	"theme.js", "menu.js", "swap.js", "draft.js", "palette.js", "shortcuts.js",
	"select.js", "dirty.js", "copy.js", "combobox.js", "tree.js", "device.js",
}

// shortcutKeys is the table behind "?"; shortcuts.js does what it says.
var shortcutKeys = []struct{ key, text string }{
	{"ui.key.palette", "ui.keys.palette"},
	{"ui.key.help", "ui.keys.help"},
	{"ui.key.search", "ui.keys.search"},
	{"ui.key.new", "ui.keys.new"},
	{"ui.key.save", "ui.keys.save"},
	{"ui.key.previous", "ui.keys.previous"},
	{"ui.key.next", "ui.keys.next"},
}

func tabTitle(title string) string {
	if title == "" {
		return brand
	}
	return title + " · " + brand
}

// crumbs never answers an empty trail: a page knows at least its own name.
func crumbs(p Page, title string) []Link {
	if len(p.Crumbs) > 0 {
		return p.Crumbs
	}
	return []Link{{Text: title}}
}

func pressed(on bool) string { return strconv.FormatBool(on) }
