package file

import (
	"testing"

	"github.com/edynamic/edynamic/runtime/connector"
	"github.com/edynamic/edynamic/runtime/format"
)

// TestReadingText reads formats with settings of any text back as they were written.
func TestReadingText(t *testing.T) {
	for text, want := range map[string]format.Options{
		"csv":                                   {},
		"csv?delimiter=;":                       {"delimiter": ";"},
		"csv?delimiter=\t&null=a%26b%25=%3F":    {"delimiter": "\t", "null": "a&b%=?"},
		"ndjson?timestamps=yyyy-MM-dd HH:mm:ss": {"timestamps": "yyyy-MM-dd HH:mm:ss"},
	} {
		r, err := ReadingOf(text)
		if err != nil || r.String() != text {
			t.Errorf("%q is %q, %v", text, r, err)
		}
		for name, v := range want {
			if r.Options[name] != v {
				t.Errorf("%q: %s is %q, want %q", text, name, r.Options[name], v)
			}
		}
	}
	for _, text := range []string{"cvs", "csv?tag=x", "csv?delimiter"} {
		if r, err := ReadingOf(text); err == nil {
			t.Errorf("%q is %q", text, r)
		}
	}
}

// TestReadingIn finds how files are read by their names, whether or not they are there.
func TestReadingIn(t *testing.T) {
	for _, c := range []struct{ uri, dir, name, want string }{
		{"in/*.csv?delimiter=;", "/p", "in/a.csv", "csv?delimiter=;"},
		{"in/*.csv", "/p", "in/b/a.csv", ""},
		{"in/*.csv", "/p", "a.csv", ""},
		{"./a.csv", "/p", "a.csv", "csv"},
		{"/q/a*", "/p", "/q/a.tsv", "tsv"},
		{"in/*", "", "in/a.ndjson.gz", "ndjson"},
		{"in/[ab].csv", "", "in/b.csv", "csv"},
		{"-?format=csv", "/p", "-", "csv"},
		{"a.log?format=json&layout=array&follow=true", "/p", "a.log", "json?layout=array"},
	} {
		uri, err := connector.ParseURI(c.uri)
		if err != nil {
			t.Fatal(err)
		}
		r, ok, err := ReadingIn(uri, c.dir, c.name)
		if err != nil || ok != (c.want != "") || ok && r.String() != c.want {
			t.Errorf("%q in %q: %q is %q, %v, %v; want %q", c.uri, c.dir, c.name, r, ok, err, c.want)
		}
	}
}
