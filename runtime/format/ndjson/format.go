// Package ndjson reads and writes JSON records: one object a line, or the
// elements of a JSON array.
//
// The decoder is driven by the schema: it appends values straight to the columns
// somebody reads, and checks the syntax of everything else without building it.
// It never builds a tree or a map of a record. Keys are expected in the order of
// the record before.
//
// A missing field takes its default, else null where the type allows it. A key
// that stands twice in a record counts the last time; twice in a map it makes the
// record bad. Whole numbers may be written `1`, `1.0` or `1e0`. Decimals are exact
// and may be text. Numbers are instants only where the setting timestamps says so
// or an inferred `time:` column does.
package ndjson

import (
	"io"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/runtime/format/text"
)

var settings = append([]sig.Setting{
	{Name: "unknown_fields", Kind: sig.SettingWord, Values: []string{"ignore", "error"}, Doc: "What a field does that the schema does not have: ignore (default; the run summary lists the names), or error: the record goes to the error topic."},
	{Name: "tag", Kind: sig.SettingText, Doc: "The key that names the schema of a union's record; $type by default."},
	{Name: "max_record", Kind: sig.SettingSize, Doc: "The longest record accepted, such as 1MiB; 16MiB by default. A longer one goes to the error topic."},
}, text.TimeSettings...)

var layoutSetting = sig.Setting{Name: "layout", Kind: sig.SettingWord, Values: []string{"auto", "lines", "array"}, Doc: "How records stand in the file: one a line, or as the elements of an array. auto (default) looks at the first byte when reading."}

// Lines is the format of one object a line.
func Lines() format.Format {
	return named("ndjson", []string{".ndjson", ".jsonl"}, true,
		"JSON records, one object a line. A file that is one JSON array is read as well.")
}

// JSON is the format of files that hold an array, or records over several lines.
func JSON() format.Format {
	return named("json", []string{".json"}, false,
		"JSON records: the elements of an array, or objects one after the other. Written as an array unless layout is lines.")
}

func named(name string, extensions []string, byLine bool, doc string) format.Format {
	f := format.Format{Format: sig.Format{
		Name: name, Extensions: extensions, Doc: doc, Settings: append([]sig.Setting{layoutSetting}, settings...),
	}}
	f.NewDecoder = func(in format.Input, s format.Schema, o format.Options, alloc memory.Allocator) (format.Decoder, error) {
		if err := o.Check(f.Format); err != nil {
			return nil, err
		}
		if byLine {
			d, err := newSplitter(in, s, o, alloc, partSize)
			if err != nil {
				return nil, err
			}
			if d != nil {
				return d, nil
			}
		}
		return newDecoder(in.Stream, s, o, alloc, byLine)
	}
	f.NewEncoder = func(w io.Writer, columns []types.Column, o format.Options) (format.Encoder, error) {
		if err := o.Check(f.Format); err != nil {
			return nil, err
		}
		return newEncoder(w, columns, o, asArray(byLine, o))
	}
	f.Form = func(columns []types.Column, o format.Options) string {
		w, err := NewWriter(o)
		if err != nil || asArray(byLine, o) {
			return ""
		}
		return w.form(columns)
	}
	f.Again = Again
	f.Infer = func(in format.Input, o format.Options, time string) (*types.Type, error) {
		if err := o.Check(f.Format); err != nil {
			return nil, err
		}
		return infer(in, o, time, byLine)
	}
	return f
}

// asArray reports that an output is one array.
func asArray(byLine bool, o format.Options) bool {
	if layout := o.Text("layout", "auto"); layout != "auto" {
		return layout == "array"
	}
	return !byLine
}
