package build_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/compiler/lower"
	"github.com/edynamic/edynamic/runtime/clock"
	"github.com/edynamic/edynamic/runtime/exec"
)

// hasty is a clock on which much time goes by between two looks, so that every pull of
// rows is worth a word.
type hasty struct {
	clock.Clock
	now time.Time
}

func (h *hasty) Now() time.Time {
	h.now = h.now.Add(time.Second)
	return h.now
}

const endingProgram = `schema R { k: string v: long at: timestamp }
topic a: R { time: at watermark: complete }
stream checked = from a |> extend q = 100 / v |> where 100 % v <= 100
stream hourly = from checked |> window tumbling 1h |> aggregate n = count(), sum = sum(v) by k
stream shares = from hourly |> select k, start = window.start, sum, rest = 10 % (n - 1)
sink wrong from errors to "errors.ndjson"
sink right from shares to "shares.ndjson"
`

// TestErrorsDoNotWaitForTheEnd: rows that fail at once leave while rows are read, although
// windows close at the end of input only; those of windows stand behind them, in the same
// order however rows are cut into batches.
func TestErrorsDoNotWaitForTheEnd(t *testing.T) {
	var rows strings.Builder
	const n = 3000
	for i := range n {
		v := fmt.Sprint(i % 3)
		if i%5 == 0 {
			v = `"x"`
		}
		k := string(rune('a' + i%2))
		if i == 1001 || i == 1003 {
			v = "9223372036854775807" // the sum of one group fails
		}
		if i == 2002 {
			k = "alone" // and the row of one below it
		}
		fmt.Fprintf(&rows, "{\"k\":%q,\"v\":%s,\"at\":%q}\n", k, v, time.Date(2026, 1, 1, 0, 0, i*10, 0, time.UTC).Format(time.RFC3339))
	}
	want := ""
	for _, opt := range settings {
		w := newWorld(t, map[string]string{"a.ndjson": rows.String()})
		early := int64(0)
		opt.Clock = &hasty{Clock: clock.Real{}}
		opt.Progress = func(p exec.Progress) {
			if p.Rows < n {
				early = max(early, p.Errors)
			}
		}
		opt.Inputs = map[string]string{"a": w.dir + "/a.ndjson"}
		w.run(endingProgram, opt, lower.Options{})
		if opt.BatchRows < n && early < n/4 {
			t.Errorf("%d rows, %d instances: %d errors had left before the end", opt.BatchRows, opt.Parallel, early)
		}
		got := strings.ReplaceAll(w.read("errors.ndjson"), w.dir, "")
		if want == "" {
			want = got
			lines := strings.Split(strings.TrimSpace(want), "\n")
			last := strings.Join(lines[len(lines)-2:], "\n")
			if !strings.Contains(last, `"stage":"aggregate"`) || !strings.Contains(last, `"stage":"select"`) {
				t.Errorf("the last records are\n%s", last)
			}
			// a fifth has no number, and a third of the others is 0
			if len(lines) != n/5+n/5*4/3+2 {
				t.Errorf("%d error records", len(lines))
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%d rows, %d instances (-want +got):\n%s", opt.BatchRows, opt.Parallel, diff)
		}
	}
}
