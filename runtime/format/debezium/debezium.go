// Package debezium reads and writes changes as Debezium's JSON envelopes, one a line:
//
//	{"before": {...}, "after": {...}, "op": "u", "ts_ms": 1767225600000, "source": {...}}
//
// The records themselves are those of package ndjson, with its settings. An envelope
// may be wrapped as {"schema": ..., "payload": ...}. A delete need only have the key of
// its row in "before", and has the time of ts_ms, where that is given.
//
// Reading gives no update pairs: a row replaces the one of its key, and whoever keeps
// the last row of each key says what that changes.
package debezium

import (
	"io"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/runtime/format/ndjson"
)

// Format is the format.
func Format() format.Format {
	inner := ndjson.Lines()
	f := format.Format{Format: sig.Format{
		Name: "debezium", Settings: inner.Settings, Changes: true,
		Doc: "Changes as Debezium's JSON envelopes, one a line: `before`, `after`, `op` (c, r, u or d) and `ts_ms`. Reading them needs a topic with `mode: upsert`; of an append stream every row is written as created.",
	}}
	f.NewDecoder = func(in format.Input, s format.Schema, o format.Options, alloc memory.Allocator) (format.Decoder, error) {
		if err := o.Check(f.Format); err != nil {
			return nil, err
		}
		return newDecoder(inner, in, s, o, alloc)
	}
	f.NewEncoder = func(w io.Writer, columns []types.Column, o format.Options) (format.Encoder, error) {
		if err := o.Check(f.Format); err != nil {
			return nil, err
		}
		return newEncoder(w, columns, o)
	}
	f.Again = ndjson.Again
	f.Infer = func(in format.Input, o format.Options, time string) (*types.Type, error) {
		if err := o.Check(f.Format); err != nil {
			return nil, err
		}
		return infer(inner, in, o, time)
	}
	return f
}
