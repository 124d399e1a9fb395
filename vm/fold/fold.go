// Package fold is what the built-in aggregates are made of: an aggregator that
// keeps one state per group, and the kinds of state that several aggregates share
// (wide sums, moments, extremes, multisets, buckets).
//
// A state may depend on the rows it was given and on nothing else: never on how
// they were cut into batches, nor, but for aggregates defined by order, on their
// order.
package fold

import (
	"fmt"
	"reflect"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/vm/kernel"
	"github.com/edynamic/edynamic/vm/wire"
)

// States is an aggregator of states of one Go type. Only Build, Save and Load must
// be set, and AddRows; the zero S is the empty state.
type States[S any] struct {
	// AddRows and SubRows take the rows of a call in and back; the loop is theirs.
	AddRows func(states []S, c *kernel.AggCall)
	SubRows func(states []S, c *kernel.AggCall)
	// Build makes the results of groups.
	Build func(b *Results[S]) arrow.Array
	// Save and Load carry one state.
	Save func(w *wire.Writer, s *S)
	Load func(r *wire.Reader, s *S)
	// Subbing, when set, prepares for SubRows: some aggregates keep more for it.
	Subbing func()
	// Copy makes a state what another is, sharing nothing with it. It must be set
	// only for states with pointers in them that can be copied in a short time.
	Copy func(to, from *S)
	// Merge adds everything that another state holds, and leaves that one as it is. It
	// must be set only where the result does not depend on the order of rows.
	Merge func(to, from *S)

	states []S
}

// Retracting is implemented by aggregators that keep more when rows will be taken
// back. WillSub must be called before the first row, or Sub must not be.
type Retracting interface{ WillSub() }

// Ordering is implemented by aggregators whose result depends on the order of rows.
// A row is then taken back by its place, so that calls must have numbers.
type Ordering interface{ ByOrder() }

// WillSub implements Retracting.
func (a *States[S]) WillSub() {
	if a.Subbing != nil {
		a.Subbing()
	}
}

// Copying is implemented by aggregators that can copy the state of a group: the
// results of one group at many moments can then be made at once.
type Copying interface {
	// CanCopy reports that CopyFrom may be called.
	CanCopy() bool
	// CopyFrom makes a group what another is in an aggregator of the same kind.
	CopyFrom(other kernel.Aggregator, from, to int32)
}

// Brief is implemented by aggregators that keep more than what their results are made of,
// so that they cannot be copied.
type Brief interface {
	// Brief is an aggregator of results alone: it is Copying of groups of this one, and
	// must not be given rows.
	Brief() kernel.Aggregator
}

// CanCopy implements Copying.
func (a *States[S]) CanCopy() bool { return a.Copy != nil || flat(reflect.TypeFor[S]()) }

// CopyFrom implements Copying.
func (a *States[S]) CopyFrom(other kernel.Aggregator, from, to int32) {
	source := &other.(*States[S]).states[from]
	if a.Copy != nil {
		a.Copy(&a.states[to], source)
		return
	}
	a.states[to] = *source
}

// Merging is implemented by aggregators whose groups can be put together: rows that
// count in several windows are then added once.
type Merging interface {
	// CanMerge reports that MergeFrom may be called.
	CanMerge() bool
	// MergeFrom adds to groups what others hold, in an aggregator of the same kind.
	MergeFrom(other kernel.Aggregator, from, to []int32)
}

// CanMerge implements Merging.
func (a *States[S]) CanMerge() bool { return a.Merge != nil }

// MergeFrom implements Merging.
func (a *States[S]) MergeFrom(other kernel.Aggregator, from, to []int32) {
	source := other.(*States[S]).states
	for i, g := range from {
		a.Merge(&a.states[to[i]], &source[g])
	}
}

// flat reports that values of a type share nothing when they are assigned.
func flat(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Array:
		return flat(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if !flat(t.Field(i).Type) {
				return false
			}
		}
		return true
	default:
		return t.Kind() >= reflect.Bool && t.Kind() <= reflect.Complex128
	}
}

// Grow implements kernel.Aggregator.
func (a *States[S]) Grow(n int) {
	if n <= len(a.states) {
		return
	}
	if n > cap(a.states) {
		grown := make([]S, n, max(n, 2*cap(a.states), 16))
		copy(grown, a.states)
		a.states = grown
		return
	}
	a.states = a.states[:n]
}

