// Package format is what a wire format is to the engine: a decoder that turns
// bytes into the columns somebody reads, an encoder that writes columns, and the
// inference of a schema from a sample. Each format is a package below this one;
// package formats lists them.
//
// A format must decode by the schema it is given and never guess; a record that
// does not fit becomes a Bad with its place and the reason, and decoding goes on.
// Only what makes the rest of the input unreadable is an error.
package format

import (
	"io"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
)

// Schema says what to decode.
type Schema struct {
	// Full is the topic's row as declared, a record or a union: it tells known
	// fields from unknown ones.
	Full *types.Type
	// Row is the part of Full that somebody reads; nested records may lack fields
	// too. Only its columns are built. The column of a union is one struct.
	Row *types.Type
	// Time is the dotted path of the `time:` column of an inferred schema, "" for a
	// declared one: a number there is epoch milliseconds (SEMANTICS 121).
	Time string
	// Keyed: whoever reads the rows keeps the last of each key, and so can take changes.
	Keyed bool
	// TimePath is the dotted path of the `time:` column of any schema.
	TimePath string
	// Pieces are what encoders of this format will copy where they can (see CopyingEncoder).
	Pieces []FieldRun
	// Copied are fields of Row that nobody reads but encoders, and each encoder as part of a
	// piece. Where all Pieces of a batch can be copied their columns may be blank.
	Copied []string
	// Present are fields of Row of which only matters that they are there: a record without
	// one is refused as ever, and the columns may be blank.
	Present []string
	// Beside, when set, makes what is given the columns of each batch where it was decoded,
	// while they are at hand, and the texts of those that were left blank; what that returns
	// goes with the rows, nil where blank columns are of no use. Formats need not do so.
	Beside func() func(cols []arrow.Array, blank []Texts) any
	// Unread are text fields of Row that nobody reads but Beside, and encoders as part of a
	// piece. Their columns may be left blank.
	Unread []string
}

// Texts are the texts of a column where they stand among bytes: from one byte up to another.
// Of a column that is there it has none.
type Texts struct {
	Bytes    []byte
	From, To []int32
}

// FieldRun is fields of a record that a writer hands on side by side.
type FieldRun struct {
	Names []string
	Form  string // by Format.Form
}

// Rows is a batch of decoded records. The arrays belong to the receiver.
type Rows struct {
	Cols    []arrow.Array // in the order of Schema.Row's fields; a union is one column
	N       int           // length of every array
	Records Records
	// Ops is what each row does to that of its key, for formats of changes: Insert puts
	// it there, Delete takes it away. nil for rows that only come.
	Ops []operators.Op
	Bad []Bad // records that could not be decoded, in order
	// Beside is what Schema.Beside has made of all the rows, nil for nothing. Blank tells that
	// columns of Schema.Unread were left blank: Records have them.
	Beside any
	Blank  bool
}

// Release gives the arrays back.
func (r *Rows) Release() {
	for _, c := range r.Cols {
		c.Release()
	}
	r.Cols = nil
}

// Records are the source records of the rows of a batch, kept as references
// into the input until someone reads them. They outlive the decoder.
type Records interface {
	// Text is record i as JSON text.
	Text(i int) string
	// Byte is where record i begins in the decompressed input. Formats without byte
	// positions count rows.
	Byte(i int) int64
	// Columns decodes records again with all fields of a row type. The arrays
	// belong to the caller. It fails where a field not decoded before is malformed.
	Columns(rows []int32, row *types.Type) ([]arrow.Array, error)
}

// Piece is a run of columns of an encoder, From inclusive and To exclusive, whose values
// are fields of a record, side by side and unchanged.
type Piece struct{ From, To int }

// CopiedRecords are Records of which some can be held without the others.
type CopiedRecords interface {
	Records
	// Copy is copies of some records, by their places among rows, in memory of their own.
	Copy(rows []int32) CopiedRecords
}

// PlacedRecords are Records that tell where many of them begin at once.
type PlacedRecords interface {
	Records
	// Bytes sets where each of the first records begins, as Byte tells of one.
	Bytes(at []int64)
}

// HeadedRecords are Records of an input that begins with a header, which their texts do not
// tell: what names their cells.
type HeadedRecords interface {
	Records
	// Header is that as it was read, "" where the input has none.
	Header() string
}

// FreedRecords are Records whose memory can be used again.
type FreedRecords interface {
	CopiedRecords
	// Free gives the memory back. Nothing may be asked of the records afterwards.
	Free()
}

// CopyingEncoder is an Encoder that can copy pieces of records of its own format, where
// they stand just as it would write them.
type CopyingEncoder interface {
	Encoder
	// WriteCopies is Write for rows of which some columns came unchanged from records.
	// pieces are in the order of the columns and the same in all calls. record is where the
	// record of a row is, nil where all of the row must be written from its columns.
	WriteCopies(cols []arrow.Array, rows int, sel []int32, pieces []Piece, record func(row int) (Records, int)) error
}

// Refused is what an error record tells of a record that had no place in its topic.
type Refused struct {
	Origin string
	Row    string // as JSON
	At     int64  // its time, where Timed
	Timed  bool
	// Progress is the largest time of the rows before it in its input.
	Progress int64
}

