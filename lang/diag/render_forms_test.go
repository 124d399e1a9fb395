package diag

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/edynamic/edynamic/lang/source"
	"github.com/google/go-cmp/cmp"
)

// sample is one warning without a place and one error with two places and two fixes.
func sample(t *testing.T) *List {
	f := source.New("a.edy", "topic t: å\n  |> where x > 1\n")
	l := &List{}
	l.Error("E0310", on(t, f, 2, "x"), `"x" may be <null>`, "long?").
		Label(on(t, f, 1, "å"), "from here").
		Because("it may.").
		Note("a fact").
		Fix(Choose, "drop such rows", "|> require x", Edit{source.Span{File: f, Start: 14, End: 16}, "|> require x |>"}).
		Fix(Choose, "use a value", "x ?? 0")
	l.Warn("W0801", source.Span{}, "nothing here", "").Fix(Apply, "do it", "done")
	return l
}

func TestShortForm(t *testing.T) {
	want := "W0801 warning: nothing here\n" +
		"  fix (apply): done\n" +
		"a.edy:2:12: E0310 \"x\" may be <null>\n" +
		"  fix (choose): drop such rows; use a value\n"
	if diff := cmp.Diff(want, render(t, sample(t), Options{Format: Short})); diff != "" {
		t.Error(diff)
	}
}

func TestJSONForm(t *testing.T) {
	got := render(t, sample(t), Options{Format: JSON})
	if diff := cmp.Diff(golden(t, "json_form"), got); diff != "" {
		t.Error(diff)
	}
	if got := render(t, &List{}, Options{Format: JSON}); got != "[]\n" {
		t.Errorf("an empty list is %q", got)
	}
}

func TestAtMostTwentyAreShown(t *testing.T) {
	f := source.New("a.edy", strings.Repeat("x\n", 27))
	l := &List{}
	for line := 27; line >= 1; line-- {
		l.Error("E0202", on(t, f, line, "x"), fmt.Sprintf("message %d", line), "")
	}
	for _, tt := range []struct {
		opts  Options
		shown int
		tail  string
	}{
		{Options{}, 20, "\n\nand 7 more\n"},
		{Options{Max: 26}, 26, "\n\nand 1 more\n"},
		{Options{Max: 27}, 27, "  |\n"},
		{Options{Max: -1}, 27, "  |\n"},
		{Options{Format: Short}, 20, "message 20\nand 7 more\n"},
		{Options{Format: JSON}, 27, "]\n"},
	} {
		got := render(t, l, tt.opts)
		if n := strings.Count(got, "message "); n != tt.shown || !strings.HasSuffix(got, tt.tail) {
			t.Errorf("%+v shows %d and ends %q, want %d and %q", tt.opts, n, got[max(0, len(got)-20):], tt.shown, tt.tail)
		}
	}
	if l.Items[0].Message != "message 27" {
		t.Error("rendering reordered the list")
	}
}

func TestColorChangesNothingButColor(t *testing.T) {
	l := sample(t)
	for _, format := range []Format{Long, Short} {
		colored := render(t, l, Options{Format: format, Color: true})
		bare := colored
		for _, sequence := range append(ansi[1:], ansiReset) {
			bare = strings.ReplaceAll(bare, sequence, "")
		}
		if diff := cmp.Diff(render(t, l, Options{Format: format}), bare); diff != "" {
			t.Error(diff)
		}
		if !strings.Contains(colored, "\x1b[1;31mE0310\x1b[0m") || !strings.Contains(colored, "\x1b[1;33mW0801\x1b[0m") {
			t.Errorf("codes are not coloured by severity: %q", colored)
		}
	}
}

func TestUseColor(t *testing.T) {
	file, err := os.CreateTemp(t.TempDir(), "out")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	device, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer device.Close()
	env := func(key, value string) func(string) string {
		return func(k string) string {
			if k == key {
				return value
			}
			return ""
		}
	}
	for _, tt := range []struct {
		name string
		f    *os.File
		env  func(string) string
		want bool
	}{
		{"a regular file", file, env("", ""), false},
		{"a character device", device, env("", ""), true},
		{"NO_COLOR", device, env("NO_COLOR", "1"), false},
		{"a dumb terminal", device, env("TERM", "dumb"), false},
	} {
		if got := UseColor(tt.f, tt.env); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

func TestParseFormat(t *testing.T) {
	for name, want := range map[string]Format{"long": Long, "short": Short, "json": JSON} {
		if got, err := ParseFormat(name); err != nil || got != want {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	if _, err := ParseFormat("xml"); err == nil {
		t.Error("xml is no format")
	}
}

type brokenWriter struct{}

var errBroken = errors.New("disk full")

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

func TestRenderReportsTheWritersError(t *testing.T) {
	for _, format := range []Format{Long, Short, JSON} {
		if err := Render(brokenWriter{}, sample(t), Options{Format: format}); !errors.Is(err, errBroken) {
			t.Errorf("format %d: %v", format, err)
		}
	}
}

func TestJSONIsValid(t *testing.T) {
	var got []map[string]any
	if err := json.Unmarshal([]byte(render(t, sample(t), Options{Format: JSON})), &got); err != nil || len(got) != 2 {
		t.Errorf("%d items, %v", len(got), err)
	}
}
