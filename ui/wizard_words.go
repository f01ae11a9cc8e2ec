package ui

import "strconv"

func continueLabel(v Wizard) string { return orElse(v.Continue, v.Page.t("ui.wizard.continue")) }

// stepNow says where one is, for a phone: "Step 2 of 5".
func stepNow(v Wizard) string {
	at, of, _ := v.stepAt()
	return v.Page.t("ui.wizard.at", "Step", strconv.Itoa(at), "Of", strconv.Itoa(of))
}

func stepLabel(v Wizard) string {
	_, _, label := v.stepAt()
	return label
}
