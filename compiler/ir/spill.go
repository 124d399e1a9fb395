package ir

// Spills reports that a stage can keep groups of its state outside of memory.
func Spills(op Operator) bool {
	switch op := op.(type) {
	case *Aggregate:
		return op.Spills()
	case *Asof:
		return op.Spills()
	case *Dedup:
		return op.Spills()
	case *Join:
		return op.Spills()
	case *Latest:
		return op.Spills()
	case *Match:
		return op.Spills()
	case *Over:
		return op.Spills()
	case *Place:
		return op.Spills()
	case *Sort:
		return op.Spills()
	case *Top:
		return op.Spills()
	case *Window:
		return op.Spills()
	case *Expire, *Upserts:
		return true
	}
	return false
}

// WaitsSpill reports that rows of a stage that wait until the watermark has passed them can be
// kept outside of memory.
func WaitsSpill(op Operator) bool {
	switch op := op.(type) {
	case *Aggregate:
		return op.waits()
	case *Asof, *Changed, *Expire, *Hold, *Match, *Silent, *Throttle:
		return true
	case *Join:
		return op.Bound == JoinWithin && op.Spills()
	case *Over:
		return !op.Windowed && !op.Whole
	case *Window:
		return !op.Passes && (op.Kind == WindowSession || op.Kind == WindowSliding)
	}
	return false
}

// waits reports that the aggregate finds windows of rows that must come in order.
func (a *Aggregate) waits() bool {
	if a.Find == nil || a.Emit != "final" {
		return false
	}
	return a.Find.Kind == WindowSession || a.Find.Kind == WindowSliding || a.Find.Kind == WindowCumulative
}

// Spills reports that keys can be kept outside of memory: with the left rows that wait for a right
// one, or with the right rows that are looked back for. One key alone is asked for by every row.
func (a *Asof) Spills() bool { return len(a.LeftKeys) > 0 }

// Spills reports that keys can be kept outside of memory: not those of windows that close
// with a batch, which go with it.
func (d *Dedup) Spills() bool { return !d.AtOnce }

// Spills reports that state can be kept outside of memory: rows that wait for their window to
// close, and keys whose rows are kept, or wait for others near in time. One key alone is asked
// for by every row.
func (j *Join) Spills() bool {
	return j.Bound == JoinWindowed || (j.Bound == JoinKept || j.Bound == JoinWithin) && len(j.LeftKeys) > 0
}

// Spills reports that keys can be kept outside of memory: those of rows, or where windows depend
// on rows those that have windows. Windows that close with a batch go with it.
func (l *Latest) Spills() bool { return !l.AtOnce && (l.Find == nil || l.Find.refined()) }

// Spills reports that keys can be kept outside of memory.
func (p *Place) Spills() bool { return p.Find.refined() }

// refined reports windows of keys that depend on the rows of a key. One key alone is asked for by
// every row.
func (w *Window) refined() bool {
	return (w.Kind == WindowSession || w.Kind == WindowSliding || w.Kind == WindowRows) && len(w.Per) > 0
}

// Spills reports that keys can be kept outside of memory. One key alone is asked for by every
// row.
func (m *Match) Spills() bool { return len(m.Per) > 0 }

// Spills reports that keys can be kept outside of memory: not those of windows that close with a
// batch, nor rows that leave as they came when the input ends. One key alone is asked for by every
// row.
func (o *Over) Spills() bool { return !o.AtOnce && !o.Whole && len(o.Per) > 0 }

// Spills reports that rows can be kept outside of memory: not those of windows that close with
// a batch, which go with it.
func (s *Sort) Spills() bool { return !s.AtOnce }

// Spills reports that groups can be kept outside of memory, as those of Latest. One group
// alone is asked for by every row.
func (t *Top) Spills() bool {
	if t.Find != nil {
		return !t.AtOnce && t.Find.refined()
	}
	return !t.AtOnce && len(t.Per) > 0
}

// Spills reports that keys can be kept outside of memory, with the rows that their windows wait for:
// those of windows of a number of rows. Rows that wait for time do so in another way.
func (w *Window) Spills() bool { return w.Kind == WindowRows && !w.Passes && len(w.Per) > 0 }

// Spills reports that groups can be kept outside of memory: those of windows that rows bring
// with them, of the panes that hopping windows are made of, of periods of cumulative ones, of keys
// that have sessions or sliding windows, and of windows that depend on the rows of a key and are shown before they are
// complete. Windows that close with a batch go with it, and what is filled in at an instant asks for
// all groups then.
func (a *Aggregate) Spills() bool {
	found := a.Find == nil || a.Find.refined() && a.Emit != "final" ||
		(a.Find.Kind == WindowSession || a.Find.Kind == WindowSliding) && a.Emit == "final" && len(a.Find.Per) > 0 ||
		(a.Find.Kind == WindowHopping || a.Find.Kind == WindowCumulative) && a.Emit == "final"
	return found && a.Phase != FirstPhase && !a.AtOnce && a.Fill == nil
}
