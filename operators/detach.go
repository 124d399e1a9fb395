package operators

// LentProvenance is the Provenance of records in memory that is lent (see Lease), or one
// that itself is lent.
type LentProvenance interface {
	Provenance
	// Copy is a Provenance of some records that stays: of copies of them by their places
	// among rows or, where the records stay themselves, of all of them as they are numbered.
	Copy(rows []int32) (own Provenance, renumbered bool)
}

// Detach ends the lease of a batch that was made with Gather, and that nobody shares: its
// records are copied, so that they stay for as long as its rows do. That is for whoever
// keeps rows for long: a few rows would hold large parts of the input in memory.
func (b *Batch) Detach() {
	if b.Lease == nil {
		return
	}
	for i := 0; i < len(b.Refs); {
		from := b.Refs[i].From
		n := 1
		for i+n < len(b.Refs) && b.Refs[i+n].From == from {
			n++
		}
		if lent, ok := from.(LentProvenance); ok {
			detach(lent, b.Refs[i:i+n])
		}
		i += n
	}
	b.Lease.release()
	b.Lease = nil
}

// detach points references of one provenance at copies.
func detach(from LentProvenance, refs []Ref) {
	rows := make([]int32, len(refs))
	for i, r := range refs {
		rows[i] = r.Index
	}
	own, renumbered := from.Copy(rows)
	for i := range refs {
		refs[i].From = own
		if renumbered {
			refs[i].Index = int32(i)
		}
	}
}