// Sized is implemented by aggregators that know what a group takes in memory.
type Sized interface{ StateBytes() int }

// StateBytes implements Sized; what a state points at is not in it.
func (a *States[S]) StateBytes() int { return int(reflect.TypeFor[S]().Size()) }

// Add implements kernel.Aggregator.
func (a *States[S]) Add(c *kernel.AggCall) { a.AddRows(a.states, c) }

// Sub implements kernel.Aggregator.
func (a *States[S]) Sub(c *kernel.AggCall) { a.SubRows(a.states, c) }

// Result implements kernel.Aggregator.
func (a *States[S]) Result(alloc memory.Allocator, groups []int32, fail func(i int, reason string)) arrow.Array {
	return a.Build(&Results[S]{Alloc: alloc, Groups: groups, Fail: fail, states: a.states})
}

// Free implements kernel.Aggregator.
func (a *States[S]) Free(groups []int32) {
	for _, g := range groups {
		a.states[g] = *new(S)
	}
}

// Snapshot implements kernel.Aggregator.
func (a *States[S]) Snapshot(groups []int32) ([]byte, error) {
	var w wire.Writer
	for _, g := range groups {
		a.Save(&w, &a.states[g])
	}
	return w.Buf, nil
}

// Restore implements kernel.Aggregator.
func (a *States[S]) Restore(groups []int32, state []byte) error {
	r := wire.NewReader(state)
	for _, g := range groups {
		a.Load(r, &a.states[g])
	}
	if err := r.Err(); err != nil {
		return fmt.Errorf("aggregate: %w", err)
	}
	return nil
}

// Results is what Build computes: the results of Groups, in that order.
type Results[S any] struct {
	Alloc  memory.Allocator
	Groups []int32
	// Fail says that the result with an index in Groups does not exist.
	Fail   func(i int, reason string)
	states []S
}

// State is the state of the result with an index in Groups.
func (b *Results[S]) State(i int) *S { return &b.states[b.Groups[i]] }

// Column builds a result column of type t out of f: a value, or null.
func Column[R kernel.Value, S any](b *Results[S], t *types.Type, f func(i int, s *S) (R, bool)) arrow.Array {
	col := kernel.NewColumn[R](&kernel.Call{Alloc: b.Alloc, N: len(b.Groups), Result: t, OnFail: b.Fail})
	for i := range b.Groups {
		v, ok := f(i, b.State(i))
		if !ok {
			col.Null(i)
			continue
		}
		col.Set(i, v)
	}
	return col.Finish()
}

// Value builds a result column of values that are never null.
func Value[R kernel.Value, S any](b *Results[S], t *types.Type, f func(i int, s *S) R) arrow.Array {
	return Column(b, t, func(i int, s *S) (R, bool) { return f(i, s), true })
}

// EachDecimal is EachValue for decimals.
func EachDecimal[S any](states []S, c *kernel.AggCall, arg int, f func(s *S, v decimal128.Num)) {
	v := c.Args[arg]
	if _, ok := v.Arr.(*array.Decimal128); !ok || v.Scalar {
		read := kernel.Reader[decimal128.Num](v)
		c.Each(func(row int) { f(&states[c.Groups[row]], read(row)) })
		return
	}
	values := v.Arr.(*array.Decimal128).Values()
	if c.Rows == nil {
		for i, g := range c.Groups[:c.N] {
			f(&states[g], values[i])
		}
		return
	}
	for _, i := range c.Rows {
		f(&states[c.Groups[i]], values[i])
	}
}

// EachValue calls f with the group state and value of each row, its loop written
// for the forms rows come in.
func EachValue[V kernel.Fixed, S any](states []S, c *kernel.AggCall, arg int, f func(s *S, v V)) {
	v := c.Args[arg]
	if v.Scalar {
		one := kernel.Values[V](v.Arr)[0]
		c.Each(func(row int) { f(&states[c.Groups[row]], one) })
		return
	}
	values := kernel.Values[V](v.Arr)
	if c.Rows == nil {
		for i, g := range c.Groups[:c.N] {
			f(&states[g], values[i])
		}
		return
	}
	for _, i := range c.Rows {
		f(&states[c.Groups[i]], values[i])
	}
}
