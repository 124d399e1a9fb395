package syntax

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/source"
)

// How tightly operators bind: each expression means the same as the one beside it,
// which says it with parentheses.
func TestPrecedence(t *testing.T) {
	for _, c := range [][2]string{
		{"not a == b", "not (a == b)"},
		{"not not a or b", "(not (not a)) or b"},
		{"not a and b", "(not a) and b"},
		{"a or b and c or d", "(a or (b and c)) or d"},
		{"a and b or c and d", "(a and b) or (c and d)"},
		{"a == b and c != d", "(a == b) and (c != d)"},
		{"a ?? b + c", "a ?? (b + c)"},
		{"a ?? b ?? c", "(a ?? b) ?? c"},
		{"a ?? b == c ?? d", "(a ?? b) == (c ?? d)"},
		{"a + b * c - d", "(a + (b * c)) - d"},
		{"a * b / c % d", "((a * b) / c) % d"},
		{"a - b - c", "(a - b) - c"},
		{"-x.y[0]!", "-(((x.y)[0])!)"},
		{"-a * b", "(-a) * b"},
		{"- - a", "-(-a)"},
		{"a - -b", "a - (-b)"},
		{"try f(x) ?? 1", "(try (f(x))) ?? 1"},
		{"try f(x) + 1", "(try (f(x))) + 1"},
		{"try -f(x)!", "try (-((f(x))!))"},
		{"-try a", "-(try a)"},
		{"xs[0].a?.b", "((xs[0]).a)?.b"},
		{"a.b.c(d)[e]!.f", "(((((a.b).c)(d))[e])!).f"},
		{"f(x)(y)", "(f(x))(y)"},
		{"a between b and c and d", "(a between b and c) and d"},
		{"a between b + 1 and c ?? 2 or d", "(a between (b + 1) and (c ?? 2)) or d"},
		{"not a between b and c", "not (a between b and c)"},
		{"a not between b and c", "(a not between (b) and (c))"},
		{"a in (b, c) and d", "(a in (b, c)) and d"},
		{"a + 1 in [b] or c", "((a + 1) in [b]) or c"},
		{"a is null or b is not null", "(a is null) or (b is not null)"},
		{"a is not x.Y and b", "(a is not x.Y) and b"},
		{"a like b and c matches d", "(a like b) and (c matches d)"},
		{"not a like b", "not (a like b)"},
		{"if a then b else c or d", "if (a) then (b) else (c or d)"},
		{"if a then if b then c else d else e", "if a then (if b then c else d) else e"},
		{"if a then b else if c then d else e", "if a then b else (if c then d else e)"},
		{"x => x or y", "x => (x or y)"},
		{"x => y => x + y", "x => (y => (x + y))"},
		{"fn(a, b) => a and b", "fn(a, b) => (a and b)"},
		{"f(x => x > 1, y)", "f((x => (x > 1)), y)"},
		{"case when a or b then c + d else e ?? f end + 1", "(case when (a or b) then (c + d) else (e ?? f) end) + 1"},
		{"case when a then case when b then 1 else 2 end else 3 end", "case when a then (case when b then 1 else 2 end) else 3 end"},
		{"f(x) over (per k) + 1", "(f(x) over (per k)) + 1"},
		{"-lag(x) over (by t desc)", "-(lag(x) over (by t desc))"},
		{"1 + 2 < 3 * 4", "(1 + 2) < (3 * 4)"},
		{"temp - prev > 5.0", "(temp - prev) > 5.0"},
	} {
		if got, want := bare(t, c[0]), bare(t, c[1]); got != want {
			t.Errorf("%s is not %s:\n%s\n%s", c[0], c[1], got, want)
		}
	}
}

// bare is the tree of an expression without its parentheses.
func bare(t *testing.T, text string) string {
	t.Helper()
	x, problems := ParseExpr(source.New("x", text))
	for _, d := range problems.Items {
		t.Errorf("%s: %s", text, d.Message)
	}
	dump := strings.Join(strings.Fields(ast.Dump(x)), " ")
	const paren = "(ParenExpr X:"
	for at := strings.Index(dump, paren); at >= 0; at = strings.Index(dump, paren) {
		end, depth := at+len(paren), 1
		for ; depth > 0; end++ {
			switch dump[end] {
			case '(':
				depth++
			case ')':
				depth--
			}
		}
		dump = dump[:at] + dump[at+len(paren):end-1] + dump[end:]
	}
	return dump
}

// The trees of testdata/trees.txt: a program, a line "---", and what it means.
func TestTrees(t *testing.T) {
	text, err := os.ReadFile("testdata/trees.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range strings.Split("\n"+string(text), "\n=== ")[1:] {
		title, c, _ := strings.Cut(c, "\n")
		t.Run(title, func(t *testing.T) {
			program, want, _ := strings.Cut(c, "\n---\n")
			if diff := cmp.Diff(strings.TrimSpace(want), strings.TrimSpace(ast.DumpFile(tree(t, program)))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What the literals mean.
func TestTextValues(t *testing.T) {
	for text, want := range map[string]string{
		`"a\n\t\r\\\"\'\{\}"`:                 "a\n\t\r\\\"'{}",
		`'it\'s "so"'`:                        `it's "so"`,
		`"\u{1F600}\u{e9}"`:                   "😀é",
		`r"a\nb"`:                             `a\nb`,
		`r'a"b'`:                              `a"b`,
		"\"\"\"one\"\"\"":                     "one",
		"\"\"\"\n  a\n    b\n\n  c\n  \"\"\"": "a\n  b\n\nc",
		"\"\"\"\r\n\ta\\tb\r\n\t\"\"\"":       "a\tb",
		`""`:                                  "",
	} {
		x, problems := ParseExpr(source.New("x", text))
		lit, ok := x.(*ast.StringLit)
		if !ok || len(problems.Items) > 0 || lit.Value != want {
			t.Errorf("%s is %q, want %q", text, ast.Dump(x), want)
		}
	}
}
