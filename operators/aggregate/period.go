package aggregate

import (
	"fmt"
	"math"
	"slices"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators/window"
	"github.com/edynamic/edynamic/vm/kernel"
)

// periods tells until when rows of a group can come that has event time among its
// keys; `keep` counts from there (SEMANTICS 77).
type periods struct {
	by   []int
	end  []func(key int64) int64
	ends []int64 // by row of a batch
}

func newPeriods(a *Aggregate) (*periods, error) {
	if len(a.spec.Periods) == 0 {
		return nil, nil
	}
	p := &periods{}
	for _, spec := range a.spec.Periods {
		if spec.By >= len(a.by) {
			return nil, fmt.Errorf("aggregate: there is no key %d", spec.By)
		}
		end, err := window.PeriodEnd(spec)
		if err != nil {
			return nil, err
		}
		p.by, p.end = append(p.by, spec.By), append(p.end, end)
	}
	return p, nil
}

// read finds the end for each row of a batch; a key that is null says nothing.
func (p *periods) read(in *input) {
	if p == nil {
		return
	}
	p.ends = slices.Grow(p.ends[:0], in.n)[:in.n]
	for i := range p.ends {
		p.ends[i] = math.MaxInt64
	}
	for k, by := range p.by {
		v := in.keys[by]
		key := longs(v)
		for i := range p.ends {
			if !v.IsNull(i) {
				p.ends[i] = min(p.ends[i], p.end[k](key(i)))
			}
		}
	}
}

// longs reads instants, or the numbers of dates.
func longs(v kernel.Vector) func(i int) int64 {
	if v.Type.Kind == types.Date {
		day := kernel.Reader[int32](v)
		return func(i int) int64 { return int64(day(i)) }
	}
	return kernel.Reader[int64](v)
}

// until is the end for a row, the least instant where there is none.
func (p *periods) until(row int32) int64 {
	if p == nil || p.ends[row] == math.MaxInt64 {
		return math.MinInt64
	}
	return p.ends[row]
}
