package wizard

// Stored is the data of the run as its row has it.
func (r *Run) Stored() string { return string(r.data) }
