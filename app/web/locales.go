package web

import "embed"

// Locales holds the texts of this package and the sentences of package record, one
// message file per language.
//
//go:embed locales/*.toml
var Locales embed.FS
