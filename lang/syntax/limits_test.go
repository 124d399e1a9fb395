package syntax

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
)

// Nesting without end is a message, not a stack overflow, and what stands beside it is
// read.
func TestDepth(t *testing.T) {
	const n = 10_000
	for _, c := range []struct{ open, middle, end string }{
		{"(", "1", ")"}, {"[", "1", "]"}, {"{ a: ", "1", "}"}, {"not ", "a", ""}, {"-", "1", ""}, {"- ", "1", ""}, {"try ", "a", ""},
		{"f(", "1", ")"}, {"a[", "1", "]"}, {"x => ", "1", ""}, {"if a then ", "1", ""}, {"case when ", "a", ""}, {"1 + (", "2", ")"},
		{"if a then b else ", "c", ""}, {"a between ", "1", ""}, {"f\"{", "1", "}\""}, {"1 ?? (", "2", ")"}, {"!", "a", ""},
		{"fn(a) => ", "1", ""},
	} {
		text := "const a = " + strings.Repeat(c.open, n) + c.middle + strings.Repeat(c.end, n) + "\nconst b = 1\n"
		checkDeep(t, c.open, text)
	}
	for _, text := range []string{
		"schema A " + strings.Repeat("{ a: ", n) + "long" + strings.Repeat("}", n),
		"const a: " + strings.Repeat("array<", n) + "long" + strings.Repeat(">", n) + " = 1",
		"stream a = from " + strings.Repeat("(from ", n) + "b" + strings.Repeat(")", n),
		"stream a = from b |> match { pattern " + strings.Repeat("(", n) + "b" + strings.Repeat(")", n) + " emit * }",
		"topic a { b: " + strings.Repeat("{", n),
		"const a = b" + strings.Repeat(".c", n),
		"const a = b" + strings.Repeat("(1)", n),
		"const a = b" + strings.Repeat(" + 1", n),
		"const a = " + strings.Repeat("f\"{", n),
		"const a = " + strings.Repeat("f\"{ f'{", n),
		strings.Repeat(")", n), strings.Repeat("@a(", n), strings.Repeat("/// a\n", n), strings.Repeat("@a\n", n),
		strings.Repeat("stream a = from b |> where (\n", n/10),
		strings.Repeat("a\n", n/10), strings.Repeat("x = from\n", n/10),
	} {
		checkDeep(t, text[:30], text+"\nconst b = 1\n")
	}
}

func TestDepthMessage(t *testing.T) {
	for _, text := range []string{
		"const a = " + strings.Repeat("(", 300) + "1" + strings.Repeat(")", 300),
		"const a = " + strings.Repeat("not ", 300) + "b",
		"const a = 1" + strings.Repeat(" + 1", 20_000),
		"schema A " + strings.Repeat("{ a: ", 300) + "long" + strings.Repeat("}", 300),
	} {
		_, problems := Parse(source.New("deep.edy", text))
		if len(problems.Items) != 1 || problems.Items[0].Code != CodeDepth {
			t.Errorf("%.40s...: %s", text, lines(problems, map[diag.Code]bool{}))
		}
	}
}

func checkDeep(t *testing.T, name, text string) {
	t.Helper()
	start := time.Now()
	tree, _ := Parse(source.New("deep.edy", text))
	if len(tree.Decls) == 0 || tree.Decls[len(tree.Decls)-1].DeclHead().Name.Name != "b" {
		t.Errorf("%q hides the declaration after it", name)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("%q took %v", name, took)
	} else if took > 300*time.Millisecond {
		t.Logf("%q took %v", name, took)
	}
}

// large is a file of at least 5,000 lines: the example, repeated with other names.
func large(t testing.TB) string {
	text, err := os.ReadFile("testdata/nexmark.edy")
	if err != nil {
		t.Fatal(err)
	}
	_, body, _ := strings.Cut(string(text), "\n\n")
	tree, _ := Parse(source.New("nexmark", body))
	var b strings.Builder
	for i := 0; strings.Count(b.String(), "\n") < 5000; i++ {
		part, done := "", 0
		for _, d := range tree.Decls {
			name := d.DeclHead().Name
			if name.Name == "" || strings.Contains(name.Name, " ") {
				continue
			}
			part += body[done:name.Span.Start] + fmt.Sprintf("%s_%d", name.Name, i)
			done = name.Span.End
		}
		b.WriteString(part + body[done:] + "\n")
	}
	return b.String()
}

func BenchmarkParse(b *testing.B) {
	text := large(b)
	f := source.New("large.edy", text)
	if _, problems := Parse(f); len(problems.Items) > 0 {
		b.Fatal(problems.Items[0].Message, problems.Items[0].Span().Position())
	}
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Parse(f)
	}
	b.ReportMetric(float64(f.Lines()), "lines")
}

// Files with a mistake in many lines: another kind of mistake in each.
func BenchmarkParseBroken(b *testing.B) {
	for _, every := range []int{1, 3, 10} {
		for name, mistake := range map[string]string{"open": " (", "close": " ]", "operand": " a b", "quote": " \"", "pipe": " |> |>", "colon": " : "} {
			lines := strings.Split(large(b), "\n")
			for i := 7; i < len(lines); i += every {
				lines[i] += mistake
			}
			f := source.New("large.edy", strings.Join(lines, "\n"))
			b.Run(fmt.Sprint(name, " in 1 of ", every), func(b *testing.B) {
				for b.Loop() {
					Parse(f)
				}
			})
		}
	}
}

// One declaration of 5,000 lines with twenty mistakes.
func BenchmarkParseBrokenTest(b *testing.B) {
	var text strings.Builder
	text.WriteString("test \"large\" {\n")
	for i := range 5000 {
		if i%250 == 7 {
			text.WriteString("  expect x x [ ]\n")
		}
		fmt.Fprintf(&text, "  expect x contains [ { a: %d, b: \"text\", c: @2026-01-01T00:00:00Z } ]\n", i)
	}
	f := source.New("large.edy", text.String()+"}\n")
	for b.Loop() {
		Parse(f)
	}
}

func BenchmarkLex(b *testing.B) {
	f := source.New("large.edy", large(b))
	b.SetBytes(int64(len(f.Text)))
	for b.Loop() {
		Lex(f)
	}
}

// What a file pays that is parsed first: the whole grammar, and the declarations of most files.
func BenchmarkBuildGrammar(b *testing.B) {
	b.Run("whole", func(b *testing.B) {
		for b.Loop() {
			built[declG](newGrammar())
		}
	})
	b.Run("small file", func(b *testing.B) {
		for b.Loop() {
			g := newGrammar()
			for _, word := range []string{"module", "schema", "topic", "stream"} {
				bodies[word](g)
			}
		}
	})
}
