package check_test

import (
	"strings"
	"testing"

	"github.com/edynamic/edynamic/lang/diag"
)

const boundHead = `module bounds timezone "UTC"
enum Kind { a b c }
const regions = ["eu", "us"]
schema R { k: string  region: string  note: string?  kind: Kind  ok: boolean  v: long  at: timestamp }
topic rows: R { time: at  watermark: 10s }
topic few: R { key: k  mode: upsert  bounded: true }
topic many: R { key: k  mode: upsert  time: at  watermark: 10s }
stream s = from `

// Every stateful stage says how much it can hold (TYPES 4.5), or is refused.
func TestBounds(t *testing.T) {
	for _, c := range []struct{ pipeline, want string }{
		{"rows |> aggregate n = count() by k keep 30d", "|k| (rows/s x 30d)"},
		{"rows |> aggregate n = count() by k, kind keep 1h30m", "|k| x 3 (rows/s x 1h30m)"},
		{"rows |> aggregate n = count() by k keep forever", "infinity (|k|, kept forever)"},
		{"rows |> aggregate n = count()", "1"},
		{"rows |> aggregate n = count() by kind, ok", "3 x 2"},
		{"rows |> aggregate n = count() by big = v > 5", "2"},
		{`rows |> aggregate n = count() by size = if v > 5 then "large" else "small"`, "2"},
		{"rows |> where region in regions |> aggregate n = count() by region", "2"},
		{`rows |> where region == "eu" |> aggregate n = count() by region, kind`, "1 x 3"},
		{"rows |> where region in regions and v > 1 |> select where_ = region, kind |> aggregate n = count() by where_", "2"},
		{`rows |> where region in regions |> extend region = k |> aggregate n = count() by region`, "E0501"},
		{"rows |> where not (region in regions) |> aggregate n = count() by region", "E0501"},
		{`rows |> where region in ("eu", "us") or v > 1 |> aggregate n = count() by region`, "E0501"},
		{"rows |> where region in (k, \"us\") |> aggregate n = count() by region", "E0501"},
		{"rows |> aggregate n = count() by day = date(at)", "|day|, as far as event time has come"},
		{"rows |> extend day = date(at) |> aggregate n = count() by k, day", "|k| x |day|, as far as event time has come"},
		{"rows |> extend day = date(at) |> select k, day |> aggregate n = count() by k, day", "|k| x |day|, as far as event time has come"},
		{"rows |> aggregate n = count() by k", "E0501"},
		{"few |> aggregate n = count() by region", "|region| of a bounded input"},
		{"rows |> window tumbling 1h |> aggregate n = count() by k", "|k| per open window (rows/s x 1h10s)"},
		{"rows |> window hopping 1h every 1m lateness 5m |> aggregate n = count() by k, kind", "|k| x 3 per open window (rows/s x 1h5m10s)"},
		{"rows |> window tumbling 1h |> aggregate n = count() by kind", "3 per open window"},
		{"rows |> top 10 by v desc per k keep 7d", "|k| x 10 (rows/s x 7d)"},
		{"rows |> top 10 by v desc", "10"},
		{"rows |> top 10 by v desc per kind", "3 x 10"},
		{"rows |> top 10 by v desc per k", "E0501"},
		{"rows |> window tumbling 1h |> top 2 by v per k", "|k| x 2 per open window (rows/s x 1h10s)"},
		{"many |> top 10 by v desc keep 7d", "|k| (rows/s x 7d)"},
		{"many |> top 10 by v desc", "E0501"},
		{"many |> select k, region, at |> where region in regions |> latest by region", "infinity (|k|, kept forever)"},
		{"rows |> aggregate n = count(), at = max(at) by kind |> top 1 by n desc", "3"},
		{"rows |> latest by k keep 1d", "|k| (rows/s x 1d)"},
		{"rows |> latest by kind", "3"},
		{"rows |> latest by k", "E0501"},
		{"rows |> dedup by k within 1h", "|k| (rows/s x 1h)"},
		{"rows |> dedup by k", "E0505"},
		{"rows |> upserts by k", "infinity (|k|, kept forever)"},
		{"rows |> upserts by kind", "3"},
		{"many |> expire after 2h", "|k| (rows/s x 2h)"},
		{"many |> aggregate n = count() by k keep forever", "infinity (|k|, kept forever)"},
	} {
		r := checkText(t, "bounds.edy", boundHead+c.pipeline)
		if strings.HasPrefix(c.want, "E") {
			if len(r.Diags.Items) == 0 || r.Diags.Items[0].Code != diag.Code(c.want) {
				t.Errorf("%s: %v, want %s", c.pipeline, r.Diags.Items, c.want)
			}
			continue
		}
		for _, d := range r.Diags.Items {
			if d.Severity == diag.Error {
				t.Errorf("%s: %s", c.pipeline, line(d))
			}
		}
		for _, s := range r.Program.Streams {
			stages := s.Pipeline.Stages
			if got := stages[len(stages)-1].Type.BoundText; got != c.want {
				t.Errorf("%s: %s, want %s", c.pipeline, got, c.want)
			}
		}
	}
}
