package operators

import "cmp"

// Sequenced orders the rows of a Parallel operator that leave in OnWatermark, once
// time has passed them: by the instant they were settled (Progress) and then by
// Lead and the row they stand for (Seq). It is embedded by such operators, whose batches must be
// in that order themselves.
type Sequenced struct{}

// Less implements Parallel.
func (Sequenced) Less(a, b *Batch) func(i, j int) bool {
	leads := a.Lead != nil && b.Lead != nil
	return func(i, j int) bool {
		lead := 0
		if leads {
			lead = cmp.Compare(a.Lead[i], b.Lead[j])
		}
		return cmp.Or(cmp.Compare(a.Progress[i], b.Progress[j]), lead, cmp.Compare(a.Seq[i], b.Seq[j])) < 0
	}
}
