package syntax

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/source"
)

// piece is a declaration, stage or member as a test compares it: where it stands and
// what it says.
type piece struct {
	from, to int
	says     string
}

func pieceOf(n ast.Node) piece {
	return piece{n.Pos().Start, n.Pos().End, ast.Dump(n)}
}

// declared is the declarations of a file, module and imports included.
func declaredIn(f *ast.File) []piece {
	var out []piece
	if f.Module != nil {
		out = append(out, pieceOf(f.Module))
	}
	for _, i := range f.Imports {
		out = append(out, pieceOf(i))
	}
	for _, d := range f.Decls {
		out = append(out, pieceOf(d))
	}
	return out
}

// stagesIn is the stages of the pipeline of a declaration, those in parentheses left
// out, or of each arm of a route.
func stagesIn(d ast.Decl) [][]piece {
	var out [][]piece
	add := func(stages []ast.Stage) {
		var list []piece
		for _, s := range stages {
			list = append(list, pieceOf(s))
		}
		out = append(out, list)
	}
	switch d := d.(type) {
	case *ast.StreamDecl:
		add(d.Pipeline.Stages)
	case *ast.PipeDecl:
		add(d.Stages)
	case *ast.RouteDecl:
		for _, a := range d.Arms {
			add(a.Stages)
		}
		if d.Otherwise != nil {
			add(d.Otherwise.Stages)
		}
	}
	return out
}

// membersIn is the members of a declaration's block.
func membersIn(d ast.Decl) []piece {
	var out []piece
	switch d := d.(type) {
	case *ast.SchemaDecl:
		if d.Record != nil {
			for _, f := range d.Record.Fields {
				out = append(out, pieceOf(f))
			}
		}
	case *ast.TopicDecl:
		out = settingsIn(d.Settings)
	case *ast.SourceDecl:
		out = settingsIn(d.Settings)
	case *ast.SinkDecl:
		out = settingsIn(d.Settings)
	case *ast.RouteDecl:
		for _, a := range d.Arms {
			out = append(out, pieceOf(a))
		}
	case *ast.ViewDecl:
		for _, s := range d.States {
			out = append(out, pieceOf(s))
		}
		for _, r := range d.Reducers {
			out = append(out, pieceOf(r))
		}
	case *ast.TestDecl:
		for _, s := range d.Steps {
			out = append(out, pieceOf(s))
		}
	}
	return out
}

func settingsIn(s *ast.Settings) []piece {
	var out []piece
	if s != nil {
		for _, item := range s.Items {
			out = append(out, pieceOf(item))
		}
	}
	return out
}

// missing is the first of want that does not stand in got, in order.
func missing(want, got []piece) (piece, bool) {
	i := 0
	for _, w := range want {
		for i < len(got) && got[i].says != w.says {
			i++
		}
		if i == len(got) {
			return w, true
		}
		i++
	}
	return piece{}, false
}

// untouched leaves out the pieces that a change of text[from:to] touches: those it
// reaches into or stands next to.
func untouched(pieces []piece, from, to int, text string) []piece {
	var out []piece
	for _, p := range pieces {
		before := strings.TrimSpace(text[min(p.to, from):from]) == "" && p.to <= from
		after := p.from >= to && strings.TrimSpace(text[to:max(p.from, to)]) == ""
		if (p.to <= from || p.from >= to) && !before && !after {
			out = append(out, p)
		}
	}
	return out
}

// examples is the corpus and the file that uses the whole grammar.
func examples(t testing.TB) map[string]string {
	t.Helper()
	out := corpus(t)
	text, err := os.ReadFile("testdata/grammar.edy")
	if err != nil {
		t.Fatal(err)
	}
	out["grammar"] = string(text)
	return out
}

// One mistake never reaches beyond its declaration: whatever token of a declaration is
// deleted, and wherever the file is cut off, the declarations around say the same. No
// declaration is excepted but the one the token is part of, doc comments included.
func TestMistakesStayInTheirDeclaration(t *testing.T) {
	const before, after = "stream first = from a |> limit b\n\n", "\n\n/// Last.\nstream last = from z\n"
	for name, text := range examples(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tree, _ := Parse(source.New(name, text))
			whole := declaredIn(tree)
			for i, d := range whole {
				breakEach(t, before+text[d.from:d.to]+after, len(before), len(before)+d.to-d.from, all)
				first, last := whole[max(0, i-1)], whole[min(len(whole)-1, i+1)]
				breakEach(t, text[first.from:last.to], d.from-first.from, d.to-first.from, atEnds)
			}
		})
	}
}

