package packed_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/edynamic/edynamic/runtime/log/packed"
	"github.com/edynamic/edynamic/vm/wire"
)

// column is a type with values of many kinds: each call begins one.
type column struct {
	typ  arrow.DataType
	next func(r *rand.Rand) func(b array.Builder, i int)
}

// numbers are near each other, in steps, everywhere, or the same.
func numbers(r *rand.Rand) func(i int) int64 {
	from := r.Int64() - r.Int64()
	step := []int64{0, 1, 1000, 1_000_000, 219, -1000}[r.IntN(6)]
	near := []int64{1, 2, 200, 256, 257, 40_000, 65_536, 1 << 20, 1 << 32, 1 << 40}[r.IntN(10)]
	unit := []int64{1, 1000, 1_000_000, 7}[r.IntN(4)]
	switch r.IntN(4) {
	case 0:
		return func(i int) int64 { return from + int64(i)*step }
	case 1:
		return func(i int) int64 { return from + int64(i)*step + unit*r.Int64N(near) }
	case 2:
		return func(int) int64 { return unit * r.Int64N(near) }
	}
	return func(int) int64 { return []int64{math.MinInt64, math.MaxInt64, r.Int64() - r.Int64(), 0}[r.IntN(4)] }
}

// texts are few, alike, or any.
func texts(r *rand.Rand) func(i int) string {
	few := 1 + r.IntN(40)
	beginning := strings.Repeat("x", r.IntN(60))
	word := func() string { return fmt.Sprintf("%x", r.Uint64()>>r.IntN(64)) }
	digits := 1 + r.IntN(17)
	switch r.IntN(9) {
	case 5:
		return func(int) string { return beginning + fmt.Sprint(r.Uint64()>>(11+r.IntN(53))) }
	case 6:
		return func(int) string { return fmt.Sprintf("%s%0*x", beginning, digits, r.Uint64()>>r.IntN(64)) }
	case 7:
		return func(int) string { return fmt.Sprintf("%0*d", digits, r.Uint64()>>(11+r.IntN(53))) }
	case 8:
		return func(i int) string { // digits, but for a few
			if i%500 == 499 {
				return []string{"", "A1", "0x1", "1.5", "-1", "12345678901234567", "g", "`", ":", "/", "\xb1"}[r.IntN(11)]
			}
			return fmt.Sprintf("%x", r.Uint64()>>r.IntN(64))
		}
	case 0:
		return func(int) string { return fmt.Sprint(beginning, r.IntN(few)) }
	case 1:
		return func(int) string { return beginning + word() }
	case 2:
		return func(int) string { return strings.Repeat("ab", r.IntN(300)) }
	case 3:
		return func(int) string { return "" }
	}
	return func(i int) string { return strings.Repeat("\x00", i%3) + word() }
}

