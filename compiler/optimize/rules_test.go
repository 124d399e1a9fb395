package optimize_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/compiler/optimize"
)

const input = `module m
schema Row { id: long  a: double  b: double?  n: long  at: timestamp }
topic rows: Row { key: id time: at }
`

// only runs one rule.
func only(rule string) optimize.Options {
	return optimize.Options{Skip: slices.DeleteFunc(optimize.Rules(), func(r string) bool { return r == rule })}
}

// TestRules shows the plan of a program before and after a rule.
func TestRules(t *testing.T) {
	for _, c := range []struct{ name, rule, stream, before, after string }{
		{"a decided condition", "fold-constants", `|> where 1 + 1 == 2 and a > 3.0`,
			`out/1:where <- topic:rows: where (((1 + 1) == 2) and (a > 3)) [where]`,
			`out/1:where <- topic:rows: where (a > 3) [where]`},
		{"false after what cannot fail", "fold-constants", `|> where a > 2.0 and false`,
			`out/1:where <- topic:rows: where ((a > 2) and false) [where]`,
			`out/1:where <- topic:rows: where false [where]`},
		{"false after what can fail stays", "fold-constants", `|> where n * 2 > 4 and false`,
			`out/1:where <- topic:rows: where (((n * 2) > 4) and false) [where]`,
			`out/1:where <- topic:rows: where (((n * 2) > 4) and false) [where]`},
		{"branches, and an overflow that is left to the rows", "fold-constants",
			`|> select x = if 1 > 2 then a else b, y = null ?? a, z = 9223372036854775807 + 1`,
			`out/1:select <- topic:rows: project x=if((1 > 2), double?(a), b), y=(<nil> ?? a), z=(9223372036854775807 + 1) [select]`,
			`out/1:select <- topic:rows: project x=b, y=a, z=(9223372036854775807 + 1) [select]`},

		{"a condition that always holds", "drop-true-where", `|> where true |> limit 5`,
			`out/1:where <- topic:rows: where true [where]
			 out/2:limit <- out/1:where: Limit [limit]`,
			`out/2:limit <- topic:rows: Limit [limit]`},
		{"the end of a stream stays", "drop-true-where", `|> where true`,
			`out/1:where <- topic:rows: where true [where]`,
			`out/1:where <- topic:rows: where true [where]`},

		{"below a renaming", "push-where", `|> select id, m = n, a |> where m > 1 |> limit 2`,
			`out/1:select <- topic:rows: project id, m=n, a [select]
			 out/2:where <- out/1:select: where (m > 1) [where]
			 out/3:limit <- out/2:where: Limit [limit]`,
			`out/2:where <- topic:rows: where (n > 1) [where]
			 out/1:select <- out/2:where: project id, m=n, a [select]
			 out/3:limit <- out/1:select: Limit [limit]`},
		{"what the condition rules out is known after it alone", "push-where", `|> select c = b |> where c is not null`,
			`out/1:select <- topic:rows: project c=b [select]
			 out/2:where <- out/1:select: where (not (c is null)) [where]`,
			`out/2:where <- topic:rows: where (not (b is null)) [where]
			 out/1:select <- out/2:where: project c=b! [select]`},
		{"not where it can fail", "push-where", `|> select id, m = n |> where m % 2 == 0`,
			`out/1:select <- topic:rows: project id, m=n [select]
			 out/2:where <- out/1:select: where ((m % 2) == 0) [where]`,
			`out/1:select <- topic:rows: project id, m=n [select]
			 out/2:where <- out/1:select: where ((m % 2) == 0) [where]`},
		{"not below something computed", "push-where", `|> select id, c = a * 2.0 |> where c > 1.0`,
			`out/1:select <- topic:rows: project id, c=(a * 2) [select]
			 out/2:where <- out/1:select: where (c > 1) [where]`,
			`out/1:select <- topic:rows: project id, c=(a * 2) [select]
			 out/2:where <- out/1:select: where (c > 1) [where]`},

		{"beside what is computed, and of a field of a record", "push-where",
			`|> select id, twice = b ?? 1.0, pos = { n: n, m: n } |> where pos.n > 1 |> limit 2`,
			`out/1:select <- topic:rows: project id, twice=(b ?? 1), pos=makerecord(n, n) [select]
			 out/2:where <- out/1:select: where (pos.n > 1) [where]
			 out/3:limit <- out/2:where: Limit [limit]`,
			`out/2:where <- topic:rows: where (n > 1) [where]
			 out/1:select <- out/2:where: project id, twice=(b ?? 1), pos=makerecord(n, n) [select]
			 out/3:limit <- out/1:select: Limit [limit]`},
		{"not beside what can fail", "push-where", `|> select id, twice = n * 2 |> where id > 1 |> limit 2`,
			`out/1:select <- topic:rows: project id, twice=(n * 2) [select]
			 out/2:where <- out/1:select: where (id > 1) [where]
			 out/3:limit <- out/2:where: Limit [limit]`,
			`out/1:select <- topic:rows: project id, twice=(n * 2) [select]
			 out/2:where <- out/1:select: where (id > 1) [where]
			 out/3:limit <- out/2:where: Limit [limit]`},

		{"two conditions", "merge-wheres", `|> where b is not null |> where b > 2.0`,
			`out/1:where <- topic:rows: where (not (b is null)) [where]
			 out/2:where <- out/1:where: where (b > 2) [where]`,
			`out/2:where <- topic:rows: where ((not (b is null)) and (b! > 2)) [where]`},
		{"two that can fail alike", "merge-wheres", `|> where n + 1 > 1 |> where n * 2 > 2`,
			`out/1:where <- topic:rows: where ((n + 1) > 1) [where]
			 out/2:where <- out/1:where: where ((n * 2) > 2) [where]`,
			`out/2:where <- topic:rows: where (((n + 1) > 1) and ((n * 2) > 2)) [where]`},

		{"an expression used once", "merge-projects", `|> select c = a + 1.0 |> select d = c * 2.0`,
			`out/1:select <- topic:rows: project c=(a + 1) [select]
			 out/2:select <- out/1:select: project d=(c * 2) [select]`,
			`out/2:select <- topic:rows: project d=((a + 1) * 2) [select]`},
		{"an expression used twice stays", "merge-projects", `|> select c = a + 1.0 |> select d = c * c`,
			`out/1:select <- topic:rows: project c=(a + 1) [select]
			 out/2:select <- out/1:select: project d=(c * c) [select]`,
			`out/1:select <- topic:rows: project c=(a + 1) [select]
			 out/2:select <- out/1:select: project d=(c * c) [select]`},
		{"a column used twice", "merge-projects", `|> select c = a |> select d = c * c`,
			`out/1:select <- topic:rows: project c=a [select]
			 out/2:select <- out/1:select: project d=(c * c) [select]`,
			`out/2:select <- topic:rows: project d=(a * a) [select]`},
		{"only the second can fail, and does so as before", "merge-projects", `|> let m = n |> select c = m + 1`,
			`out/1:let <- topic:rows: project let m=n [let]
			 out/2:select <- out/1:let: project c=(m + 1) [select]`,
			`out/2:select <- topic:rows: project c=(n + 1) [select]`},
		{"only the first can fail, and does so as before", "merge-projects", `|> extend c = n + 1, d = n * 2 |> select e = c, a, f = d`,
			`out/1:extend <- topic:rows: project a, c=(n + 1), d=(n * 2) [extend]
			 out/2:select <- out/1:extend: project e=c, a, f=d [select]`,
			`out/2:select <- topic:rows: project e=(n + 1), a, f=(n * 2) [extend]`},
		{"another item would fail first", "merge-projects", `|> extend c = n + 1, d = n * 2 |> select e = d, f = c`,
			`out/1:extend <- topic:rows: project c=(n + 1), d=(n * 2) [extend]
			 out/2:select <- out/1:extend: project e=d, f=c [select]`,
			`out/1:extend <- topic:rows: project c=(n + 1), d=(n * 2) [extend]
			 out/2:select <- out/1:extend: project e=d, f=c [select]`},
		{"both can fail", "merge-projects", `|> select c = n + 1 |> select d = c * 2`,
			`out/1:select <- topic:rows: project c=(n + 1) [select]
			 out/2:select <- out/1:select: project d=(c * 2) [select]`,
			`out/1:select <- topic:rows: project c=(n + 1) [select]
			 out/2:select <- out/1:select: project d=(c * 2) [select]`},

		{"every column as it is", "drop-identity", `|> select * |> limit 5`,
			`out/1:select <- topic:rows: project id, a, b, n, at [select]
			 out/2:limit <- out/1:select: Limit [limit]`,
			`out/2:limit <- topic:rows: Limit [limit]`},
		{"a key of an append stream", "drop-identity", `|> key by n |> limit 5`,
			`out/1:key <- topic:rows: key n [key]
			 out/2:limit <- out/1:key: Limit [limit]`,
			`out/2:limit <- topic:rows: Limit [limit]`},
		{"another order of columns is another row", "drop-identity", `|> select n, id, a, b, at |> limit 5`,
			`out/1:select <- topic:rows: project n, id, a, b, at [select]
			 out/2:limit <- out/1:select: Limit [limit]`,
			`out/1:select <- topic:rows: project n, id, a, b, at [select]
			 out/2:limit <- out/1:select: Limit [limit]`},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := lowered(t, input+"stream out =\n  from rows\n"+c.stream)
			before := dump(g)
			after := dump(optimize.Run(g, only(c.rule)))
			if diff := cmp.Diff(lines(c.before), lines(before)); diff != "" {
				t.Errorf("before (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(lines(c.after), lines(after)); diff != "" {
				t.Errorf("after (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(before, dump(g)); diff != "" {
				t.Errorf("the plan that was given changed (-was +is):\n%s", diff)
			}
		})
	}
}

func lines(s string) []string {
	var out []string
	for _, line := range strings.Split(s, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}
