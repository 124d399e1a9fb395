package check_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/edynamic/edynamic/compiler/check"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/syntax"
	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/build"
	"github.com/edynamic/edynamic/runtime/connector/file"
)

var againSeed = flag.Uint64("again-seed", 3, "where the random edits begin")

// TestAgainIsAfresh edits every example at random places and compares a check that
// takes over what stayed with one that takes nothing: the same messages at the same
// places, the same types of streams and topics.
func TestAgainIsAfresh(t *testing.T) {
	paths, _ := filepath.Glob("../../examples/*/*.edy")
	if len(paths) == 0 {
		t.Fatal("no examples")
	}
	rnd := rand.New(rand.NewPCG(*againSeed, 9))
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		text := string(data)
		var parts []*syntax.Part
		var before *check.Result
		for round := range 40 {
			if round > 0 {
				text = mutated(rnd, text, string(data))
			}
			f := source.New(path, text)
			parts = syntax.Parts(f, parts)
			tree, _ := syntax.Joined(f, parts)
			opts := check.Options{Catalog: build.Catalog(&file.System{}), Dir: func(f *source.File) string { return filepath.Dir(f.Name) }}
			fresh := told(check.Check(tree, opts), parts)
			opts.Before = before
			before = check.Check(tree, opts)
			if got := told(before, parts); got != fresh {
				t.Fatalf("%s round %d: taking over gives\n%s\nand afresh it is\n%s\n(repeat with -args -again-seed=%d)", path, round, differ(got, fresh), differ(fresh, got), *againSeed)
			}
		}
	}
}

// mutated changes a few letters, or brings back what was there.
func mutated(rnd *rand.Rand, text, original string) string {
	if rnd.IntN(6) == 0 {
		return original
	}
	at := rnd.IntN(len(text))
	switch rnd.IntN(4) {
	case 0: // a digit or a letter more
		return text[:at] + string("a1 "[rnd.IntN(3)]) + text[at:]
	case 1:
		return text[:at] + text[min(len(text), at+1+rnd.IntN(6)):]
	case 2: // a word in place of another
		words := strings.Fields(original)
		return text[:at] + " " + words[rnd.IntN(len(words))] + " " + text[at:]
	}
	lines := strings.SplitAfter(text, "\n")
	i := rnd.IntN(len(lines))
	return strings.Join(slices.Delete(lines, i, i+1), "")
}

// told is what a check says and finds out, in an order of its own.
func told(r *check.Result, parts []*syntax.Part) string {
	starts := map[*source.File]int{}
	ofPipe := map[ast.Stage]bool{} // they have as many types as the pipe has uses
	for _, p := range parts {
		starts[p.File] = p.Start
		for _, d := range p.Tree.Decls {
			if pipe, ok := d.(*ast.PipeDecl); ok {
				for _, st := range pipe.Stages {
					ofPipe[st] = true
				}
			}
		}
	}
	var lines []string
	for _, d := range r.Diags.Items {
		lines = append(lines, fmt.Sprintf("%s %d %s %s", d.Code, starts[d.Span().File]+d.Span().Start, d.Message, labels(d)))
	}
	for _, t := range r.Program.Topics {
		lines = append(lines, fmt.Sprintf("topic %s %s %s", t.Name, t.Row, stream(t.Type)))
	}
	for _, s := range r.Program.Streams {
		lines = append(lines, fmt.Sprintf("stream %s %s", s.Name, stream(s.Type())))
	}
	lines = append(lines, fmt.Sprintf("%d routes %d sources %d sinks %d tests %d params", len(r.Program.Routes), len(r.Program.Sources),
		len(r.Program.Sinks), len(r.Program.Tests), len(r.Program.Params)))
	for st, t := range r.Stages {
		if !ofPipe[st] {
			lines = append(lines, fmt.Sprintf("stage %d %s", starts[st.Pos().File]+st.Pos().Start, stream(t)))
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func labels(d *diag.Diagnostic) string {
	var out []string
	for _, l := range d.Labels {
		out = append(out, l.Text)
	}
	return strings.Join(out, "; ")
}

func stream(t *types.Stream) string {
	text := fmt.Sprint(t.Kind, t.Key, t.Time, t.TimeOf, t.Bounded, t.Broken, t.BoundText)
	if t.Broken {
		return "broken"
	}
	for _, c := range t.Columns {
		text += " " + c.Name + ":" + c.Type.String()
	}
	return text
}

// differ are the lines that only the first text has.
func differ(a, b string) string {
	var out []string
	for _, line := range strings.Split(a, "\n") {
		if !strings.Contains("\n"+b+"\n", "\n"+line+"\n") {
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n")
}