func columns() []column {
	whole := func(add func(b array.Builder, v int64)) func(r *rand.Rand) func(array.Builder, int) {
		return func(r *rand.Rand) func(array.Builder, int) {
			next := numbers(r)
			return func(b array.Builder, i int) { add(b, next(i)) }
		}
	}
	any := func(add func(b array.Builder, r *rand.Rand)) func(r *rand.Rand) func(array.Builder, int) {
		return func(r *rand.Rand) func(array.Builder, int) {
			return func(b array.Builder, _ int) { add(b, r) }
		}
	}
	text := func(add func(b array.Builder, v string)) func(r *rand.Rand) func(array.Builder, int) {
		return func(r *rand.Rand) func(array.Builder, int) {
			next := texts(r)
			return func(b array.Builder, i int) { add(b, next(i)) }
		}
	}
	instant := func(b array.Builder, v int64) { b.(*array.TimestampBuilder).Append(arrow.Timestamp(v)) }
	width := func(n int) column {
		return column{&arrow.FixedSizeBinaryType{ByteWidth: n}, any(func(b array.Builder, r *rand.Rand) {
			b.(*array.FixedSizeBinaryBuilder).Append([]byte(strings.Repeat(string(rune('a'+r.IntN(4))), n)))
		})}
	}
	return []column{
		{arrow.PrimitiveTypes.Int64, whole(func(b array.Builder, v int64) { b.(*array.Int64Builder).Append(v) })},
		{arrow.PrimitiveTypes.Int32, whole(func(b array.Builder, v int64) { b.(*array.Int32Builder).Append(int32(v)) })},
		{arrow.FixedWidthTypes.Date32, whole(func(b array.Builder, v int64) { b.(*array.Date32Builder).Append(arrow.Date32(v)) })},
		{arrow.FixedWidthTypes.Time64us, whole(func(b array.Builder, v int64) { b.(*array.Time64Builder).Append(arrow.Time64(v)) })},
		{arrow.FixedWidthTypes.Duration_us, whole(func(b array.Builder, v int64) { b.(*array.DurationBuilder).Append(arrow.Duration(v)) })},
		{arrow.FixedWidthTypes.Timestamp_us, whole(instant)},
		{&arrow.TimestampType{Unit: arrow.Microsecond}, whole(instant)},
		{&arrow.Decimal128Type{Precision: 38, Scale: 4}, whole(func(b array.Builder, v int64) { b.(*array.Decimal128Builder).Append(decimal128.FromI64(v)) })},
		{&arrow.Decimal128Type{Precision: 38, Scale: 0}, any(func(b array.Builder, r *rand.Rand) {
			b.(*array.Decimal128Builder).Append(decimal128.New(r.Int64()-r.Int64(), r.Uint64()))
		})},
		{arrow.FixedWidthTypes.Boolean, any(func(b array.Builder, r *rand.Rand) { b.(*array.BooleanBuilder).Append(r.IntN(2) == 0) })},
		{arrow.PrimitiveTypes.Float32, any(func(b array.Builder, r *rand.Rand) {
			b.(*array.Float32Builder).Append(math.Float32frombits(r.Uint32()))
		})},
		{arrow.PrimitiveTypes.Float64, any(func(b array.Builder, r *rand.Rand) { b.(*array.Float64Builder).Append(float64(r.IntN(100)) / 4) })},
		{arrow.FixedWidthTypes.MonthDayNanoInterval, any(func(b array.Builder, r *rand.Rand) {
			b.(*array.MonthDayNanoIntervalBuilder).Append(arrow.MonthDayNanoInterval{Months: r.Int32(), Days: 3, Nanoseconds: r.Int64()})
		})},
		width(1), width(16),
		{arrow.BinaryTypes.String, text(func(b array.Builder, v string) { b.(*array.StringBuilder).Append(v) })},
		{arrow.BinaryTypes.Binary, text(func(b array.Builder, v string) { b.(*array.BinaryBuilder).Append([]byte(v)) })},
		{arrow.Null, any(func(b array.Builder, _ *rand.Rand) { b.AppendNull() })},
		{arrow.ListOf(arrow.BinaryTypes.String), any(func(b array.Builder, r *rand.Rand) {
			l := b.(*array.ListBuilder)
			l.Append(true)
			for range r.IntN(4) {
				l.ValueBuilder().(*array.StringBuilder).Append(fmt.Sprint(r.IntN(1000)))
			}
		})},
		{arrow.StructOf(arrow.Field{Name: "a", Type: arrow.PrimitiveTypes.Int64, Nullable: true}), any(func(b array.Builder, r *rand.Rand) {
			s := b.(*array.StructBuilder)
			s.Append(true)
			s.FieldBuilder(0).(*array.Int64Builder).Append(r.Int64N(5))
		})},
	}
}

// build makes a column, part of a longer one half of the times.
func (c column) build(r *rand.Rand, n int) arrow.Array {
	b := array.NewBuilder(memory.DefaultAllocator, c.typ)
	defer b.Release()
	add := c.next(r)
	nulls := []int{0, 0, 2, 10}[r.IntN(4)]
	before, behind := 0, 0
	if r.IntN(2) == 0 {
		before, behind = r.IntN(20), r.IntN(20)
	}
	for i := range before + n + behind {
		if nulls > 0 && r.IntN(nulls) == 0 {
			b.AppendNull()
			continue
		}
		add(b, i)
	}
	all := b.NewArray()
	defer all.Release()
	return array.NewSlice(all, int64(before), int64(before+n))
}

// same compares values one by one.
func same(a, b arrow.Array) error {
	if !arrow.TypeEqual(a.DataType(), b.DataType()) || a.Len() != b.Len() || a.NullN() != b.NullN() {
		return fmt.Errorf("%v of %d with %d nulls, and %v of %d with %d", a.DataType(), a.Len(), a.NullN(), b.DataType(), b.Len(), b.NullN())
	}
	for i := range a.Len() {
		if a.IsNull(i) != b.IsNull(i) || a.ValueStr(i) != b.ValueStr(i) {
			return fmt.Errorf("row %d is %s, and %s", i, a.ValueStr(i), b.ValueStr(i))
		}
	}
	return nil
}

// TestColumns writes columns of all types and reads them back, one after another with what
// the Packer has learnt.
func TestColumns(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	for _, c := range columns() {
		var p packed.Packer
		for range 150 {
			n := []int{0, 1, 2, 7, 130, 700}[r.IntN(6)]
			want := c.build(r, n)
			var w wire.Writer
			if err := p.Column(&w, 0, want); err != nil {
				t.Fatalf("%v: %v", c.typ, err)
			}
			in := wire.NewReader(w.Buf)
			have, err := packed.Read(in, n)
			if err == nil {
				err = in.Err()
			}
			if err == nil {
				err = same(want, have)
			}
			if err != nil {
				t.Fatalf("%v, %d rows: %v\n%v", c.typ, n, err, want)
			}
			have.Release()
			want.Release()
		}
	}
}

