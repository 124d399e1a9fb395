package reload_test

import (
	"context"
	"errors"
	"fmt"
	"io"
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
}

var row = &types.Type{Kind: types.Record, Name: "Rate", Fields: []types.Field{{Name: "k", Type: types.TString}, {Name: "x", Type: types.TLong}}}

func begin(t *testing.T, looks ...look) *table {
	alloc := memory.NewCheckedAllocator(memory.DefaultAllocator)
	ctx, cancel := context.WithCancel(context.Background())
	at := &table{t: t, looks: looks, clock: clock.NewVirtual(time.Unix(0, 0)), end: cancel}
	ndjson, ok := formats.ByName("ndjson")
	if !ok {
		t.Fatal("no ndjson")
	}
	at.src = &reload.Source{Every: time.Minute, Clock: at.clock, Alloc: alloc, Key: []int{0},
		Columns: []types.Column{{Name: "k", Type: types.TString}, {Name: "x", Type: types.TLong}},
		Open: func(context.Context) (format.Decoder, error) {
			now := at.looks[0]
			if len(at.looks) > 1 {
				at.looks = at.looks[1:]
			}
			if now.err != nil {
				return nil, now.err
			}
			return ndjson.NewDecoder(format.Input{Name: "rates", Stream: strings.NewReader(now.text)}, format.Schema{Full: row, Row: row}, nil, alloc)
		}}
	var err error
	if at.dec, err = at.src.Begin(ctx); err != nil {
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
func lines(rows *format.Rows) (out []string) {
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
		got := lines(rows)
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
		out = append(out, lines(rows)...)
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

func TestWhatIsGoneIsDeletedAndTheRestComesAgain(t *testing.T) {
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
		_, err := at.dec.Next(2)
		done <- err
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
