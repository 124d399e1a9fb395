package ndjson

import (
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/runtime/format/text"
)

// shape is what the values seen at one place have in common.
type shape struct {
	seen, nulls, bools, wholes, fractions, texts int
	objects, arrays                              int
	instants                                     bool // every text so far is an instant
	fields                                       map[string]*shape
	order                                        []string // of fields, as first met
	elem                                         *shape
}

// maxFields is how many different keys an object may show before it counts as
// json: keys that many are data.
const maxFields = 1000

// inferrer walks over records and collects their shape.
type inferrer struct {
	*decoder
	root  shape
	times text.Times
}

// infer reads the records within the first format.InferBytes of the input. A
// record that is cut off there, or malformed, does not count.
func infer(in format.Input, o format.Options, time string, byLine bool) (*types.Type, error) {
	s := format.Schema{Row: types.RecordOf()}
	d, err := newDecoder(io.LimitReader(in.Stream, format.InferBytes), s, o, memory.DefaultAllocator, byLine)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	inf := &inferrer{decoder: d, times: d.r.times}
	d.read = inf.record
	rows, err := inf.scan()
	if err != nil {
		return nil, err
	}
	if rows == 0 {
		return nil, errors.New("it holds no record to infer a schema from")
	}
	t := inf.root.record("", time, &inf.times)
	if len(t.Fields) == 0 {
		return nil, errors.New("its records have no fields to infer a schema from")
	}
	return t, nil
}

func (inf *inferrer) scan() (rows int, err error) {
	var first *format.Bad
	for {
		batch, err := inf.Next(1 << 14)
		if err == io.EOF {
			break
		}
		if err != nil {
			return 0, err
		}
		rows += batch.N
		if first == nil && len(batch.Bad) > 0 {
			first = &batch.Bad[0]
		}
	}
	if rows == 0 && first != nil {
		return 0, fmt.Errorf("it holds no record to infer a schema from; at byte %d: %s", first.Byte, first.Reason)
	}
	return rows, nil
}

// record checks the record at p and only then takes its shape.
func (inf *inferrer) record(p int) int {
	next := inf.r.skip(p)
	if next < 0 {
		return next
	}
	if inf.r.data[p] != '{' {
		return inf.r.fail(format.CodeSyntax, "the record is not an object")
	}
	inf.walk(&inf.root, p)
	inf.r.root.b.EndRecord()
	return next
}

// walk takes the value at p, whose syntax is known to be right.
func (inf *inferrer) walk(s *shape, p int) int {
	r := inf.r
	s.seen++
	switch c := r.data[p]; c {
	case 'n':
		s.nulls++
		return p + len("null")
	case 't':
		s.bools++
		return p + len("true")
	case 'f':
		s.bools++
		return p + len("false")
	case '"':
		v, next := r.text(p)
		if next < 0 {
			return r.skip(p)
		}
		if s.texts == 0 {
			s.instants = true
		}
		if s.texts++; s.instants {
			_, why := inf.times.Instant(v)
			s.instants = why == ""
		}
		return next
	case '{':
		return inf.object(s, p+1)
	case '[':
		s.arrays++
		if s.elem == nil {
			s.elem = &shape{}
		}
		p = r.space(p + 1)
		for more := r.data[p] != ']'; more; {
			p, more = r.comma(inf.walk(s.elem, p), ']')
			if !more {
				return p
			}
		}
		return p + 1
	}
	next := r.skipNumber(p)
	var n text.Number
	n.Scan(r.data[p:next])
	if _, why := n.Scaled(0, false); n.Whole && why == text.Fits {
		s.wholes++
	} else {
		s.fractions++
	}
	return next
}

func (inf *inferrer) object(s *shape, p int) int {
	r := inf.r
	s.objects++
	p = r.space(p)
	if r.data[p] == '}' {
		return p + 1
	}
	for more := true; more; {
		name, next := r.text(p)
		if next < 0 {
			return r.skip(p)
		}
		f, ok := s.fields[string(name)]
		if !ok {
			f = &shape{}
			if len(s.order) < maxFields+1 {
				if s.fields == nil {
					s.fields = map[string]*shape{}
				}
				s.fields[string(name)] = f
				s.order = append(s.order, string(name))
			}
		}
		p, more = r.comma(inf.walk(f, r.colon(next)), '}')
	}
	return p
}

// kind is the type of the values; within is how many values there could have been:
// fewer mean that the field was missing somewhere.
func (s *shape) kind(path, time string, within int, times *text.Times) *types.Type {
	t := s.nonNull(path, time, times)
	return t.WithNull(s.nulls > 0 || s.seen < within)
}

func (s *shape) nonNull(path, time string, times *text.Times) *types.Type {
	numbers := s.wholes + s.fractions
	atTime := path != "" && path == time
	switch s.seen - s.nulls {
	case 0:
		return types.TJSON
	case s.bools:
		return types.TBoolean
	case numbers:
		if atTime && (s.fractions == 0 || times.Epoch()) {
			return types.TTimestamp
		}
		if s.fractions > 0 {
			return types.TDouble
		}
		return types.TLong
	case s.texts:
		if atTime && s.instants {
			return types.TTimestamp
		}
		return types.TString
	case s.arrays:
		return types.ArrayOf(s.elem.kind(path+"[]", time, s.elem.seen, times))
	case s.objects:
		if len(s.order) == 0 || len(s.order) > maxFields {
			return types.TJSON
		}
		return s.record(path, time, times)
	}
	return types.TJSON
}

func (s *shape) record(path, time string, times *text.Times) *types.Type {
	t := &types.Type{Kind: types.Record}
	for _, name := range s.order {
		at := joinPath(path, name)
		t.Fields = append(t.Fields, types.Field{Name: name, Type: s.fields[name].kind(at, time, s.objects, times)})
	}
	return t
}
