package build_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/edynamic/edynamic/operators/optest"
	"github.com/edynamic/edynamic/runtime/build"
	"github.com/edynamic/edynamic/runtime/checkpoint"
	"github.com/edynamic/edynamic/runtime/clock"
	"github.com/edynamic/edynamic/runtime/log"
	"github.com/edynamic/edynamic/runtime/log/event"
	"github.com/edynamic/edynamic/runtime/registry"
)

// TestRecordedTexts runs programs that do not read some texts of their topic, over records of
// which some cannot be read, or not like the others, or have no time; the run is stopped now and
// then and gone on with. The topic's record has all rows, once, with all their texts.
func TestRecordedTexts(t *testing.T) {
	r := optest.Random(t)
	const n = 12_000
	var input, second strings.Builder
	want := map[int64]string{}
	for i := range n {
		s := fmt.Sprintf("text %d", r.IntN(100_000))
		line := fmt.Sprintf(`{"n":%d,"s":"%s","u":"u%d","at":%d}`, i, s, i%7, 1000*i)
		switch r.IntN(400) {
		case 0:
			s = `a "quoted" text`
			line = fmt.Sprintf(`{"n":%d,"s":"a \"quoted\" text","u":"u%d","at":%d}`, i, i%7, 1000*i)
		case 1:
			line = fmt.Sprintf(`{ "at": %d, "s": "%s", "u": "u%d", "n": %d }`, 1000*i, s, i%7, i)
		case 2:
			line, s = `{"n":"no number","s":"x","u":"","at":1}`, ""
		case 3:
			line, s = fmt.Sprintf(`{"n":%d,"s":"x","u":"","at":99999999999999}`, i), "" // too far ahead
		}
		if s != "" {
			want[int64(i)] = s + "/" + fmt.Sprintf("u%d", i%7)
		}
		if to := &input; true {
			if i >= n/2 {
				to = &second
			}
			to.WriteString(line + "\n")
		}
	}
	const head = `
schema Row { n: long  s: string  u: string  at: timestamp }
topic rows: Row { time: at  watermark: 0s  max_ahead: 1d%s }
source file_in from file into rows { path: "%s"  format: ndjson(timestamps: epoch_millis) }
`
	const out = "\nsink o from kept to file { path: \"out.ndjson\"  format: ndjson(timestamps: epoch_millis) }\nsink p from errors to \"errors.ndjson\"\n"
	for _, c := range []struct{ name, settings, path, program string }{
		{"columns that are not read", "", "all.ndjson", "stream kept = from rows |> where n % 3 == 0 |> select n, at"},
		{"columns that are copied", "", "all.ndjson", "stream kept = from rows |> where n % 3 == 0"},
		{"a window", "", "all.ndjson", "stream kept = from rows |> window tumbling 1m |> aggregate c = count() by n"},
		{"windows with one best", "", "all.ndjson", "stream kept = from rows |> window hopping 1m every 10s |> aggregate c = count() by u |> top 1 by c desc"},
		{"rows that are remembered", "", "all.ndjson", "stream kept = from rows |> dedup by n within 1d"},
		{"partitions by a key", "  key: n  partitions: 3", "all.ndjson", "stream kept = from rows |> select n"},
		{"two files that are merged", "", "half*.ndjson", "stream kept = from rows |> select n"},
		{"another topic", "", "all.ndjson", "topic others: Row { time: at }\nstream moved = from rows |> into others\nstream kept = from others |> select n"},
	} {
		for _, opt := range []build.Options{{BatchRows: 4096}, {BatchRows: 100}, {BatchRows: 4096, Parallel: 2}} {
			w := newWorld(t, map[string]string{"all.ndjson": input.String() + second.String(), "half1.ndjson": input.String(), "half2.ndjson": second.String()})
			text := fmt.Sprintf(head, c.settings, c.path) + c.program + out
			l := log.NewMemory()
			for stops := 0; ; stops++ {
				ctx, stop := context.WithCancel(context.Background())
				if stops < 3 {
					time.AfterFunc(time.Duration(r.IntN(8))*time.Millisecond, stop)
				}
				run, err := checkpoint.Open(l, "recorded", time.Millisecond, clock.Real{})
				must(t, err)
				opt.System, opt.Data = w.system, &build.Data{Log: l, Run: run, Registry: registry.Open(l)}
				j, err := build.New(context.Background(), w.durablePlan(text, []string{"kept", "errors"}), opt)
				must(t, err)
				sum, err := j.Run(ctx)
				must(t, errors.Join(err, j.Close(), run.Close()))
				stop()
				if !sum.Interrupted {
					break
				}
			}
			topics := []string{"rows"}
			if strings.Contains(c.program, "others") {
				topics = append(topics, "others")
			}
			for _, topic := range topics {
				if have := recorded(t, l, topic); !sameRows(t, have, want) {
					t.Fatalf("%s, %d rows a batch, %d workers: topic %s has other rows", c.name, opt.BatchRows, opt.Parallel, topic)
				}
			}
			must(t, l.Close())
		}
	}
}

