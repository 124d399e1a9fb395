package reload_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/clock"
	"github.com/edynamic/edynamic/runtime/connector/reload"
	"github.com/edynamic/edynamic/runtime/format"
	"github.com/edynamic/edynamic/runtime/format/formats"
)

// look is what a source finds when it looks.
type look struct {
	text string
	err  error
}

// table is a source that finds something else each time; the last is found for ever.
type table struct {
	t     *testing.T
	looks []look
	clock *clock.Virtual
	src   *reload.Source
	dec   format.Decoder
	end   context.CancelFunc
	state []byte // of the table, as it was told last
}

var row = &types.Type{Kind: types.Record, Name: "Rate", Fields: []types.Field{{Name: "k", Type: types.TString}, {Name: "x", Type: types.TLong}}}

func begin(t *testing.T, looks ...look) *table {
	return open(t, func(*reload.Source) {}, nil, looks...)
}

// open begins with a source that is set up in some way, and where an earlier one stood.
func open(t *testing.T, set func(s *reload.Source), resume []byte, looks ...look) *table {
	alloc := memory.NewCheckedAllocator(memory.DefaultAllocator)
	ctx, cancel := context.WithCancel(context.Background())
	at := &table{t: t, looks: looks, clock: clock.NewVirtual(time.Unix(0, 0)), end: cancel}
	ndjson, ok := formats.ByName("ndjson")
	if !ok {
		t.Fatal("no ndjson")
	}
	at.src = &reload.Source{Every: time.Minute, Clock: at.clock, Alloc: alloc, Key: []int{0}, Row: row,
		Open: func(context.Context) (format.Decoder, error) {
			now := at.looks[0]
			if len(at.looks) > 1 {
				at.looks = at.looks[1:]
			}
			if now.err != nil {
				return nil, now.err
			}
			return ndjson.NewDecoder(format.Input{Name: "rates", Stream: strings.NewReader(now.text)}, format.Schema{Full: at.src.Row, Row: at.src.Row}, nil, alloc)
		}}
	set(at.src)
	var err error
	if at.dec, err = at.src.Begin(ctx, resume); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		if err := at.dec.Close(); err != nil {
			t.Error(err)
		}
		alloc.AssertSize(t, 0)
	})
	return at
}

// lines are the rows of a batch: + or - and the record.
func (at *table) lines(rows *format.Rows) (out []string) {
	if r, ok := rows.Records.(interface{ Resume() []byte }); ok {
		at.state = r.Resume()
	}
	for i := range rows.N {
		op := "+"
		if rows.Ops != nil && rows.Ops[i] == operators.Delete {
			op = "-"
		}
		out = append(out, op+rows.Records.Text(i))
	}
	for _, b := range rows.Bad {
		out = append(out, "!"+b.Text)
	}
	return out
}

// first reads the input until a batch without rows says that it was read.
func (at *table) first() (out []string) {
	for {
		rows, err := at.dec.Next(2)
		if err != nil {
			at.t.Fatal(err)
		}
		got := at.lines(rows)
		rows.Release()
		if out = append(out, got...); len(got) == 0 {
			return out
		}
	}
}

// next lets a minute pass as often as needed, and reads until so many rows have come.
func (at *table) next(n int) (out []string) {
	stop := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			default:
				at.clock.Set(at.clock.Now().Add(time.Minute))
			}
		}
	}()
	for len(out) < n {
		rows, err := at.dec.Next(2)
		if err != nil {
			at.t.Fatal(err)
		}
		out = append(out, at.lines(rows)...)
		rows.Release()
	}
	close(stop)
	<-done
	return out
}

func record(k string, x int) string { return fmt.Sprintf(`{"k":"%s","x":%d}`, k, x) }

// records is an input of records.
func records(list ...string) look { return look{text: strings.Join(append(list, ""), "\n")} }

func (at *table) expect(got []string, want ...string) {
	at.t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		at.t.Errorf("-want +got:\n%s", diff)
	}
}

func TestWhatIsGoneIsDeletedAndWhatIsNewComes(t *testing.T) {
	at := begin(t, records(record("a", 1), record("b", 2), record("c", 3)), records(record("b", 5), record("d", 4)), records())
	at.expect(at.first(), "+"+record("a", 1), "+"+record("b", 2), "+"+record("c", 3))
	at.expect(at.next(6), "-"+record("a", 1), "-"+record("c", 3), "+"+record("b", 5), "+"+record("d", 4), "-"+record("b", 5), "-"+record("d", 4))
}

// A look in vain changes nothing: the next good one is compared with the last good one.
func TestABrokenInputLeavesTheTable(t *testing.T) {
	for name, broken := range map[string]look{
		"not there":  {err: errors.New("there is no such file")},
		"bad record": records(record("b", 9), `{"k":7}`, record("c", 3)),
		"cut off":    {text: record("b", 9) + "\n" + `{"k":"c","x`},
	} {
		t.Run(name, func(t *testing.T) {
			at := begin(t, records(record("a", 1)), broken, records(record("z", 1)))
			at.first()
			at.expect(at.next(2), "-"+record("a", 1), "+"+record("z", 1))
			if r := at.src.Report(); r.Failed != 1 || r.Done < 1 || r.Last != "" {
				t.Errorf("%+v", r)
			}
		})
	}
}

