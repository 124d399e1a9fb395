package build

import (
	"context"
	"fmt"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/cron"
	"github.com/edynamic/edynamic/lang/timefmt"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/operators"
	"github.com/edynamic/edynamic/operators/window"
	"github.com/edynamic/edynamic/runtime/exec"
	"github.com/edynamic/edynamic/vm/kernel"
)

// addSchedules makes the schedules of a plan. In a session, o is nil and snapshots go
// nowhere.
func (b *builder) addSchedules(o *Options) error {
	tables := map[string]bool{}
	for _, s := range b.g.Schedules {
		next, err := ticksOf(s)
		if err != nil {
			return fmt.Errorf("schedule %s: %w", s.Name, err)
		}
		p := &exec.Schedule{Name: s.Name, Next: next}
		for _, a := range s.Acts {
			var act exec.Act
			if a.Emit != nil {
				act, err = b.emitAct(a.Emit)
			} else {
				act, err = b.snapshotAct(o, a.Snapshot, tables)
			}
			if err != nil {
				return fmt.Errorf("schedule %s: %w", s.Name, err)
			}
			p.Acts = append(p.Acts, act)
		}
		b.out.Schedules = append(b.out.Schedules, p)
	}
	return nil
}

// ticksOf finds the instants of a schedule.
func ticksOf(s *ir.Schedule) (func(after int64) (int64, bool), error) {
	zone := time.UTC
	if s.Zone != "" {
		var err error
		if zone, err = timefmt.LoadZone(s.Zone); err != nil {
			return nil, err
		}
	}
	if s.Cron != "" {
		p, err := cron.Parse(s.Cron)
		if err != nil {
			return nil, err
		}
		clock := timefmt.NewClock(zone)
		return func(after int64) (int64, bool) { return p.Next(after, clock) }, nil
	}
	ticks, err := window.NewTicks(s.Every, s.From, zone)
	if err != nil {
		return nil, err
	}
	return func(after int64) (int64, bool) { return ticks.Next(after), true }, nil
}

// emitAct makes rows for a topic.
func (b *builder) emitAct(e *ir.ScheduleEmit) (exec.Act, error) {
	var columns []types.Column
	for _, n := range b.out.Nodes {
		if n.Topic != nil && n.Topic.Name == e.Topic {
			n.Topic.Scheduled, columns = true, n.Ports[0].Columns
		}
	}
	if columns == nil {
		return exec.Act{}, fmt.Errorf("there is no topic %q", e.Topic)
	}
	now := []types.Column{{Name: ir.Now, Type: types.TTimestamp}}
	evals := make([]operators.Eval, len(columns))
	for i, c := range columns {
		for _, it := range e.Items {
			if it.Name == c.Name {
				var err error
				if evals[i], err = b.env.Expr(it.Expr, now); err != nil {
					return exec.Act{}, err
				}
			}
		}
		if evals[i] == nil {
			return exec.Act{}, fmt.Errorf("nothing makes the column %q", c.Name)
		}
	}
	return exec.Act{Topic: e.Topic, Row: func(at int64) (*operators.Batch, []operators.Failure, error) {
		in := &operators.Batch{Rows: 1, Cols: []arrow.Array{kernel.NewValues(b.alloc, types.TTimestamp, []int64{at})}}
		defer in.Release()
		rows := &operators.Rows{Alloc: b.alloc, Batch: in}
		out := &operators.Batch{Rows: 1}
		for _, e := range evals {
			out.Cols = append(out.Cols, operators.Full(b.alloc, rows.Eval(e), 1))
		}
		return out, rows.Failed, nil
	}}, nil
}

// snapshotAct keeps the rows of a stream and writes them to a sink.
func (b *builder) snapshotAct(o *Options, s *ir.ScheduleSnapshot, tables map[string]bool) (exec.Act, error) {
	end, ok := b.end(s.Of)
	if !ok {
		return exec.Act{}, fmt.Errorf("there is no table %q", s.Of)
	}
	if !tables[s.Of] {
		tables[s.Of] = true
		b.add(&exec.Node{Name: "table:" + s.Of, Stream: s.Of, In: []plan.Edge{end}, Table: &exec.Table{Name: s.Of}})
	}
	act := exec.Act{Table: s.Of, Snapshot: &exec.Snapshot{Name: "sink " + s.Sink}}
	if o == nil {
		return act, nil
	}
	for _, sink := range b.g.Sinks {
		if sink.Name != s.Sink {
			continue
		}
		p, err := sinkPlace(sink)
		if err != nil {
			return act, err
		}
		stream := *b.out.Nodes[end.Node].Ports[end.Port]
		stream.Kind = types.Append // the rows that are there, not how they came to be
		act.Snapshot.Label = p.uri.Path
		act.Snapshot.Write = func(_ context.Context, rows *operators.Batch) error { return writeOnce(o, &stream, p, rows) }
	}
	return act, nil
}

// writeOnce writes rows to an output of their own.
func writeOnce(o *Options, stream *types.Stream, p place, rows *operators.Batch) error {
	w, err := openWriter(o.System, stream, p, nil)
	if err != nil {
		return err
	}
	if rows != nil {
		err = w.Write(rows)
	}
	if closed := w.Close(); err == nil {
		err = closed
	}
	return err
}
