package csv

import (
	"bytes"
	"errors"
	"io"

	"github.com/edynamic/edynamic/lang/timefmt"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/runtime/format/chunk"
	"github.com/edynamic/edynamic/runtime/format/text"
)

// guess is what the cells of a column may still all be.
type guess struct {
	filled                         int // cells that are not null
	nulls                          bool
	notBool, notWhole, notNumber   bool
	notDate, notInstant, notAsTime bool
}

// infer reads the records within the first format.InferBytes of the input.
func infer(in format.Input, d dialect, timePath string) (*types.Type, error) {
	s := &splitter{Window: chunk.Window{In: io.LimitReader(in.Stream, format.InferBytes)}, dialect: d}
	var names []string
	var guesses []guess
	rows := 0
	for {
		for s.next() {
			switch {
			case s.code != "":
			case names == nil && d.header:
				var err error
				if names, err = s.headerNames(); err != nil {
					return nil, err
				}
				guesses, s.single = make([]guess, len(names)), len(names) == 1
			default:
				if names == nil {
					names = columnNames(len(s.cells))
					guesses = make([]guess, len(names))
				}
				// A record cut off by the limit has too few cells.
				if len(s.cells) == len(names) {
					rows++
					s.sample(guesses)
				}
			}
		}
		if s.EOF {
			break
		}
		if err := s.Fill(); err != nil {
			return nil, err
		}
	}
	if names == nil {
		return nil, errors.New("it is empty: there is no schema to infer")
	}
	if rows == 0 {
		return nil, errors.New("it holds no record to infer a schema from")
	}
	t := &types.Type{Kind: types.Record}
	for i, name := range names {
		t.Fields = append(t.Fields, types.Field{Name: name, Type: guesses[i].kind(name == timePath, &d.times)})
	}
	return t, nil
}

func (s *splitter) sample(guesses []guess) {
	var scratch []byte
	for i, c := range s.cells {
		var v []byte
		v, scratch = c.text(s.Chunk, scratch)
		if !c.quoted && string(v) == s.null || len(v) == 0 {
			guesses[i].nulls = true
			continue
		}
		guesses[i].take(bytes.TrimSpace(v), &s.times)
	}
}

// take rules out what a cell is not. A number with leading zeros is a code, not a
// number.
func (g *guess) take(v []byte, times *text.Times) {
	g.filled++
	if !g.notBool {
		lower := string(bytes.ToLower(v))
		g.notBool = lower != "true" && lower != "false"
	}
	if !g.notNumber {
		var n text.Number
		g.notNumber = len(v) == 0 || n.Scan(v) != len(v)
		if _, why := n.Scaled(0, false); g.notNumber || !n.Whole || why != text.Fits {
			g.notWhole = true
		}
	}
	if !g.notDate {
		_, err := timefmt.ParseDate(text.String(v))
		g.notDate = err != nil
	}
	if !g.notInstant {
		_, err := timefmt.ParseInstant(text.String(v))
		g.notInstant = err != nil
	}
	if !g.notAsTime {
		_, why := times.Instant(v)
		g.notAsTime = why != ""
	}
}

func (g *guess) kind(isTime bool, times *text.Times) *types.Type {
	t := types.TString
	switch {
	case g.filled == 0:
	case !g.notBool:
		t = types.TBoolean
	case isTime && (!g.notWhole || !g.notNumber && times.Epoch()), isTime && !g.notAsTime:
		t = types.TTimestamp
	case !g.notWhole:
		t = types.TLong
	case !g.notNumber:
		t = types.TDouble
	case !g.notDate:
		t = types.TDate
	case !g.notInstant:
		t = types.TTimestamp
	}
	return t.WithNull(g.nulls)
}
