package ir

// Spills reports that a stage can keep groups of its state outside of memory.
func Spills(op Operator) bool {
	agg, ok := op.(*Aggregate)
	return ok && agg.Spills()
}

// Spills reports that groups can be kept outside of memory. Windows that close with a batch
// go with it, and what is shown or filled in at an instant asks for all groups then.
func (a *Aggregate) Spills() bool {
	return a.Find == nil && a.Phase != FirstPhase && !a.AtOnce && a.Fill == nil && a.EmitEvery == 0
}
