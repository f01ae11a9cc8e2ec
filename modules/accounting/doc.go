// Package accounting keeps the documents that bear VAT and says what a VAT return makes
// of them: tax codes, invoices and bills with their credit notes and refunds, VAT
// periods, and the nine boxes of the United Kingdom.
//
// The life of a document:
//
//  1. Drafted: lines have a tax code each; their amounts follow, rounded once a document
//     and tax code (workOut).
//  2. Posted ([Post]): numbered, and unchanged from then on. A mistake is corrected by a
//     credit note ([TakeBack]). What lies in a closed VAT period is refused; it goes
//     into a later one when the draft says so ("Declare VAT on").
//  3. Declared: the period that its VAT date lies in adds it up.
//
// The life of a VAT period, as a module that files returns uses it:
//
//	periods, err := accounting.Periods(env, company)   // from the stagger, or PeriodOf for what HMRC says
//	figures, err := accounting.Compute(env, period)    // nine boxes, what they are made of, a hash
//	checks, err := accounting.Checks(env, period)      // what to look at first, each with its list
//	last, ok, err := accounting.Previous(env, period)  // figures.Boxes.Minus(those of last)
//	survey, err := accounting.SurveyOf(env, period)    // all three at once, for a page
//	figures, err = accounting.Freeze(env, period)      // at review: what will be declared
//	change, err := accounting.Changed(env, period)     // has anything been posted since?
//	err = accounting.Close(env, period, "")            // before the return is sent: nothing is posted any more
//	err = accounting.SetReference(env, period, bundle) // it was received; or accounting.Reopen when it was refused
//
// All of these hold for one company and whoever may see its books; Freeze, Close,
// SetReference and Reopen are for accounting managers. [BoxURL] and [PartURL] lead from a
// figure to the lines that it is made of. What documents cannot say is an [Adjustment].
package accounting
