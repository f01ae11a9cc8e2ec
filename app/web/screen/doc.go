// Package screen serves the screens that every model has: list, search, CSV, form,
// conflict, bulk actions, archive, history, and the search behind relation fields.
// All of them are drawn from the model's declaration; nothing here knows a model.
//
// The way of a list, the others are alike:
//
//  1. [Routes] leads GET /records/<model> to the list.
//  2. The query string becomes a state: search, filters, order, page, columns.
//  3. The state becomes a record.Query; record.Rows answers with what the asker may see.
//  4. Rows become cells of a ui.List, in the reader's language, and that becomes HTML.
//
// Rights are not decided here: record refuses what the person may not read or write,
// and the screens ask it beforehand only to leave out what would be refused.
//
// Texts of a declaration are translated by these keys, with the English of the
// declaration as the default:
//
//	<model>                         label of the model
//	<model>.plural                  its plural
//	<model>.list.help               sentence under the title of its list
//	<model>.<field>                 label of a field
//	<model>.<field>.help            help under it
//	<model>.<field>.<value>         label of a selection's option; .sub and .help say more of it
//	<model>.<field>.first           what the first entry of a list of texts is
//	<model>.tab.<name>              label of a form's tab
//	<model>.group.<name>            title of a group of fields; .help for the line under it
//	<model>.filter.<name>           label of a named filter
//	<model>.action.<name>           label of an action; .confirm for its question, .done for what it has done
package screen
