package stdlib

import (
	"regexp"
	"strings"
	"testing"
)

// checkExpr evaluates an expression and compares it with a result, both as text.
func checkExpr(t *testing.T, expr, want string) {
	t.Helper()
	r := &runner{t: t, text: expr}
	got := r.eval(parseText(expr), nil)
	fail, failed := got.v.(failure)
	if reason, ok := strings.CutPrefix(want, "error: "); ok {
		if !failed || fail.reason != reason {
			t.Errorf("%s\n got %v\nwant the failure %s", expr, got.v, reason)
		}
		return
	}
	value := r.coerce(r.eval(parseText(want), nil), got.t.NonNull())
	if failed || !equalValues(got.v, value.v) {
		t.Errorf("%s\n got %v (%s)\nwant %v", expr, got.v, got.t, value.v)
	}
}

func TestExamples(t *testing.T) {
	for _, f := range Functions() {
		t.Run(f.Name, func(t *testing.T) {
			for _, e := range f.Examples {
				checkExpr(t, e.Expr, e.Result)
			}
		})
	}
}

var sentence = regexp.MustCompile(`^[A-Z].*[.]$`)

func TestDocumentation(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range Functions() {
		if seen[f.Name] {
			t.Errorf("%s is listed twice", f.Name)
		}
		seen[f.Name] = true
		if f.Group == "" || !sentence.MatchString(f.Doc) {
			t.Errorf("%s lacks a group or its doc is not made of sentences: %q", f.Name, f.Doc)
		}
		if len(f.Examples) < 2 && !f.Volatile {
			t.Errorf("%s has %d examples, two are the least", f.Name, len(f.Examples))
		}
		if len(f.Kernels) != len(f.Overloads) {
			t.Errorf("%s has %d kernels for %d overloads", f.Name, len(f.Kernels), len(f.Overloads))
		}
		fails := false
		for i, s := range f.Overloads {
			if s.Name != f.Name {
				t.Errorf("%s has a signature of %s", f.Name, s.Name)
			}
			if f.Kernels[i] == nil {
				t.Errorf("%s has no kernel for %s", f.Name, s.Text)
			}
			if strings.HasPrefix(f.Name, "parse_") && !s.Fallible {
				t.Errorf("%s must be fallible, as its name says", s.Text)
			}
			for _, p := range s.Params {
				if reserved[p.Name] {
					t.Errorf("%s: %s is a reserved word", s.Text, p.Name)
				}
			}
			fails = fails || s.Fallible
		}
		if fails && f.Failure == "" {
			t.Errorf("%s does not say when it fails", f.Name)
		}
		if Lookup(f.Name) != f {
			t.Errorf("Lookup(%q) gives another function", f.Name)
		}
	}
	if len(seen) < 150 {
		t.Errorf("%d functions", len(seen))
	}
	if Lookup("no_such_function") != nil {
		t.Error("Lookup gives a function for any name")
	}
}

// Every overload must be called by an example or a case.
func TestEveryOverloadRuns(t *testing.T) {
	r := &runner{t: t, ran: map[string]bool{}}
	run := func(text string) {
		r.text = text
		r.eval(parseText(text), nil)
	}
	for _, f := range Functions() {
		for _, e := range f.Examples {
			run(e.Expr)
		}
	}
	for _, c := range cases {
		run(c[0])
	}
	for _, f := range Functions() {
		for _, s := range f.Overloads {
			if !r.ran[s.Text] && !f.Volatile {
				t.Errorf("no example or case runs %s", s.Text)
			}
		}
	}
}

var reserved = func() map[string]bool {
	words := map[string]bool{}
	for _, w := range strings.Fields("and or not in is between like matches if then else case when end where by per over on true false null try fn as from to") {
		words[w] = true
	}
	return words
}()

func TestCases(t *testing.T) {
	for _, c := range cases {
		t.Run(c[0], func(t *testing.T) { checkExpr(t, c[0], c[1]) })
	}
}

func BenchmarkMakeAll(b *testing.B) {
	for b.Loop() {
		for _, make := range makers {
			make()
		}
	}
}
