// Package csv reads and writes delimited text as RFC 4180 has it: CSV and TSV.
//
// Cells are matched to fields by the names in the header, or by position without
// one, and read by the field's type straight into columns. A cell that holds the
// null text (empty by default) and is not quoted is null where the type allows
// it; an empty cell of a string that is not nullable is an empty string. Nested
// values are JSON in a cell, and so is a row of a union, in the column "row". A quote inside a cell that does not begin with one
// stands for itself. Empty lines are stepped over, but where there is one column:
// there they are nulls.
//
// A column that the header lacks is a default or null; where there is neither,
// no record could be read and the file is refused.
package csv

import (
	"errors"
	"io"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/runtime/format/text"
)

var settings = append([]sig.Setting{
	{Name: "header", Kind: sig.SettingBool, Doc: "Whether the first record names the columns; true by default. Without one, columns stand in the order of the fields."},
	{Name: "delimiter", Kind: sig.SettingText, Doc: "The character between cells: a comma for csv, a tab for tsv."},
	{Name: "null", Kind: sig.SettingText, Doc: "The text of a null, such as NA; empty by default."},
	{Name: "unknown_fields", Kind: sig.SettingWord, Values: []string{"ignore", "error"}, Doc: "What a column does that the schema does not have: ignore (default; the run summary lists the names), or error: the file is refused."},
	{Name: "max_record", Kind: sig.SettingSize, Doc: "The longest record accepted, such as 1MiB; 16MiB by default. A longer one goes to the error topic."},
}, text.TimeSettings...)

// Comma is comma-separated text.
func Comma() format.Format {
	return named("csv", []string{".csv"}, ',', "Comma-separated values with a header line. A row of a union is JSON in the one column row.")
}

// Tab is tab-separated text.
func Tab() format.Format {
	return named("tsv", []string{".tsv", ".tab"}, '\t', "Tab-separated values with a header line. A row of a union is JSON in the one column row.")
}

func named(name string, extensions []string, delimiter byte, doc string) format.Format {
	f := format.Format{Format: sig.Format{Name: name, Extensions: extensions, Doc: doc, Settings: settings}}
	f.NewDecoder = func(in format.Input, s format.Schema, o format.Options, alloc memory.Allocator) (format.Decoder, error) {
		d, err := dialectOf(f, o, delimiter)
		if err != nil {
			return nil, err
		}
		return newDecoder(in.Stream, s, o, d, alloc), nil
	}
	f.NewEncoder = func(w io.Writer, columns []types.Column, o format.Options) (format.Encoder, error) {
		d, err := dialectOf(f, o, delimiter)
		if err != nil {
			return nil, err
		}
		return newEncoder(w, columns, o, d)
	}
	f.Again = again{f, delimiter}.input
	f.Infer = func(in format.Input, o format.Options, time string) (*types.Type, error) {
		d, err := dialectOf(f, o, delimiter)
		if err != nil {
			return nil, err
		}
		return infer(in, d, time)
	}
	return f
}

// dialect is how the text is laid out.
type dialect struct {
	delimiter byte
	header    bool
	null      string
	limit     int
	times     text.Times
}

func dialectOf(f format.Format, o format.Options, delimiter byte) (dialect, error) {
	d := dialect{delimiter: delimiter, header: o.Bool("header", true), null: o.Text("null", ""), limit: o.Size("max_record", 16<<20)}
	if err := o.Check(f.Format); err != nil {
		return d, err
	}
	if s, ok := o["delimiter"]; ok {
		if s == `\t` || s == "tab" {
			s = "\t"
		}
		if len(s) != 1 || s[0] == '"' || s[0] == '\n' || s[0] == '\r' || s[0] >= utf8.RuneSelf {
			return d, errors.New(`the setting "delimiter" is one ASCII character other than a quote or the end of a line`)
		}
		d.delimiter = s[0]
	}
	var err error
	d.times, err = text.NewTimes(o)
	return d, err
}
