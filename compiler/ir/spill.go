package ir

// Spills reports that a stage can keep groups of its state outside of memory.
func Spills(op Operator) bool {
	switch op := op.(type) {
	case *Aggregate:
		return op.Spills()
	case *Dedup:
		return op.Spills()
	case *Latest:
		return op.Spills()
	}
	return false
}

// Spills reports that keys can be kept outside of memory: those that no window remembers.
func (d *Dedup) Spills() bool { return !d.Windowed }

// Spills reports that keys can be kept outside of memory: those of rows that stay, where no
// window holds them.
func (l *Latest) Spills() bool { return !l.Windowed && l.Input == nil && l.Find == nil }

// Spills reports that groups can be kept outside of memory. Windows that close with a batch
// go with it, and what is shown or filled in at an instant asks for all groups then.
func (a *Aggregate) Spills() bool {
	return a.Find == nil && a.Phase != FirstPhase && !a.AtOnce && a.Fill == nil && a.EmitEvery == 0
}
