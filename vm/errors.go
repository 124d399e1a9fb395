package vm

import (
	"cmp"
	"slices"
)

// Failure is a row without a result.
type Failure struct {
	Row    int32
	Code   string // one of the codes of package kernel
	Reason string
}

// Errors is the rows of a batch where an expression failed. A nil Errors has none.
type Errors struct {
	bits []uint64
	list []Failure // ascending, each row once
}

// Any reports whether a row failed.
func (e *Errors) Any() bool { return e != nil && len(e.list) > 0 }

// Has reports whether a row failed.
func (e *Errors) Has(row int) bool { return e != nil && e.bits[row>>6]>>(row&63)&1 != 0 }

// At is why a row failed.
func (e *Errors) At(row int) (code, reason string, failed bool) {
	if !e.Has(row) {
		return "", "", false
	}
	i, _ := slices.BinarySearchFunc(e.list, int32(row), func(f Failure, row int32) int { return cmp.Compare(f.Row, row) })
	return e.list[i].Code, e.list[i].Reason, true
}

// Each calls f for the failed rows in ascending order.
func (e *Errors) Each(f func(row int, code, reason string)) {
	if e == nil {
		return
	}
	for _, x := range e.list {
		f(int(x.Row), x.Code, x.Reason)
	}
}

// Rows lists the failed rows in ascending order.
func (e *Errors) Rows() []int32 {
	if e == nil {
		return nil
	}
	rows := make([]int32, len(e.list))
	for i, x := range e.list {
		rows[i] = x.Row
	}
	return rows
}

// newErrors makes the errors of a batch of n rows. The first failure of a row counts.
func newErrors(n int, list []Failure) *Errors {
	if len(list) == 0 {
		return nil
	}
	slices.SortStableFunc(list, func(a, b Failure) int { return cmp.Compare(a.Row, b.Row) })
	list = slices.CompactFunc(list, func(a, b Failure) bool { return a.Row == b.Row })
	e := &Errors{bits: make([]uint64, (n+63)/64), list: list}
	for _, x := range list {
		e.bits[x.Row>>6] |= 1 << (x.Row & 63)
	}
	return e
}

// joined is the failures of both; where a row failed in both, a counts.
func joined(n int, a, b *Errors) *Errors {
	switch {
	case !a.Any():
		return b
	case !b.Any():
		return a
	}
	return newErrors(n, slices.Concat(a.list, b.list))
}

// everyRow is one failure for all rows of a selection.
func everyRow(n int, sel []int32, code, reason string) *Errors {
	list := make([]Failure, 0, count(n, sel))
	eachRow(n, sel, func(row int32) { list = append(list, Failure{Row: row, Code: code, Reason: reason}) })
	return newErrors(n, list)
}
