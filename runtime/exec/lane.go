package exec

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sort"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/runtime/format"
)

// laneDepth is how many decoded batches wait for the driver.
const laneDepth = 2

// behindNone is the place of recorded rows among lanes: before rows of the same time that
// were not recorded yet.
const behindNone = -1

// lane decodes one input on a goroutine of its own and keeps the rows that the
// driver has not taken yet.
type lane struct {
	spec    Lane
	index   int // the place of its records among those of all lanes
	ch      chan decoded
	unknown []string // set before ch is closed
	started bool
	ended   bool
	whole   bool // an input that is read again has been read, and all of it is here
	partly  bool // a part of it is here

	queue    []*operators.Batch // with Time, Refs, and Progress within the lane
	next     int                // the next row of queue[0], counted among those selected
	largest  int64              // time so far
	accepted int64              // where the last row is that entered the topic, -1 for none
	position int64              // of the next record
	skip     int64              // records that an earlier process has taken
	adopted  bool               // it was another program's, see Fed
	places   []eventPlace       // where the rows of queue[0] are stored, see notesMoments
	came     int64              // when the rows of queue came, where they were recorded
	refuser  *Lane              // see refusing
	resume   []byte             // how to go on behind the records taken, for lanes that can
}

type decoded struct {
	rows *format.Rows
	err  error
}

func newLane(spec Lane, index int) *lane {
	return &lane{spec: spec, index: index, ch: make(chan decoded, laneDepth), largest: operators.MinTime, accepted: -1}
}

// start begins decoding. wake is told after every batch.
func (l *lane) start(ctx context.Context, stop <-chan struct{}, size int, wake func()) {
	l.started = true
	go func() {
		defer wake()
		defer close(l.ch)
		if err := l.decode(ctx, stop, size, wake); err != nil && ctx.Err() == nil {
			select {
			case l.ch <- decoded{err: fmt.Errorf("cannot read %q: %w", l.spec.Name, err)}:
			case <-stop:
			}
		}
	}()
}

func (l *lane) decode(ctx context.Context, stop <-chan struct{}, size int, wake func()) (err error) {
	dec, err := l.open(ctx)
	if err != nil {
		return err
	}
	defer func() {
		l.unknown = dec.UnknownFields()
		err = errors.Join(err, dec.Close())
	}()
	for ctx.Err() == nil {
		rows, err := dec.Next(size)
		if rows != nil {
			select {
			case l.ch <- decoded{rows: rows}:
				wake()
			case <-stop:
				rows.Release()
				return nil
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (l *lane) open(ctx context.Context) (format.Decoder, error) {
	if l.spec.OpenAt != nil {
		return l.spec.OpenAt(ctx, l.resume)
	}
	return l.spec.Open(ctx)
}

// readAgain notes how much of an input that is read again is here.
func (l *lane) readAgain(rows *format.Rows) {
	if l.spec.Again != nil {
		l.whole = rows.N+len(rows.Bad) == 0
		l.partly = !l.whole
	}
}

// poll takes a decoded batch if one is there.
func (l *lane) poll() (d decoded, ok bool) {
	select {
	case d, open := <-l.ch:
		if !open {
			l.ended = true
			return decoded{}, false
		}
		return d, true
	default:
		return decoded{}, false
	}
}

// head is the spot of the next row.
func (l *lane) head() spot { return spotOf(l.queue[0], int(l.row())) }

func (l *lane) row() int32 {
	if b := l.queue[0]; b.Sel != nil {
		return b.Sel[l.next]
	}
	return int32(l.next)
}

// release frees what was decoded and not taken. A reader that is stuck in its
// input is waited for as long as patience lasts.
func (l *lane) release(patience context.Context) {
	for _, b := range l.queue {
		b.Release()
	}
	l.queue = nil
	for l.started && !l.ended {
		select {
		case d, open := <-l.ch:
			l.ended = !open
			if d.rows != nil {
				d.rows.Release()
			}
		case <-patience.Done():
			return
		}
	}
}

// laneRecords is the provenance of the rows of one decoded batch.
type laneRecords struct {
	topic, lane int
	spec        *Lane
	base        int64
	skipped     []int // for each undecodable record, the row it stands before
	records     format.Records
	first       *operators.Ref // of refs to all of them in their order; nil where there are none
	beside      any            // as in format.Rows
}

// SourceRecords are the records of an input that rows were read from; the index of
// a Ref is theirs. It reports false for rows that came from elsewhere.
func SourceRecords(p operators.Provenance) (format.Records, bool) {
	if l, ok := p.(*laneRecords); ok {
		return l.records, true
	}
	return nil, false
}

// place counts records in their lane, undecodable ones too.
func (p *laneRecords) place(i int) int64 {
	return p.base + int64(i) + int64(sort.SearchInts(p.skipped, i+1))
}

// Text is the record as it was read.
func (p *laneRecords) Text(i int32) string { return p.records.Text(int(i)) }

// Origin is the file and byte.
func (p *laneRecords) Origin(i int32) string { return recordOrigin(p.spec, p.records, int(i)) }

// recordOrigin names record i of a lane.
func recordOrigin(l *Lane, records format.Records, i int) string {
	if o, ok := records.(Original); ok {
		return o.Origin(i)
	}
	return l.OriginOf(records.Byte(i))
}

// Place is lane and position in the lane.
func (p *laneRecords) Place(i int32) (topic, partition int, position int64) {
	return p.topic, p.lane, p.place(int(i))
}

// Columns decodes records again.
func (p *laneRecords) Columns(rows []int32, row *types.Type) ([]arrow.Array, error) {
	return p.records.Columns(rows, row)
}

// laneAt is the lane whose records say that they are of a place among lanes, nil for none.
func (t *topicNode) laneAt(place int) *lane {
	for _, l := range t.lanes {
		if l.index == place {
			return l
		}
	}
	return nil
}

// at is where in the lane a record is whose origin OriginOf has named; false for one that
// is not of this lane.
func (l *lane) at(origin string) (int64, bool) {
	sep := "@"
	if l.spec.Counted {
		sep = "/0/"
	}
	place, ok := strings.CutPrefix(origin, l.spec.Name+sep)
	if !ok {
		return 0, false
	}
	at, err := strconv.ParseInt(place, 10, 64)
	return at, err == nil
}

// OriginOf names a record of the lane: by file and byte, or by source, partition and
// number.
func (l *Lane) OriginOf(at int64) string {
	if l.Counted {
		return fmt.Sprintf("%s/0/%d", l.Name, at)
	}
	return fmt.Sprintf("%s@%d", l.Name, at)
}
