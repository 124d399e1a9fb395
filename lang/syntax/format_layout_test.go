package syntax

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFormatLayout(t *testing.T) {
	long := "a_rather_long_column_name"
	tests := []struct{ name, in, want string }{
		{"empty", " \n\n", ""},
		{"only a comment", "\n\n  // a\n\n\n\n// b  \n\n", "// a\n\n// b\n"},
		{"blank lines", "\n\nconst a=1\n\n\n\nconst b=2\nconst c=3\n\n", "const a = 1\n\nconst b = 2\nconst c = 3\n"},
		{"block on one line", "schema A {  a:int, b:  string?,}", "schema A { a: int b: string? }\n"},
		{"block with a line end", "schema A { a: int\nb: int }", "schema A {\n  a: int\n  b: int\n}\n"},
		{"blank lines in a block", "schema A {\n\n a: int\n\n\n b: int\n\n}", "schema A {\n  a: int\n\n  b: int\n}\n"},
		{"empty block", "topic a: A {\n}", "topic a: A {}\n"},
		{"single quotes", `const a = 'say "x", it\'s'`, `const a = "say \"x\", it's"` + "\n"},
		{"single quotes around holes", `const a = f'{b ?? 'c'} "d" \'e\''`, `const a = f"{b ?? 'c'} \"d\" 'e'"` + "\n"},
		{"raw texts", `const a = [r'x', r'"']`, `const a = [r"x", r'"']` + "\n"},
		{"trailing commas", "const a = [1, 2,]\nconst b = { x: 1, y, }", "const a = [1, 2]\nconst b = { x: 1, y }\n"},
		{"signs", "const a = -1+-b*(c- -d)/ try e!", "const a = -1 + -b * (c - -d) / try e!\n"},
		{"ranges and stars", "stream a=from b|>select *except(c,d.e),f.*", "stream a = from b |> select * except (c, d.e), f.*\n"},
		{"one stage on one line", "stream a   = from b |> where  c", "stream a = from b |> where c\n"},
		{"one stage on two lines", "stream a = from b\n|> where c", "stream a =\n  from b\n  |> where c\n"},
		{"two stages", "stream a = from b |> where c |> drop d", "stream a =\n  from b\n  |> where c\n  |> drop d\n"},
		{"an open list stays open", "stream a = from b |> extend\nc = 1, d = 2", "stream a =\n  from b\n  |> extend\n       c = 1,\n       d = 2\n"},
		{"other lists are joined", "stream a =\n from b\n |> extend c = 1,\n d = 2", "stream a =\n  from b\n  |> extend c = 1, d = 2\n"},
		{"aligned names", "stream a =\n from b\n |> aggregate\n c = 1, long = 2, count() where d by e",
			"stream a =\n  from b\n  |> aggregate\n       c    = 1,\n       long = 2,\n       count() where d\n     by e\n"},
		{"select is not aligned", "stream a =\n from b\n |> select\n c = 1, long = 2, d", "stream a =\n  from b\n  |> select\n       c = 1,\n       long = 2,\n       d\n"},
		{"types", "table t:changes<{a:int,b:map<string,array<decimal(12,2)>>?}>key[a]with{retain:1d,} =\nfrom s",
			"table t: changes<{ a: int b: map<string, array<decimal(12, 2)>>? }> key [a] with { retain: 1d } =\n  from s\n"},
		{"long condition", "stream a =\n from b\n |> where " + long + " == 1 and " + long + " == 2 or " + long + " == 3 and c == 4",
			"stream a =\n  from b\n  |> where " + long + " == 1 and " + long + " == 2\n       or " + long + " == 3 and c == 4\n"},
		{"long window", "stream a =\n from b\n |> window tumbling 1h zone \"Europe/Helsinki\" lateness 10m else -> " + long + " emit updates every 10s",
			"stream a =\n  from b\n  |> window tumbling 1h\n     zone \"Europe/Helsinki\"\n     lateness 10m else -> " + long + "\n     emit updates every 10s\n"},
		{"pipeline in parentheses", "stream a =\n from b\n |> union (from c\n|> drop d)", "stream a =\n  from b\n  |> union (\n       from c\n       |> drop d\n     )\n"},
		{"branches", "fn a(b: int) -> int =\n case when b == 1 then 2\n else 3 end", "fn a(b: int) -> int =\n  case when b == 1 then 2\n       else 3 end\n"},
		{"branches on one line", "fn a(b:int)->int! = case when b==1 then 2 else 3 end", "fn a(b: int) -> int! = case when b == 1 then 2 else 3 end\n"},
		{"generics and lambdas", "fn a<T,U>(b:array<T>)->U=map(b,x=>x+1)", "fn a<T, U>(b: array<T>) -> U = map(b, x => x + 1)\n"},
		{"route", "route r from a first match{when b->c,d when e\n|>drop f->\"g.csv\" otherwise->drop}",
			"route r from a first match {\n  when b -> c, d\n  when e\n    |> drop f\n    -> \"g.csv\"\n  otherwise -> drop\n}\n"},
		{"pattern", "stream a=from b|>match per c{define d where e define f from g where h==1 pattern (d{2,}then f+)or not f for 3m within 2m skip to first d emit c}",
			"stream a =\n  from b\n  |> match per c {\n       define d where e\n       define f from g where h == 1\n       pattern (d{2,} then f+) or not f for 3m\n       within 2m\n       skip to first d\n       emit c\n     }\n"},
		{"test", "test 'a'{given b[{c:1},{c:2},]\nexpect d changes contains[]\nsend e(f:1)}",
			"test \"a\" {\n  given b [ { c: 1 }, { c: 2 } ]\n  expect d changes contains []\n  send e(f: 1)\n}\n"},
		{"imports", "import a . b.{ C,D, } \nimport 'x.edy'  as y", "import a.b.{C, D}\nimport \"x.edy\" as y\n"},
		{"annotations", "@a @b(c:1) export  schema S{d:int=1@e}", "@a\n@b(c: 1)\nexport schema S { d: int = 1 @e }\n"},
		{"grants", "grant read,write on a to role b\ndeny read on a to service 'c'", "grant read, write on a to role b\ndeny read on a to service \"c\"\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, format(tt.in)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			checkFormat(t, tt.in)
			if tt.in != "" {
				tree(t, tt.in) // the cases are good programs
			}
		})
	}
}