func TestTheReportNamesTheLastFailure(t *testing.T) {
	at := begin(t, records(record("a", 1)), records(record("b", 1)), look{err: errors.New("there is no such file")})
	at.first()
	at.next(2)
	done := make(chan error)
	go func() {
		for {
			rows, err := at.dec.Next(2)
			if err != nil {
				done <- err
				return
			}
			rows.Release()
		}
	}()
	for at.src.Report().Failed == 0 {
		at.clock.Set(at.clock.Now().Add(time.Minute))
	}
	if r := at.src.Report(); r.Done != 1 || r.Last != "there is no such file" {
		t.Errorf("%+v", r)
	}
	at.end()
	if err := <-done; err != io.EOF {
		t.Errorf("got %v", err)
	}
}

func TestTheEndOfTheRunIsTheEndOfTheInput(t *testing.T) {
	at := begin(t, records(record("a", 1)))
	at.first()
	at.end()
	if _, err := at.dec.Next(2); err != io.EOF {
		t.Errorf("got %v", err)
	}
}

// Records that cannot be decoded the first time are those of any input.
func TestBadRecordsOfTheFirstTimeAreShown(t *testing.T) {
	at := begin(t, records(record("a", 1), `{"k":7}`))
	at.expect(at.first(), "+"+record("a", 1), `!{"k":7}`)
}

// A row that is the same comes no second time; of several rows of a key the last counts.
func TestOnlyChangesCome(t *testing.T) {
	at := begin(t, records(record("a", 1), record("b", 2), record("b", 3)), records(record("a", 1), record("b", 2), record("b", 3)),
		records(record("a", 1), record("b", 3), record("b", 2), record("c", 4)), records(record("b", 2), record("c", 5), record("b", 2)))
	at.expect(at.first(), "+"+record("a", 1), "+"+record("b", 2), "+"+record("b", 3))
	at.expect(at.next(4), "+"+record("b", 2), "+"+record("c", 4), "-"+record("a", 1), "+"+record("c", 5))
}

// Where others write rows of the table, too, all of them come each time.
func TestAllRowsComeToATableOfOthers(t *testing.T) {
	at := open(t, func(s *reload.Source) { s.Shared = true }, nil, records(record("a", 1), record("b", 2)), records(record("a", 1)))
	at.first()
	at.expect(at.next(2), "-"+record("b", 2), "+"+record("a", 1))
}

func keep(s *reload.Source) { s.Kept = true }

// A later process goes on with the table that there was: it looks at once, and what has
// changed meanwhile comes.
func TestATableGoesOn(t *testing.T) {
	at := open(t, keep, nil, records(record("a", 1), record("b", 2), record("b", 3), record("c", 4)))
	at.first()
	later := open(t, keep, at.state, records(record("b", 3), record("c", 5), record("d", 6)))
	at.expect(later.first(), "-"+record("a", 1), "+"+record("c", 5), "+"+record("d", 6))
	last := open(t, keep, later.state, records())
	at.expect(last.first(), "-"+record("b", 3), "-"+record("c", 5), "-"+record("d", 6))
	empty := open(t, keep, last.state, records())
	at.expect(empty.first())
	if got := empty.src.Report(); got.Done != 1 || got.Failed != 0 {
		t.Errorf("%+v", got)
	}
}

// What cannot be read leaves the table that there was, also where it is looked at first.
func TestATableThatGoesOnIsLeftByABrokenInput(t *testing.T) {
	at := open(t, keep, nil, records(record("a", 1)))
	at.first()
	later := open(t, keep, at.state, look{err: errors.New("there is no such file")}, records(record("b", 1), `{"k":7}`), records(record("b", 2)))
	at.expect(later.first())
	if got := later.src.Report(); got.Failed != 1 || got.Last != "there is no such file" {
		t.Errorf("%+v", got)
	}
	if !bytes.Equal(at.state, later.state) {
		t.Errorf("the table has changed")
	}
	at.expect(later.next(2), "-"+record("a", 1), "+"+record("b", 2))
}

// Rows of a table that had other columns are read as those of now.
func TestATableGoesOnWithAColumnMore(t *testing.T) {
	at := open(t, keep, nil, records(record("a", 1), record("b", 2)))
	at.first()
	more := *row
	more.Fields = append(slices.Clone(row.Fields), types.Field{Name: "y", Type: types.TLong, HasDef: true, Default: int64(7)})
	later := open(t, func(s *reload.Source) { s.Kept, s.Row = true, &more }, at.state,
		records(`{"k":"b","x":2,"y":7}`, `{"k":"c","x":3,"y":7}`), records(`{"k":"b","x":2,"y":8}`))
	at.expect(later.first(), `-{"k":"a","x":1,"y":7}`, `+{"k":"c","x":3,"y":7}`)
	at.expect(later.next(2), `-{"k":"c","x":3,"y":7}`, `+{"k":"b","x":2,"y":8}`)
}