// TestOtherForm refuses a topic whose events have a form that is not known before anything is
// written behind them.
func TestOtherForm(t *testing.T) {
	w := newWorld(t, map[string]string{"rows.ndjson": `{"n":1}` + "\n"})
	const text = "schema Row { n: long }\ntopic rows: Row {}\nsource in from file into rows { path: \"rows.ndjson\" }\nstream kept = from rows\n"
	l := log.NewMemory()
	defer l.Close()
	must(t, l.Declare(log.Topic{Name: "rows", Partitions: 1}))
	_, err := l.Commit(&log.Tx{Appends: []log.Append{{Topic: "rows", Expect: -1, N: 1, Payload: []byte("edy\x02...")}}})
	must(t, err)
	run, err := checkpoint.Open(l, "form", time.Second, clock.Real{})
	must(t, err)
	defer run.Close()
	opt := build.Options{System: w.system, Data: &build.Data{Log: l, Run: run, Registry: registry.Open(l)}}
	_, err = build.New(context.Background(), w.durablePlan(text, []string{"kept"}), opt)
	if err == nil || !strings.Contains(err.Error(), "topic rows: reading events: they were written by another version of edyc") {
		t.Errorf("events of another form: %v", err)
	}
	if head, err := l.Head("rows", 0); err != nil || head.Next != 1 {
		t.Errorf("%d events, %v: there is one", head.Next, err)
	}
}

// recorded are the texts of the rows of a topic by their numbers.
func recorded(t *testing.T, l log.Log, topic string) map[int64][]string {
	t.Helper()
	have := map[int64][]string{}
	known, _ := l.Topic(topic)
	for p := range known.Partitions {
		if _, err := log.Verify(l, topic, p); err != nil {
			t.Fatal(err)
		}
		head, err := l.Head(topic, p)
		must(t, err)
		for at := head.First; at < head.Next; {
			entries, err := l.Read(topic, p, at, 1<<20)
			must(t, err)
			for _, e := range entries {
				rows, err := event.Decode(e.Payload)
				must(t, err)
				for i := range rows.N {
					n := rows.Cols[0].(*array.Int64).Value(i)
					have[n] = append(have[n], rows.Cols[1].(*array.String).Value(i)+"/"+rows.Cols[2].(*array.String).Value(i))
				}
				at = e.Next()
			}
		}
	}
	return have
}

func sameRows(t *testing.T, have map[int64][]string, want map[int64]string) bool {
	t.Helper()
	same := len(have) == len(want)
	for n, text := range want {
		if len(have[n]) != 1 || have[n][0] != text {
			t.Errorf("row %d is %q, want %q", n, have[n], text)
			return false
		}
	}
	if !same {
		t.Errorf("%d rows, want %d", len(have), len(want))
	}
	return same
}