func TestFormatComments(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"beside and above", "// one\nconst a = 1 // two\n// three\nconst b = 2", "// one\nconst a = 1 // two\n// three\nconst b = 2\n"},
		{"doc comments", "  /// one\n\t/// two\nexport const a = 1", "/// one\n/// two\nexport const a = 1\n"},
		{"inside a line", "const a = /* one */ 1 + /* two */ b", "const a = /* one */ 1 + /* two */ b\n"},
		{"between stages", "stream a =\n from b // one\n // two\n |> drop c\n // three\n", "stream a =\n  from b // one\n  // two\n  |> drop c\n// three\n"},
		{"inside an expression", "stream a =\n from b\n |> where c // one\n and d", "stream a =\n  from b\n  |> where c // one\n       and d\n"},
		{"before a comma", "stream a =\n from b\n |> drop c // one\n , d", "stream a =\n  from b\n  |> drop\n       c, // one\n       d\n"},
		{"beside a comma that goes", "schema A {\n a: int, // one\n b: int, /* two */\n}", "schema A {\n  a: int // one\n  b: int /* two */\n}\n"},
		{"at the end of a block", "schema A {\n a: int\n\n // one\n\n // two\n}", "schema A {\n  a: int\n\n  // one\n\n  // two\n}\n"},
		{"in an empty block", "topic a: A { // one\n}", "topic a: A { // one\n}\n"},
		{"over lines", "const a = 1 /* one\n   two */\nconst b = 2", "const a = 1 /* one\n   two */\nconst b = 2\n"},
		{"carriage returns", "const a = 1 // one\r\n\r\n\r\nconst b = 2\r\n", "const a = 1 // one\n\nconst b = 2\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, format(tt.in)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			checkFormat(t, tt.in)
			tree(t, tt.in)
		})
	}
}

// What cannot be read is left exactly as typed, and nothing else is.
func TestFormatOfBrokenFiles(t *testing.T) {
	deep := strings.Repeat("(", 3000) + "1" + strings.Repeat(")", 3000)
	tests := []struct{ name, in, want string }{
		{"a stage", "const  a=1\nstream s=from b|>where  c|>  where d  >  > e|>drop  f",
			"const a = 1\nstream s =\n  from b\n  |> where c\n  |>  where d  >  > e\n  |> drop f\n"},
		{"a stage over lines", "stream s =\n from b\n |> select  c   d,\n        // why\n     e\n |> drop  f",
			"stream s =\n  from b\n  |> select  c   d,\n        // why\n     e\n  |> drop f\n"},
		{"a near miss", "stream s =\n from b\n |> where  c = 1\n |> drop  f", "stream s =\n  from b\n  |> where  c = 1\n  |> drop f\n"},
		{"a declaration", "const  a=1\n  topic  t:  { b: }  // x\nconst  c=2", "const a = 1\n  topic  t:  { b: }  // x\nconst c = 2\n"},
		{"an open bracket", "topic  t: T {\n  a:  1\n\nconst  c=2", "topic  t: T {\n  a:  1\n\nconst c = 2\n"},
		{"no declaration", "what  is   this\n\nconst  c=2", "what  is   this\n\nconst c = 2\n"},
		{"nested too deeply", "const a = " + deep + "\nconst  b=2", "const a = " + deep + "\nconst b = 2\n"},
		{"a text that never ends", "const  a=1\nconst  b = \"\"\"c\n\n", "const a = 1\nconst  b = \"\"\"c\n\n"},
		{"a comment that never ends", "const  a=1\n/* b\n\n", "const a = 1\n/* b\n"},
		{"too many mistakes to tell", "const  a=1\n" + strings.Repeat("const a = ]\n", 30), "const  a=1\n" + strings.Repeat("const a = ]\n", 30)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, format(tt.in)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			checkFormat(t, tt.in)
		})
	}
}
