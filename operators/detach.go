package operators

// CopiedProvenance is the Provenance of records of which some can be held without the
// others, or of records in memory that is lent (see Lease).
type CopiedProvenance interface {
	Provenance
	// Copy is a Provenance of some records that stays: of copies of them by their places
	// among rows or, where the records stay themselves, of all of them as they are numbered.
	Copy(rows []int32) (own Provenance, renumbered bool)
}

// Detach gives a batch that was made with Gather, and that nobody shares, copies of its
// records, and ends its lease. That is for whoever keeps rows for long: a few rows would
// hold large parts of the input in memory.
func (b *Batch) Detach() {
	for i := 0; i < len(b.Refs); {
		from := b.Refs[i].From
		n := 1
		for i+n < len(b.Refs) && b.Refs[i+n].From == from {
			n++
		}
		if copied, ok := from.(CopiedProvenance); ok {
			detach(copied, b.Refs[i:i+n])
		}
		i += n
	}
	if b.Lease != nil {
		b.Lease.release()
		b.Lease = nil
	}
}

// detach points references of one provenance at copies.
func detach(from CopiedProvenance, refs []Ref) {
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