// Bad is a record that could not be decoded.
type Bad struct {
	// Refused is set where the record was refused when it was read first, and only what is
	// known of that is there.
	Refused *Refused
	Before  int    // it stands before this row of the batch
	Byte    int64  // where it begins in the decompressed input
	Text    string // as it was read, cut to MaxBadText
	Code    string // one of the Code constants
	Reason  string // such as `"price": "abc" is not a double`
}

// MaxBadText is how much of an undecodable record is kept.
const MaxBadText = 64 << 10

// The codes of undecodable records.
const (
	CodeSyntax    = "bad_syntax"      // not a record of the format at all
	CodeValue     = "bad_value"       // a value that is not of the field's type
	CodeMissing   = "missing_field"   // a field without default that is not nullable
	CodeNull      = "unexpected_null" // null where the type has none
	CodeUnknown   = "unknown_field"   // with unknown_fields=error
	CodeTooLong   = "record_too_long"
	CodeTruncated = "record_cut_off" // the input ended inside a record
)

// Decoder reads one input.
type Decoder interface {
	// Next returns at least one row or bad record and at most max rows, as soon as
	// some are there; io.EOF when there are no more. Any other error ends the input.
	Next(max int) (*Rows, error)
	// UnknownFields are the paths of fields that were read over because the schema
	// does not have them, sorted.
	UnknownFields() []string
	Close() error
}

// Encoder writes the rows of a stream to one output.
type Encoder interface {
	// Write writes the rows of sel, or all of them. ops holds what each row does in
	// a log of changes, nil for an append stream. Nothing is kept of the arguments.
	Write(cols []arrow.Array, rows int, sel []int32, ops []operators.Op) error
	// Close writes what ends the output. It does not close the writer.
	Close() error
	// Warnings are sentences for the run summary, such as how many NaN became null.
	Warnings() []string
}

// Input is where a decoder reads. Stream is read once; formats that need random
// access use Open instead, which may be called more than once and later, too.
type Input struct {
	Name   string // for messages
	Stream io.Reader
	Open   func() (File, error) // nil when the input is a stream only
	// Workers is how many goroutines may decode at a time, where the format can split
	// an input and Open is there; 0 is 1. What is decoded does not depend on it.
	Workers int
}

// File is an input with random access.
type File interface {
	io.ReaderAt
	io.ReadSeeker
	io.Closer
}

// Timed is an encoder that writes the times of rows too. Times is called before a
// Write, with nil for a stream without time.
type Timed interface{ Times(times []int64) }

// Format is one wire format.
type Format struct {
	sig.Format
	// RandomAccess formats cannot be read before their input is complete.
	RandomAccess bool
	NewDecoder   func(in Input, s Schema, o Options, alloc memory.Allocator) (Decoder, error)
	NewEncoder   func(w io.Writer, columns []types.Column, o Options) (Encoder, error)
	// Form is how columns stand as part of a record that an encoder with such options writes,
	// "" where they could stand in several ways. nil for formats that copy nothing.
	Form func(columns []types.Column, o Options) string
	// Again makes of what an error record has kept of a record an input that holds this record
	// alone, with the settings to read it by where an input has those given. nil for formats
	// whose records are kept as JSON, by the settings that JSON has where none are given.
	Again func(k Kept, o Options) (input []byte, with Options, err error)
	// Infer reads the beginning of the data and returns the record type of its rows.
	// time is as in sig.Catalog.Infer.
	Infer func(in Input, o Options, time string) (*types.Type, error)
}

// Has reports a setting of the format.
func (f Format) Has(setting string) bool {
	return slices.ContainsFunc(f.Settings, func(s sig.Setting) bool { return s.Name == setting })
}

// OpColumn is the column that says what a row of a changes log does. It has no
// array: its values are the ops of Write. Put it among the columns of an encoder
// to have it in the header of an output without rows, too; otherwise the first
// Write decides whether it is there.
const OpColumn = "$op"

// Written is a column that an encoder writes.
type Written struct {
	types.Column
	At int // its array in Write's cols
}

// WrittenColumns are the columns to write, without hidden ones and OpColumn; op
// tells whether that was among them.
func WrittenColumns(columns []types.Column) (out []Written, op bool) {
	at := 0
	for _, c := range columns {
		if c.Name == OpColumn {
			op = true
			continue
		}
		if !c.Hidden {
			out = append(out, Written{c, at})
		}
		at++
	}
	return out, op
}

// OpType is the type of OpColumn where a format writes types.
var OpType = &types.Type{Kind: types.Enum, Name: "Op", Symbols: []string{
	operators.Insert.String(), operators.UpdateBefore.String(), operators.UpdateAfter.String(), operators.Delete.String(),
}}

// ColumnTypes are the types of the columns a decoder builds for a row type.
func ColumnTypes(row *types.Type) []*types.Type {
	if row.Kind == types.Union {
		return []*types.Type{row}
	}
	out := make([]*types.Type, len(row.Fields))
	for i, f := range row.Fields {
		out[i] = f.Type
	}
	return out
}

// EachRow calls f for the rows of sel, or for all.
func EachRow(rows int, sel []int32, f func(row int) error) error {
	if sel == nil {
		for i := range rows {
			if err := f(i); err != nil {
				return err
			}
		}
		return nil
	}
	for _, i := range sel {
		if err := f(int(i)); err != nil {
			return err
		}
	}
	return nil
}

// InferBytes is how much of an input the inference of a schema reads: all records
// that lie within it count, so that smaller files are read whole.
const InferBytes = 64 << 20
