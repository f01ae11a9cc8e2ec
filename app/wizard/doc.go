// Package wizard runs tasks in steps that survive everything: a closed tab, a restarted
// server, a trip to another site. It knows no HTTP; app/web/wizards draws the pages.
//
// A wizard is a literal that reads as data (see [Wizard]). D is the data of one run, a
// plain struct; every function of a step gets it.
//
//	var Return = wizard.Wizard[Filing]{
//		Name: "mtd_vat.return", Title: "VAT return", App: "accounting", Start: "period",
//		Steps: []wizard.Step[Filing]{
//			{Name: "period", Title: "Period", Prepare: loadObligations, Fields: periodFields},
//			{Name: "review", Title: "Review", Prepare: computeBoxes, Draw: drawBoxes},
//			{Name: "declare", Title: "Declare", Effect: wizard.Unsafe, Fields: declaration, Post: submit},
//			{Name: "receipt", Title: "Receipt", Final: true, Draw: drawReceipt},
//		},
//	}
//
// What a step needs of the outside, Prepare puts into the data; what a person enters,
// Fields bind to it; what is more than fields, Draw adds to the page. Nothing else is kept
// between two requests. Labels are English with keys made of the names, so a module adds
// wizard.<name>, wizard.<name>.<step>, wizard.<name>.<step>.<field> to its French texts.
// Register hands it to the site: reg.Site.Wizard(Return). A menu line or a button leads to
// StartPath; the query that stands behind it reaches Begin. A sample that drives it
// (apptest.WizardSample) goes into the module's conformance test.
//
// The life of a run:
//
//  1. Started: a row of the table wizard_run, with a random handle. It belongs to its
//     person and to the company in force, and to nobody else.
//  2. Entered: Prepare gets what the step needs into the data, and what it has changed is
//     stored; then the step is drawn.
//  3. Posted: the fields are read into the data, Check looks at them, Post does what
//     Continue stands for. Where something has to be mended the step is drawn again, and
//     what was typed is stored as it stands. Back and "save and leave" store it too.
//  4. Parked: Prepare or Post returned a [Detour]. The run is stored first, then the person
//     is sent on his way. When he comes to [Run.URL] again, Prepare runs again, and what
//     was posted at a Safe step too; an Unsafe step is shown and waits for him.
//  5. Done, at a Final step or behind the last one; or abandoned; or left alone for longer
//     than Keep. Then a job removes it.
//
// Every row has a version that counts what was stored. A page carries it, and a post of
// another version is refused: of two tabs one wins and the other is told. The submit of
// an Unsafe step claims the run by its version before Post is called, so that a double
// click is one submit. When the program dies in Post, the claim stays: the step then says
// so ([Page.Interrupted], [Run.Interrupted]), and its Prepare can find out what became of
// it and go on with [GoTo].
package wizard