// all and atEnds choose which of n tokens are broken; those near the ends matter most
// to the neighbours.
func all(int, int) bool    { return true }
func atEnds(i, n int) bool { return i < 4 || i >= n-3 }

// without is a text without a token; the line it may have begun begins with the next.
func without(text string, t Token) string {
	before, after := text[:t.Start], text[t.End:]
	if strings.TrimSpace(before[strings.LastIndexByte(before, '\n')+1:]) == "" {
		after = strings.TrimLeft(after, " ")
	}
	return before + after
}

// breakEach deletes tokens of part[from:to], and cuts part off there.
func breakEach(t *testing.T, part string, from, to int, chosen func(i, n int) bool) {
	tree, _ := Parse(source.New("part", part))
	whole := declaredIn(tree)
	tokens := slices.DeleteFunc(Lex(source.New("part", part)), func(t Token) bool {
		return t.Start < from || t.Start >= to || t.Kind == Comment
	})
	for i, token := range tokens {
		if !chosen(i, len(tokens)) || i%sampled != 0 {
			continue
		}
		check := func(what, text string, keep func(piece) bool) {
			got, _ := Parse(source.New("part", text))
			want := slices.DeleteFunc(slices.Clone(whole), func(p piece) bool { return !keep(p) })
			if lost, is := missing(want, declaredIn(got)); is {
				t.Errorf("%s %q lost\n%s\nin\n%s", what, part[token.Start:token.End], lost.says, text)
			}
		}
		check("without", without(part, token), func(p piece) bool { return p.to <= from || p.from >= to })
		check("cut off at", part[:token.Start], func(p piece) bool { return p.to <= from })
	}
}

// One mistake never reaches beyond its stage or member: whatever token between the
// first and the last of them is deleted, the others say the same, but for those that
// stand right beside the token.
func TestMistakesStayInTheirStage(t *testing.T) {
	for name, text := range examples(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tree, _ := Parse(source.New(name, text))
			for _, d := range tree.Decls {
				at := d.Pos()
				breakStages(t, text[at.Start:at.End])
			}
		})
	}
}

func breakStages(t *testing.T, text string) {
	tree, _ := Parse(source.New("part", text))
	if len(tree.Decls) != 1 {
		t.Fatalf("%d declarations in\n%s", len(tree.Decls), text)
	}
	stages, members := stagesIn(tree.Decls[0]), membersIn(tree.Decls[0])
	for i, token := range Lex(source.New("part", text)) {
		if token.Kind == Comment || token.Kind == EOF || i%sampled != 0 {
			continue
		}
		deleted := without(text, token)
		got, _ := Parse(source.New("part", deleted))
		var gotStages, gotMembers []piece
		for _, d := range got.Decls {
			gotStages = append(gotStages, slices.Concat(stagesIn(d)...)...)
			gotMembers = append(gotMembers, membersIn(d)...)
		}
		report := func(what string, want, got []piece) {
			if lost, is := missing(untouched(want, token.Start, token.End, text), got); is {
				t.Errorf("%s: without %q lost\n%s\nin\n%s", what, text[token.Start:token.End], lost.says, deleted)
			}
		}
		for _, arm := range stages {
			if within(arm, token) && !endsInner(text, token) {
				report("stage", arm, gotStages)
			}
		}
		if within(members, token) {
			report("member", members, gotMembers)
		}
	}
}

// within reports a token between the first and the last of the pieces.
func within(pieces []piece, t Token) bool {
	return len(pieces) > 0 && t.Start >= pieces[0].from && t.End <= pieces[len(pieces)-1].to
}

// endsInner reports the parenthesis behind a pipeline in parentheses when the next
// stage stands on its line: without it that stage may well belong inside.
func endsInner(text string, t Token) bool {
	line, _, _ := strings.Cut(text[t.End:], "\n")
	return text[t.Start:t.End] == ")" && strings.HasPrefix(strings.TrimSpace(line), "|>")
}
