package screen

import "embed"

// Locales holds the texts of this package, one message file per language. Every key
// begins with "screen.", or names an action of the audit log.
//
//go:embed locales/*.toml
var Locales embed.FS
