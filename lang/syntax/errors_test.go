package syntax

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
)

// The files of testdata/errors hold cases of the form
//
//	=== what it is about
//	a program
//	--- says
//	line:column code message
//	--- fixed
//	the program after the fixes that may be applied without asking
//
// where the last part is left out when there is no such fix.
func TestErrors(t *testing.T) {
	files, err := filepath.Glob("testdata/errors/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	seen := map[diag.Code]bool{}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range strings.Split("\n"+string(text), "\n=== ")[1:] {
			title, c, _ := strings.Cut(c, "\n")
			t.Run(filepath.Base(name)+"/"+title, func(t *testing.T) {
				program, c, _ := strings.Cut(c, "--- says\n")
				says, fixed, hasFix := strings.Cut(c, "--- fixed\n")
				f := source.New("x.edy", program)
				_, problems := Parse(f)
				if diff := cmp.Diff(strings.Fields(says), strings.Fields(lines(problems, seen))); diff != "" {
					t.Errorf("it says\n%s", lines(problems, seen))
				}
				text, n := fixAll(t, program)
				if hasFix != (n > 0) || hasFix && strings.TrimSpace(text) != strings.TrimSpace(fixed) {
					t.Errorf("after %d fixes:\n%s", n, text)
				}
			})
		}
	}
	for i := 1; i <= 19; i++ {
		if code := diag.Code(fmt.Sprintf("E01%02d", i)); !seen[code] && code != CodeDepth {
			t.Errorf("no case has %s", code)
		}
	}
}

// lines is a line for each problem.
func lines(problems *diag.List, seen map[diag.Code]bool) string {
	var b strings.Builder
	for _, d := range problems.Items {
		p := d.Span().Position()
		fmt.Fprintf(&b, "%d:%d %s %s\n", p.Line, p.Column, d.Code, d.Message)
		seen[d.Code] = true
	}
	return b.String()
}

// fixAll applies fixes until none is left; when there were any the text must be clean.
func fixAll(t *testing.T, text string) (string, int) {
	t.Helper()
	all := 0
	for range 10 {
		f := source.New("x.edy", text)
		_, problems := Parse(f)
		var fixes []diag.Fix
		for _, d := range problems.Items {
			fixes = append(fixes, d.Fixes...)
		}
		fixed, n := diag.ApplyFixes(f, fixes)
		if n == 0 {
			if all > 0 && len(problems.Items) > 0 {
				t.Errorf("still wrong after the fixes:\n%s\n%s", text, lines(problems, map[diag.Code]bool{}))
			}
			return text, all
		}
		all += n
		text = fixed
	}
	t.Errorf("the fixes come to no end:\n%s", text)
	return text, all
}

// The program before on a code's page has this mistake and no other, that after has none.
func TestPagesOfSyntaxErrors(t *testing.T) {
	for _, page := range diag.Pages() {
		if !strings.HasPrefix(string(page.Code), "E01") {
			continue
		}
		t.Run(string(page.Code), func(t *testing.T) {
			_, problems := Parse(source.New("before.edy", page.Before))
			if len(problems.Items) == 0 {
				t.Errorf("nothing is wrong with\n%s", page.Before)
			}
			for _, d := range problems.Items {
				if d.Code != page.Code {
					t.Errorf("%s %s in\n%s", d.Code, d.Message, page.Before)
				}
			}
			if _, problems = Parse(source.New("after.edy", page.After)); len(problems.Items) > 0 {
				t.Errorf("%s in\n%s", lines(problems, map[diag.Code]bool{}), page.After)
			}
		})
	}
}

// Messages as the language's description shows them, in full.
func TestMessagesInFull(t *testing.T) {
	constants := strings.Repeat("const c = 1\n", 10)
	cases := map[string]struct{ name, text, want string }{
		"a SELECT statement": {"first.edy", "\nstream busy =\n  SELECT district, count(*) FROM counts WHERE lane = 1 GROUP BY district HAVING count(*) > 10\n", `
E0110  this looks like SQL; an edy pipeline starts with "from"
  --> first.edy:3:3
  |
2 | stream busy =
3 |   SELECT district, count(*) FROM counts WHERE lane = 1 GROUP BY district HAVING count(*) > 10
  |   ^^^^^^ here
  |
This says the same:
      from counts
      |> where lane == 1
      |> aggregate n = count() by district
      |> where n > 10
note: the aggregate will also need a window or "keep" (see E0501).
fix (maybe): replace line 3 with the above
`},
		"a bracket left open": {"cooling.edy", constants + strings.Repeat("\n", 29) + "topic readings: Reading {\n  key: a\n" + strings.Repeat("\n", 4) + "  time: at\n\nstream enriched =\n  from readings\n", `
E0102  this "{" is never closed
  --> cooling.edy:40:25
   |
40 | topic readings: Reading {
   |                         ^ opened here
...
48 | stream enriched =
   | ------ a new declaration starts in the first column, so the topic must have ended before this
   |
fix (apply): add "}" after line 46
note: the other 11 declarations in this file were checked as usual.
`},
		"a comparison": {"nexmark.edy", strings.Repeat("\n", 50) + "stream a = from b\n  |> where auction = 1007\n", `
E0105  "=" gives a name, "==" compares
  --> nexmark.edy:52:20
   |
52 |   |> where auction = 1007
   |                    ^ I read this as naming a column "auction"
   |
fix (apply): |> where auction == 1007
`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, problems := Parse(source.New(c.name, c.text))
			var b strings.Builder
			if err := diag.Render(&b, problems, diag.Options{}); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.TrimSpace(c.want), strings.TrimSpace(b.String())); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSQLTranslations(t *testing.T) {
	cases := [][2]string{
		{"select * from a", "from a"},
		{"select x as y, z from a where x = 'b=c' and y <> 2", "from a\n|> where x == 'b=c' and y != 2\n|> select y = x, z"},
		{"SELECT avg(speed), max(t.v) AS top FROM a", "from a\n|> aggregate avg_speed = avg(speed), top = max(t.v)"},
		{"SELECT DISTINCT x FROM a ORDER BY x DESC", "from a\n|> select x\n|> distinct\n|> sort by x desc"},
		{"SELECT x FROM a ORDER BY x LIMIT 3", "from a\n|> select x\n|> top 3 by x"},
		{"SELECT x FROM a LIMIT 3", "from a\n|> select x\n|> limit 3"},
		{"SELECT a.x FROM a LEFT JOIN b AS c ON a.id = c.id", "from a\n|> left join c = b on a.id == c.id\n|> select a.x"},
		{"SELECT x FROM a JOIN b ON a.id = b.id WHERE b.y IS NOT NULL", "from a\n|> join b = b on a.id == b.id\n|> where b.y is not null\n|> select x"},
		{"SELECT x, sum(y) FROM a GROUP BY x HAVING sum(y) > 3", "from a\n|> aggregate sum_y = sum(y) by x\n|> where sum_y > 3"},
		{"SELECT x FROM t AS a WHERE x IN (SELECT y FROM b)", "from a = t\n|> where x in (SELECT y FROM b)\n|> select x"},
	}
	for _, c := range cases {
		_, problems := Parse(source.New("x.edy", "stream s = "+c[0]))
		if len(problems.Items) != 1 || len(problems.Items[0].Fixes) != 1 {
			t.Errorf("%s: %v", c[0], problems.Items)
			continue
		}
		if got := problems.Items[0].Fixes[0].Preview; got != c[1] {
			t.Errorf("%s\ngives\n%s\nwant\n%s", c[0], got, c[1])
		}
	}
}