// TestTexts: texts that stand in no array are written as those of a column.
func TestTexts(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	for range 100 {
		next := texts(r)
		var p packed.Packer
		for range 4 {
			n := []int{1, 7, 130, 700}[r.IntN(4)]
			b := array.NewStringBuilder(memory.DefaultAllocator)
			var at packed.Texts
			for i := range n {
				v := next(i)
				b.Append(v)
				at.Bytes = append(at.Bytes, strings.Repeat("9", r.IntN(20))...)
				at.From = append(at.From, int32(len(at.Bytes)))
				at.Bytes = append(at.Bytes, v...)
				at.To = append(at.To, int32(len(at.Bytes)))
			}
			want := b.NewArray()
			var w wire.Writer
			p.Texts(&w, 0, arrow.BinaryTypes.String, at)
			in := wire.NewReader(w.Buf)
			have, err := packed.Read(in, n)
			if err == nil {
				err = in.Err()
			}
			if err == nil {
				err = same(want, have)
			}
			if err != nil {
				t.Fatalf("%d rows: %v\n%v", n, err, want)
			}
		}
	}
}

// TestDamage changes, cuts and stretches what was written: that is an error, or another
// column, and nothing worse.
func TestDamage(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	for _, c := range columns() {
		if arrow.IsNested(c.typ.ID()) {
			continue // Arrow trusts what it reads: the checksum of an entry is for that
		}
		for range 30 {
			n := 1 + r.IntN(300)
			a := c.build(r, n)
			var p packed.Packer
			var w wire.Writer
			if err := p.Column(&w, 0, a); err != nil {
				t.Fatal(err)
			}
			a.Release()
			for range 20 {
				b := append([]byte{}, w.Buf...)
				switch r.IntN(3) {
				case 0:
					b[r.IntN(len(b))] ^= 1 << r.IntN(8)
				case 1:
					b = b[:r.IntN(len(b))]
				default:
					b[r.IntN(min(len(b), 12))] = byte(r.Uint32())
				}
				if have, err := packed.Read(wire.NewReader(b), n); err == nil {
					if have.Len() != n {
						t.Fatalf("%v: %d rows became %d", c.typ, n, have.Len())
					}
					for i := range n {
						if arrow.TypeEqual(have.DataType(), c.typ) {
							_ = have.ValueStr(i)
						}
					}
				}
			}
		}
	}
}

// BenchmarkColumns writes and reads batches of 2,400 rows.
//
//	go test ./runtime/log/packed -run '^$' -bench Columns
func BenchmarkColumns(b *testing.B) {
	const n = 2400
	r := rand.New(rand.NewPCG(1, 2))
	build := func(typ arrow.DataType, add func(b array.Builder, i int)) arrow.Array {
		out := array.NewBuilder(memory.DefaultAllocator, typ)
		for i := range n {
			add(out, i)
		}
		return out.NewArray()
	}
	text := func(next func(i int) string) arrow.Array {
		return build(arrow.BinaryTypes.String, func(b array.Builder, i int) { b.(*array.StringBuilder).Append(next(i)) })
	}
	for _, c := range []struct {
		name string
		a    arrow.Array
	}{
		{"long", build(arrow.PrimitiveTypes.Int64, func(b array.Builder, _ int) { b.(*array.Int64Builder).Append(r.Int64N(3_000_000)) })},
		{"instants", build(arrow.FixedWidthTypes.Timestamp_us, func(b array.Builder, i int) {
			b.(*array.TimestampBuilder).Append(arrow.Timestamp(1e15 + int64(i)*1000))
		})},
		{"text/few", text(func(int) string { return fmt.Sprint("channel-", r.IntN(10)) })},
		{"text/beginning", text(func(int) string { return fmt.Sprint("https://www.nexmark.example/item.htm?channel_id=", r.IntN(1<<30)) })},
		{"text/random", text(func(int) string { return fmt.Sprintf("%016x", r.Uint64()) })},
		{"text/words", text(func(i int) string {
			return fmt.Sprintf("user %d asked for page %d of the list and got status %d in %d ms", i, r.IntN(9), 200+r.IntN(3), r.IntN(999))
		})},
	} {
		size := 0
		for _, buf := range c.a.Data().Buffers() {
			if buf != nil {
				size += buf.Len()
			}
		}
		var p packed.Packer
		var w wire.Writer
		b.Run(c.name+"/write", func(b *testing.B) {
			for b.Loop() {
				w.Buf = w.Buf[:0]
				if err := p.Column(&w, 0, c.a); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/row")
			b.ReportMetric(float64(len(w.Buf))/float64(n), "B/row")
		})
		b.Run(c.name+"/read", func(b *testing.B) {
			for b.Loop() {
				if _, err := packed.Read(wire.NewReader(w.Buf), n); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/row")
		})
	}
}
