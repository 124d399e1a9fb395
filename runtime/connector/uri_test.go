package connector

import (
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/types"
)

func TestParseURI(t *testing.T) {
	cases := []struct {
		in   string
		want URI
		bad  string
	}{
		{in: "data.ndjson", want: URI{Path: "data.ndjson"}},
		{in: "-", want: URI{Path: "-"}},
		{in: "-?format=csv", want: URI{Path: "-", Options: map[string]string{"format": "csv"}}},
		{in: "a/b c.csv?header=false&delimiter=%3b", want: URI{Path: "a/b c.csv", Options: map[string]string{"header": "false", "delimiter": ";"}}},
		{in: "d.csv?timestamps=yyyy-MM-dd HH:mm&zone=+02:00", want: URI{Path: "d.csv", Options: map[string]string{"timestamps": "yyyy-MM-dd HH:mm", "zone": "+02:00"}}},
		{in: "d.csv?null=", want: URI{Path: "d.csv", Options: map[string]string{"null": ""}}},
		{in: "day-?.csv", want: URI{Path: "day-?.csv"}},
		{in: "day-?.csv?header=true", want: URI{Path: "day-?.csv", Options: map[string]string{"header": "true"}}},
		{in: "d.csv?", want: URI{Path: "d.csv"}},
		{in: "", bad: `"" has no path`},
		{in: "?a=b", bad: `"?a=b" has no path`},
		{in: "d.csv?a=b&c", bad: `"d.csv?a=b&c": "c" is not a setting such as format=csv`},
		{in: "d.csv?a=1&a=2", bad: `"d.csv?a=1&a=2": the setting a is given twice`},
		{in: "d.csv?a=%zz", bad: `"d.csv?a=%zz": the value of a is not escaped correctly: "%zz"`},
		{in: "mqtt://x/y?a=b", bad: `"mqtt://x/y?a=b": there is no connector "mqtt" for a URI; it is a path, or - for standard input and output`},
	}
	for _, c := range cases {
		got, err := ParseURI(c.in)
		if c.bad != "" {
			if err == nil || err.Error() != c.bad {
				t.Errorf("%s: %v", c.in, err)
			}
			continue
		}
		if c.want.Options == nil {
			c.want.Options = map[string]string{}
		}
		if d := cmp.Diff(c.want, got); d != "" || err != nil {
			t.Errorf("%s: %v %s", c.in, err, d)
		}
	}
}

func TestWith(t *testing.T) {
	u, err := ParseURI("d.csv?header=false")
	if err != nil {
		t.Fatal(err)
	}
	got := u.With(map[string]string{"header": "true", "null": "NA"})
	if d := cmp.Diff(map[string]string{"header": "false", "null": "NA"}, got.Options); d != "" {
		t.Error(d)
	}
	if v, ok := got.Take("null"); v != "NA" || !ok || len(got.Options) != 1 || len(u.Options) != 1 {
		t.Error(v, ok, got.Options, u.Options)
	}
}

func TestSettings(t *testing.T) {
	got, err := Settings(map[string]any{
		"path": "x.txt", "follow": true, "poll": time.Second, "changes": ir.SettingWord("final"),
		"format": ir.SettingCall{Name: "csv", Args: map[string]any{"header": false, "max_record": int64(100), "null": types.Dec{Unscaled: big.NewInt(15), Scale: 1}}},
	})
	want := URI{Path: "x.txt", Options: map[string]string{
		"follow": "true", "poll": "1s", "changes": "final", "format": "csv", "header": "false", "max_record": "100", "null": "1.5",
	}}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Error(err, d)
	}
	if _, err := Settings(map[string]any{"path": []any{}}); err == nil {
		t.Error("a list is a path")
	}
}

// FuzzURI parses anything: no panic, and a path that was understood is a part of
// the text.
func FuzzURI(f *testing.F) {
	f.Add("a?b=c&d=%20")
	f.Add("-?x")
	f.Fuzz(func(t *testing.T, s string) {
		u, err := ParseURI(s)
		if err == nil && (u.Path == "" || !strings.HasPrefix(s, u.Path)) {
			t.Fatalf("%q has the path %q", s, u.Path)
		}
	})
}
