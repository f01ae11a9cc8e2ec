package wizard

import "embed"

// Locales holds the sentences of this package, one message file per language.
//
//go:embed locales/*.toml
var Locales embed.FS
