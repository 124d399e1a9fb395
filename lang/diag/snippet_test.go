package diag

import (
	"testing"

	"github.com/edynamic/edynamic/lang/source"
	"github.com/google/go-cmp/cmp"
)

func TestSnippets(t *testing.T) {
	tests := []struct {
		name string
		fill func(t *testing.T, l *List)
	}{
		{"span_over_lines", func(t *testing.T, l *List) {
			f := source.New("a.edy", "stream a =\n  from b\n  |> where x\n     > 1\n     and y\n     > 2\n  |> drop z\n")
			start := on(t, f, 3, "where")
			end := on(t, f, 6, "2")
			l.Error("E0300", start.Join(end), "this is no condition", "long").
				Label(on(t, f, 2, "b"), "declared elsewhere")
		}},
		{"span_with_line_end", func(t *testing.T, l *List) {
			f := source.New("a.edy", "abc\ndef\nghi\n")
			l.Error("E0300", source.Span{File: f, Start: 0, End: 8}, "two whole lines", "here")
		}},
		{"tabs_and_wide_characters", func(t *testing.T, l *List) {
			f := source.New("a.edy", "\t|> where\tcity == \"東京\" and é == 温度\n")
			l.Error("E0202", on(t, f, 1, "温度"), `there is no column "温度" here`, "").
				Label(on(t, f, 1, `"東京"`), "a string")
		}},
		{"labels_stacked", func(t *testing.T, l *List) {
			f := source.New("a.edy", "  |> select a + b, c\n")
			l.Error("E0301", on(t, f, 1, "+"), "these do not add up", "no such sum").
				Label(on(t, f, 1, "a"), "string").
				Label(on(t, f, 1, "b"), "long").
				Label(on(t, f, 1, "c"), "bytes")
		}},
		{"label_around_another", func(t *testing.T, l *List) {
			f := source.New("a.edy", "  |> where f(x) + 1\n")
			l.Error("E0301", on(t, f, 1, "x"), "wrong kind", "string").
				Label(on(t, f, 1, "f(x) + 1"), "in this sum")
		}},
		{"end_of_file", func(t *testing.T, l *List) {
			f := source.New("a.edy", "stream a =\n  from")
			l.Error("E0101", source.Span{File: f, Start: len(f.Text), End: len(f.Text)}, "the file ends here", "a name should follow")
		}},
		{"after_the_last_line_end", func(t *testing.T, l *List) {
			f := source.New("a.edy", "stream a =\n")
			l.Error("E0101", source.Span{File: f, Start: len(f.Text), End: len(f.Text)}, "the file ends here", "")
		}},
		{"no_place", func(t *testing.T, l *List) {
			l.Error("E0606", source.Span{}, "there is no registry", "").
				Note("the file names none").Because("nothing was said.").Fix(Maybe, "start one", "")
		}},
		{"several_files", func(t *testing.T, l *List) {
			a := source.New("a.edy", "import b.{Bid}\ntopic bids: Bid { key: idd }\n")
			b := sparse("lib/b.edy", map[int]string{101: "schema Bid {", 102: "  id: long"})
			l.Error("E0202", on(t, a, 2, "idd"), `"Bid" has no column "idd"`, `did you mean "id"?`).
				Label(on(t, b, 102, "id"), "declared here").
				Label(on(t, a, 1, "Bid"), "imported here")
		}},
		{"warning_and_order", func(t *testing.T, l *List) {
			b := source.New("b.edy", "one two\n")
			a := source.New("a.edy", "three\n")
			l.Error("E0202", on(t, b, 1, "two"), "second in b", "")
			l.Warn("W0804", on(t, b, 1, "one"), "first in b", "")
			l.Error("E0202", on(t, a, 1, "three"), "in a", "")
		}},
		{"control_characters", func(t *testing.T, l *List) {
			f := source.New("a.edy", "where \x1b[2J \u202e x\r\n")
			l.Error("E0101", on(t, f, 1, "x"), "odd \x1b[31m text", "")
		}},
		{"long_why_is_wrapped", func(t *testing.T, l *List) {
			l.Error("E0501", source.Span{}, "too long", "").
				Because("this is a sentence of which nobody thought to break the lines, and so it goes on and on, past the edge of the paper and over the table.")
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := &List{}
			tt.fill(t, l)
			if diff := cmp.Diff(golden(t, tt.name), render(t, l, Options{})); diff != "" {
				t.Errorf("differs from testdata/%s.golden (-want +got)\n%s", tt.name, diff)
			}
		})
	}
}

// FuzzRender feeds spans that may lie anywhere: no file and no span may break the renderings.
func FuzzRender(f *testing.F) {
	f.Add("stream a =\n\tfrom 東京\r\n", 3, 20, 0, 99)
	f.Add("", 0, 0, -1, 5)
	f.Fuzz(func(t *testing.T, text string, start, end, start2, end2 int) {
		file := source.New("f.edy", text)
		l := &List{}
		l.Error("E0101", source.Span{File: file, Start: start, End: end}, "m", "first").
			Label(source.Span{File: file, Start: start2, End: end2}, "second").
			Label(source.Span{File: file, Start: start2, End: start2}, "").
			Fix(Apply, "t", "p", Edit{source.Span{File: file, Start: start, End: end}, "x"})
		for _, format := range []Format{Long, Short, JSON} {
			for _, color := range []bool{false, true} {
				if render(t, l, Options{Format: format, Color: color}) == "" {
					t.Error("nothing was written")
				}
			}
		}
		ApplyFixes(file, l.Items[0].Fixes)
	})
}
