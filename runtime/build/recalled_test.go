package build_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/operators/optest"
	"github.com/edynamic/edynamic/runtime/build"
	"github.com/edynamic/edynamic/runtime/checkpoint"
	"github.com/edynamic/edynamic/runtime/clock"
	"github.com/edynamic/edynamic/runtime/log"
	"github.com/edynamic/edynamic/runtime/log/event"
	"github.com/edynamic/edynamic/runtime/registry"
)

// TestRecalled stops a run over files of CSV now and then, which wait for each other by their
// times: each error record of a line tells the header of its file. Then the lines are read once
// more, by a program that takes what was wrong with them for null, and stopped, too.
func TestRecalled(t *testing.T) {
	r := optest.Random(t)
	const n = 1000
	files := map[string]*strings.Builder{"a.csv": {}, "b.csv": {}}
	files["a.csv"].WriteString("n;s;at\n")
	files["b.csv"].WriteString("at;extra;s;n\r\n")
	want, bad := map[string]string{}, 0
	for i := range n {
		value, s, at := fmt.Sprint(i), fmt.Sprintf("text %d", i%7), fmt.Sprint(1000*i)
		name := []string{"a.csv", "b.csv"}[r.IntN(2)]
		origin := fmt.Sprintf("%s@%d", name, files[name].Len())
		want[origin] = value + "/" + s + "\";\n"
		if r.IntN(5) == 0 {
			bad++
			value, want[origin] = "none", "(null)/"+s+"\";\n"
		}
		if name == "a.csv" {
			fmt.Fprintf(files[name], "%s;\"%s\"\";\n\";%s\n", value, s, at)
		} else {
			fmt.Fprintf(files[name], "%s;;\"%s\"\";\n\";%s\r\n", at, s, value)
		}
	}
	w := newWorld(t, map[string]string{"a.csv": files["a.csv"].String(), "b.csv": files["b.csv"].String()})
	const text = `
schema Row { n: long%s  s: string  at: timestamp }
topic rows: Row { time: at  watermark: 0s }
source file_in from file into rows { path: "*.csv"  format: csv(delimiter: ";", null: "none", timestamps: epoch_millis) }
stream kept = from rows |> select n
`
	l := log.NewMemory()
	defer l.Close()
	for _, nullable := range []string{"", "?"} {
		program := fmt.Sprintf(text, nullable)
		for stops := 0; ; stops++ {
			alloc := memory.NewCheckedAllocator(memory.DefaultAllocator)
			ctx, stop := context.WithCancel(context.Background())
			if stops < 4 {
				time.AfterFunc(time.Duration(r.IntN(6))*time.Millisecond, stop)
			}
			run, err := checkpoint.Open(l, "recalled"+nullable, time.Millisecond, clock.Real{})
			must(t, err)
			opt := build.Options{System: w.system, BatchRows: []int{1, 7, 4096}[r.IntN(3)], Alloc: alloc,
				Data: &build.Data{Log: l, Run: run, Registry: registry.Open(l), Writes: nullable != ""}}
			g := w.durablePlan(program, []string{"kept", "errors"})
			if nullable != "" {
				over := &build.Replay{Log: l, Registry: registry.Open(l), To: build.Bound{Offset: -1}}
				rows, err := over.FailedRows("errors")
				must(t, err)
				if len(rows) != bad {
					t.Fatalf("%d error records, want %d", len(rows), bad)
				}
				for _, f := range rows {
					header := map[string]string{"a.csv": "n;s;at", "b.csv": "at;extra;s;n"}[f.Input.Name]
					if !f.Refused || f.Input.Topic != "rows" || f.Input.Header != header || f.Input.Format != "csv?delimiter=;&null=none&timestamps=epoch_millis" {
						t.Fatalf("the error record of %s is of %+v", f.Origin, f.Input)
					}
				}
				prog := w.program(program)
				g, err = build.TopicOf(prog, "rows")
				must(t, err)
				opt.Recalled = &build.Recalled{Topic: "rows", Sources: prog.Sources, Rows: rows}
			}
			j, err := build.New(context.Background(), build.WithErrors(g), opt)
			must(t, err)
			sum, err := j.Run(ctx)
			must(t, errors.Join(err, j.Close(), run.Close()))
			stop()
			if !sum.Interrupted {
				alloc.AssertSize(t, 0)
				break
			}
		}
	}
	if diff := cmp.Diff(want, byOrigin(t, l, "rows")); diff != "" {
		t.Errorf("the topic: -want +got\n%s", diff)
	}
}

// byOrigin are the first two columns of the rows of a topic by where they were read.
func byOrigin(t *testing.T, l log.Log, topic string) map[string]string {
	t.Helper()
	have := map[string]string{}
	head, err := l.Head(topic, 0)
	must(t, err)
	for at := head.First; at < head.Next; {
		entries, err := l.Read(topic, 0, at, 1<<20)
		must(t, err)
		for _, e := range entries {
			rows, err := event.Decode(e.Payload)
			must(t, err)
			for i := range rows.N {
				if _, twice := have[rows.Origin(i)]; twice {
					t.Errorf("the row of %s is there twice", rows.Origin(i))
				}
				have[rows.Origin(i)] = rows.Cols[0].ValueStr(i) + "/" + rows.Cols[1].ValueStr(i)
			}
			at = e.Next()
		}
	}
	return have
}
