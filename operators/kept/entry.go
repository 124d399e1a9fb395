package kept

import "github.com/edynamic/edynamic/operators"

// Entry is the place of a row among those an operator has chosen; what it knows of
// the row besides stands beside it.
type Entry struct {
	ID   ID    // -1 until the row is copied
	Row  int32 // in its batch, until then
	Gone bool  // another row has taken its place
}

// Fresh is the entries whose rows have not been copied out of their batch yet, so
// that those that lose their place within it never are.
type Fresh struct {
	entries []*Entry
	rows    []int32 // scratch
}

// Add makes an entry stand for a row of the batch at hand.
func (f *Fresh) Add(e *Entry, row int32) {
	e.ID, e.Row = -1, row
	f.entries = append(f.entries, e)
}

// Renew makes an entry stand for a row of the batch at hand in place of the one it stood
// for, which nobody has seen and which is forgotten.
func (f *Fresh) Renew(held *Rows, e *Entry, row int32) {
	if e.ID < 0 {
		e.Row = row
		return
	}
	held.Drop(e.ID)
	f.Add(e, row)
}

// Copy copies the rows out of their batch: those that are not gone, or all where
// changes show even rows that have gone since.
func (f *Fresh) Copy(to *Rows, b *operators.Batch, all bool) {
	rows, left := f.rows[:0], f.entries[:0]
	for _, e := range f.entries {
		if all || !e.Gone {
			rows, left = append(rows, e.Row), append(left, e)
		}
	}
	for i, id := range to.Add(b, rows) {
		left[i].ID = id
	}
	f.rows = rows
	clear(f.entries)
	f.entries = f.entries[:0]
}

// Replace takes an entry whose row nobody has seen out of its place, and forgets
// the row.
func (r *Rows) Replace(e *Entry) {
	e.Gone = true
	if e.ID >= 0 {
		r.Drop(e.ID)
	}
}
