package over

import (
	"math"

	"github.com/edynamic/edynamic/compiler/ir"
)

// frame finds the bounds of what a row sees. They never go back from one row of a
// sequence to the next.
type frame struct {
	ir.Frame
	span int64 // of time, 0 for none
}

func newFrame(f ir.Frame) frame { return frame{Frame: f, span: f.Span.Microseconds()} }

// endless: all rows so far, of which none leaves again, or all that follow.
func (f *frame) endless() bool { return f.All() }

// bounds are those of the row at a position, where was are those of the row before.
func (f *frame) bounds(k *key, pos int64, was span) span {
	switch {
	case f.Rows > 0 && f.Next:
		return span{pos, min(pos+f.Rows, k.total())}
	case f.Rows > 0:
		return span{max(pos-f.Rows+1, 0), pos + 1}
	case f.span > 0:
		return f.times(k, pos, was)
	case f.Next:
		return span{pos, k.total()}
	}
	return span{0, pos + 1}
}

// times are the bounds of a frame of time: (t - d, t] or [t, t + d), with all rows
// of equal time.
func (f *frame) times(k *key, pos int64, was span) span {
	t := k.at(pos).time
	if f.Next {
		for k.at(was.lo).time < t {
			was.lo++
		}
		for was.hi < k.total() && k.at(was.hi).time < later(t, f.span) {
			was.hi++
		}
		return was
	}
	for k.at(was.lo).time <= earlier(t, f.span) {
		was.lo++
	}
	for was.hi < k.total() && k.at(was.hi).time <= t {
		was.hi++
	}
	return was
}

func earlier(t, d int64) int64 {
	if t < math.MinInt64+d {
		return math.MinInt64
	}
	return t - d
}

func later(t, d int64) int64 {
	if t > math.MaxInt64-d {
		return math.MaxInt64
	}
	return t + d
}
