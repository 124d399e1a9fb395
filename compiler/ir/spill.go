package ir

// Spills reports that a stage can keep groups of its state outside of memory.
func Spills(op Operator) bool {
	agg, ok := op.(*Aggregate)
	return ok && agg.Spills()
}

// Spills reports that groups can be kept outside of memory: those that follow every row
// of a whole stream. Windows go as time goes by.
func (a *Aggregate) Spills() bool {
	return a.Emit == "updates" && !a.Windowed && a.Find == nil && a.Phase == ""
}
