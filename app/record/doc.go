// Package record is the only way to rows. A module declares a model once, with
// [Define]; the declaration feeds the table, the list, the form, search, CSV, the
// API, access rules, audit and what an OAuth scope can show. Code reads and writes
// through an [Env], which says who asks, for which company, and when.
//
// The life of a model, in order:
//
//  1. Declared: a module calls Define, Extend, Attach and the hook functions on a [Registry].
//  2. Checked: [Registry.Seal] compares declarations with Go structs and with each
//     other, and reports every fault at once, each naming its place.
//  3. Opened: a [Database] joins a sealed registry with a db.DB.
//  4. Used: Find, Get, Count and Rows read; Save and Delete write. Each asks, in this
//     order, the model's access list, its record rules, its field rights and, for a
//     token, the windows of the scopes granted.
//
// Deny is the default: a model without access lines can be read by nobody.
package record
