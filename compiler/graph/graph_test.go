package graph_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hamba/avro/v2"

	"github.com/edynamic/edynamic/compiler/check"
	"github.com/edynamic/edynamic/compiler/graph"
	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/compiler/lower"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/types"
)

func archive(t testing.TB, g *graph.Graph) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := graph.Write(&b, g); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func read(t testing.TB, data []byte) *graph.Graph {
	t.Helper()
	g, err := graph.Read(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func planJSON(t testing.TB, g *graph.Graph) string {
	t.Helper()
	text, err := graph.PlanJSON(g)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestWhatIsReadIsWhatWasWritten(t *testing.T) {
	all := programs(t)
	if len(all) < 10 {
		t.Fatalf("only %d programs check", len(all))
	}
	for name, g := range all {
		data := archive(t, g)
		back := read(t, data)
		if name == "wide" || strings.Contains(name, "examples") { // comparing trees is slow
			if d := cmp.Diff(g.Program, back.Program, alike); d != "" {
				t.Errorf("%s: the program differs:\n%s", name, d)
			}
			if d := cmp.Diff(g.Plan, back.Plan, alike); d != "" {
				t.Errorf("%s: the plan differs:\n%s", name, d)
			}
		}
		if planJSON(t, g) != planJSON(t, back) {
			t.Errorf("%s: written again, the plan differs", name)
		}
		if again := archive(t, back); !bytes.Equal(data, again) {
			t.Errorf("%s: written again, the archive differs", name)
		}
	}
}

// What is read can be lowered again, as `run` does for the outputs asked for.
func TestWhatIsReadCanBeLowered(t *testing.T) {
	for name, g := range programs(t) {
		back := read(t, archive(t, g))
		for _, opt := range []lower.Options{{All: true}, {Outputs: []string{"lines"}}, {KeepColumns: true, All: true}} {
			want, err := lower.Program(g.Program, opt)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			got, err := lower.Program(back.Program, opt)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			one := planJSON(t, &graph.Graph{Files: g.Files, Program: g.Program, Plan: want})
			if two := planJSON(t, &graph.Graph{Files: back.Files, Program: back.Program, Plan: got}); one != two {
				t.Errorf("%s with %+v: the plan of what was read differs", name, opt)
			}
		}
	}
}

func TestTheSameProgramGivesTheSameBytes(t *testing.T) {
	text, err := os.ReadFile("testdata/wide.edy")
	if err != nil {
		t.Fatal(err)
	}
	want := archive(t, checked(t, "wide.edy", string(text)))
	for _, name := range []string{"wide.edy", "./wide.edy", "a/b/wide.edy", "../wide.edy", "/somewhere/else/wide.edy"} {
		if got := archive(t, checked(t, name, string(text))); !bytes.Equal(got, want) {
			t.Errorf("as %s the archive differs", name)
		}
	}
}

func TestEntries(t *testing.T) {
	data := archive(t, wide(t))
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range z.File {
		names = append(names, f.Name)
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case strings.HasPrefix(f.Name, "schemas/"):
			if _, err := avro.ParseWithCache(string(text), "", &avro.SchemaCache{}); err != nil {
				t.Errorf("%s: %v", f.Name, err)
			}
		case strings.HasSuffix(f.Name, ".json") && !json.Valid(text):
			t.Errorf("%s is not JSON", f.Name)
		}
	}
	want := []string{"manifest.json", "plan.json", "schemas/accounts.avsc", "schemas/archive.avsc", "schemas/dear.avsc", "schemas/dear_copy.avsc",
		"schemas/errors.avsc", "schemas/orders.avsc", "schemas/orders_bad.avsc", "schemas/orders_late.avsc", "schemas/plenty.avsc",
		"schemas/quakes.avsc", "sourcemap.json", "src/wide.edy"}
	if d := cmp.Diff(want, names); d != "" {
		t.Error(d)
	}
}

func TestSourceMap(t *testing.T) {
	g := checked(t, "p.edy", "topic t from \"t.ndjson\"\n\nstream s =\n  from t\n  |> where mag is not null\n")
	var places map[string]struct {
		File                             string
		Line, Column, EndLine, EndColumn int
	}
	if err := json.Unmarshal(entryOf(t, archive(t, g), "sourcemap.json"), &places); err != nil {
		t.Fatal(err)
	}
	if p := places["s/1:where"]; p.File != "p.edy" || p.Line != 5 || p.Column < 3 || p.Column > 6 {
		t.Errorf("the where stands at %+v", p)
	}
}

func entryOf(t *testing.T, data []byte, name string) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := z.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// Paths of data start where the reader of the archive says.
func TestFolders(t *testing.T) {
	text := "topic t from \"data/t.ndjson\"\nstream s = from t |> where mag is not null\nsink o from s to \"out.ndjson\"\n"
	back := read(t, archive(t, checked(t, "some/where/p.edy", text)))
	if dir := back.Program.Sources[0].Dir; dir != "." {
		t.Errorf("the archive says %q", dir)
	}
	placed := back.In("/deployed")
	if got := placed.Program.Sources[0].Dir; got != filepath.FromSlash("/deployed") {
		t.Errorf("a source starts from %q", got)
	}
	if got := placed.Plan.Sinks[0].Dir; got != filepath.FromSlash("/deployed") {
		t.Errorf("a sink starts from %q", got)
	}
	i := slices.IndexFunc(placed.Plan.Nodes, func(n *plan.Node) bool { _, ok := n.Op.(*plan.Sink); return ok })
	if placed.Plan.Nodes[i].Op.(*plan.Sink).Sink != placed.Plan.Sinks[0] {
		t.Error("the node of the sink has another sink than the plan")
	}
	if back.Program.Sources[0].Dir != "." {
		t.Error("the graph that was read has changed")
	}
}

// noData is a catalog on a machine without the data.
type noData struct{ catalog }

func (noData) Infer(_, uri, _ string) (*types.Type, error) {
	return nil, os.ErrNotExist
}

// A program is checked again from its archive, without its files and its data.
func TestCheckedAgain(t *testing.T) {
	data := archive(t, wide(t))
	back := read(t, data)
	s := back.Sources()
	var base sig.Catalog = noData{}
	r := check.Check(s.Main(), check.Options{Catalog: s.Catalog(base), Import: s.Import, Dir: s.Dir})
	if r.Diags.HasErrors() {
		t.Fatalf("it does not check: %s", r.Diags.Items[0].Message)
	}
	topology, err := lower.Program(r.Program, lower.Options{All: true})
	if err != nil {
		t.Fatal(err)
	}
	again := &graph.Graph{Compiler: back.Compiler, Files: back.Files, Program: r.Program, Plan: topology}
	if !bytes.Equal(archive(t, again), data) {
		t.Error("checked again, the archive differs")
	}
}

func TestImportsComeFromTheArchive(t *testing.T) {
	main := source.New("app/main.edy", "import \"../shared/rows.edy\" as shared\nimport deep.rest\ntopic t: shared.R\n")
	shared := source.New("shared/rows.edy", "module rows\nexport schema R { a: int }\n")
	deep := source.New("app/deep/rest.edy", "export schema Q { a: int }\n")
	p := &ir.Program{}
	g, err := graph.New("1", []*source.File{main, shared, deep}, p, &plan.Graph{})
	if err != nil {
		t.Fatal(err)
	}
	back := read(t, archive(t, g))
	var names []string
	for _, f := range back.Files {
		names = append(names, f.Name)
	}
	if d := cmp.Diff([]string{"main.edy", "../shared/rows.edy", "deep/rest.edy"}, names); d != "" {
		t.Error(d)
	}
	s := back.Sources()
	for i, want := range []string{"../shared/rows.edy", "deep/rest.edy"} {
		f, err := s.Import(s.Main().Source, s.Main().Imports[i])
		if err != nil {
			t.Fatal(err)
		}
		if f.Source.Name != want {
			t.Errorf("import %d is %s, not %s", i, f.Source.Name, want)
		}
	}
}
