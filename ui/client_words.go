package ui

// trialTag says how a request was answered.
func trialTag(s TrialStep) Tag {
	if s.Error != "" {
		return Tag{Text: s.Status, Tone: ToneBad}
	}
	return Tag{Text: s.Status, Tone: ToneOK}
}
