package syntax

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// corpus is programs that use the whole language, by name.
func corpus(t testing.TB) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, name := range []string{"nexmark", "usecases", "grammar", "tour"} {
		text, err := os.ReadFile("testdata/" + name + ".edy")
		if err != nil {
			t.Fatal(err)
		}
		if name != "tour" {
			out[name] = string(text)
			continue
		}
		for _, part := range strings.Split(string(text), "//// tour ")[1:] {
			number, program, _ := strings.Cut(part, "\n")
			out["tour "+number] = program
		}
	}
	return out
}

func format(text string) string { return Format(source.New("f.edy", text)) }

// tree is what a text says, without where it says it.
func tree(t testing.TB, text string) *ast.File {
	t.Helper()
	file, problems := Parse(source.New("f.edy", text))
	for _, d := range problems.Items {
		t.Fatalf("%v: %s %s\n%s", d.Span().Position(), d.Code, d.Message, text)
	}
	return file
}

var sameMeaning = cmp.Options{cmpopts.IgnoreTypes(ast.At{}, source.Span{}, &source.File{})}

func TestFormatKeepsTheMeaning(t *testing.T) {
	for name, text := range corpus(t) {
		t.Run(name, func(t *testing.T) {
			f := source.New("f.edy", text)
			got := Format(f)
			if diff := cmp.Diff(tree(t, text), tree(t, got), sameMeaning); diff != "" {
				t.Errorf("formatting changed the tree (-before +after)\n%s", diff)
			}
			_, problems := Parse(f)
			for _, c := range chunks(lexemes(f), problems) {
				if text, ok := c.format(f); !ok {
					t.Errorf("left as typed:\n%s", text)
				}
			}
			checkFormat(t, text)
			for line := range strings.SplitSeq(got, "\n") {
				if len([]rune(line)) > formatWidth && !strings.Contains(line, "//") && !strings.Contains(line, `"""`) {
					t.Errorf("%d columns: %s", len([]rune(line)), line)
				}
				if strings.TrimRight(line, " \t") != line {
					t.Errorf("spaces at the end of %q", line)
				}
			}
		})
	}
}

// checkFormat holds for every text, good or broken: formatting again changes
// nothing, and no token and no comment is lost.
func checkFormat(t testing.TB, text string) (once string) {
	t.Helper()
	once = format(text)
	if twice := format(once); twice != once {
		t.Errorf("formatting again changed\n%s\nto\n%s\nfrom\n%s", once, twice, text)
	}
	if !sameTokens(text, once) {
		t.Errorf("formatting lost something of\n%s\nin\n%s", text, once)
	}
	return once
}

// declarations cuts the corpus into its declarations.
func declarations(t testing.TB) []string {
	var out []string
	programs := corpus(t)
	for _, name := range slices.Sorted(maps.Keys(programs)) {
		text := programs[name]
		f := source.New(name, text)
		_, problems := Parse(f)
		for _, c := range chunks(lexemes(f), problems) {
			out = append(out, text[c.start():c.end()])
		}
	}
	return out
}

// Tokens of every declaration are deleted, doubled, cut off at, or have comments put
// around them: one of these in turn at every fifth token, so that the test stays
// quick. FuzzFormat goes further.
func TestFormatOfBrokenDeclarations(t *testing.T) {
	const before, after = "stream first = from a\n", "\n\nstream last = from z\n"
	turn := 0
	for _, decl := range declarations(t) {
		tokens := Lex(source.New("f.edy", decl))
		for _, token := range tokens[:len(tokens)-1] {
			if turn++; turn%5 != 0 {
				continue
			}
			var mutant string
			switch turn / 5 % 5 {
			case 0:
				mutant = decl[:token.Start] + decl[token.End:]
			case 1:
				mutant = decl[:token.Start]
			case 2:
				mutant = decl[:token.End] + " " + decl[token.Start:]
			case 3:
				mutant = decl[:token.Start] + "/* c */" + decl[token.Start:token.End] + "// d\n" + decl[token.End:]
			case 4:
				mutant = decl[:token.Start] + "\n// c\n\n// d\n\n" + decl[token.Start:]
			}
			text := before + "\n" + mutant + after
			if got := checkFormat(t, text); !strings.HasPrefix(got, before) || !strings.HasSuffix(got, after[2:]) {
				t.Errorf("the declarations around it were not kept:\n%s", got)
			}
			if t.Failed() {
				t.Fatalf("with a change at %q of\n%s", decl[token.Start:token.End], decl)
			}
		}
	}
}

func FuzzFormat(f *testing.F) {
	for _, decl := range declarations(f) {
		f.Add(decl)
	}
	f.Add("stream a = from b |> where 'x' == f'{y ?? \"z\"}\"' /* c */ -- d\n")
	f.Add("stream A0= from A0|>00|>extend 0")
	f.Add("/*\n")
	f.Add("const a = [`b\r")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 10_000 {
			return
		}
		checkFormat(t, text)
	})
}

func ExampleFormat() {
	fmt.Print(format(`topic counts:Count{key:detector,time:at,}
stream  busy=from counts|>where lane==1|>
window tumbling 1h|>aggregate
 n=count(),  slow = count()  where speed<20.0,fastest=max(speed) by district // per hour`))
	// Output:
	// topic counts: Count { key: detector time: at }
	// stream busy =
	//   from counts
	//   |> where lane == 1
	//   |> window tumbling 1h
	//   |> aggregate
	//        n       = count(),
	//        slow    = count() where speed < 20.0,
	//        fastest = max(speed)
	//      by district // per hour
}

func BenchmarkFormat(b *testing.B) {
	f := source.New("nexmark.edy", corpus(b)["nexmark"])
	b.SetBytes(int64(len(f.Text)))
	for b.Loop() {
		Format(f)
	}
}
