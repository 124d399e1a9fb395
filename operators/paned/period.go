package paned

import (
	"fmt"
	"math"
	"slices"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators/window"
	"github.com/edynamic/edynamic/vm/kernel"
)

// Periods tells until when rows of a group can come that has event time among its
// keys; `keep` counts from there (SEMANTICS 77). The nil Periods says nothing.
type Periods struct {
	by   []int
	end  []func(key int64) int64
	ends []int64 // by row of a batch
}

// NewPeriods is nil where no key comes from event time; keys are how many there are.
func NewPeriods(specs []ir.Period, keys int) (*Periods, error) {
	if len(specs) == 0 {
		return nil, nil
	}
	p := &Periods{}
	for _, spec := range specs {
		if spec.By >= keys {
			return nil, fmt.Errorf("period: there is no key %d", spec.By)
		}
		end, err := window.PeriodEnd(spec)
		if err != nil {
			return nil, err
		}
		p.by, p.end = append(p.by, spec.By), append(p.end, end)
	}
	return p, nil
}

// Read finds the end for each of the first n rows of keys; one that is null says
// nothing.
func (p *Periods) Read(keys []kernel.Vector, n int) {
	if p == nil {
		return
	}
	p.ends = slices.Grow(p.ends[:0], n)[:n]
	for i := range p.ends {
		p.ends[i] = math.MaxInt64
	}
	for k, by := range p.by {
		v := keys[by]
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

// Until is the end for a row, the least instant where there is none.
func (p *Periods) Until(row int32) int64 {
	if p == nil || p.ends[row] == math.MaxInt64 {
		return math.MinInt64
	}
	return p.ends[row]
}
