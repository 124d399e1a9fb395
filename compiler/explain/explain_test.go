package explain_test

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/edynamic/edynamic/compiler/check"
	"github.com/edynamic/edynamic/compiler/explain"
	"github.com/edynamic/edynamic/compiler/lower"
	"github.com/edynamic/edynamic/compiler/optimize"
	"github.com/edynamic/edynamic/compiler/plan"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/syntax"
)

var update = flag.Bool("update", false, "rewrite the golden files; read the difference before it is committed")

// programs are the small ones of testdata, and an example.
var programs = map[string]string{
	"inferred":    "testdata/inferred.edy",
	"doors":       "testdata/doors.edy",
	"forever":     "testdata/forever.edy",
	"earthquakes": "../../examples/earthquakes/earthquakes.edy",
}

func input(t *testing.T, name string) explain.Input {
	t.Helper()
	text, err := os.ReadFile(programs[name])
	if err != nil {
		t.Fatal(err)
	}
	return checked(t, name+".edy", string(text))
}

func checked(t *testing.T, name, text string) explain.Input {
	t.Helper()
	tree, diags := syntax.Parse(source.New(name, text))
	for _, d := range diags.Items {
		t.Fatalf("%s: %s", name, d.Message)
	}
	result := check.Check(tree, check.Options{Catalog: catalog{}})
	if result.Diags.HasErrors() {
		t.Fatalf("%s: %s", name, result.Diags.Items[0].Message)
	}
	in := explain.Input{Files: []*ast.File{tree}, Program: result.Program}
	in.Plan = planned(t, result)
	in.Graph = optimize.Run(planned(t, result), optimize.Options{})
	return in
}

func planned(t *testing.T, result *check.Result) *plan.Graph {
	t.Helper()
	g, err := lower.Program(result.Program, lower.Options{All: true})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func written(t *testing.T, in explain.Input, stage explain.Stage, format explain.Format) string {
	t.Helper()
	var b strings.Builder
	if err := explain.Write(&b, in, stage, format); err != nil {
		t.Fatalf("%s as %s: %v", stage, format, err)
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	for name := range programs {
		in := input(t, name)
		for _, stage := range []explain.Stage{explain.Summary, explain.IR, explain.Plan} {
			path := filepath.Join("testdata", name+"."+string(stage)+".txt")
			got := written(t, in, stage, explain.Text)
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("%s differs:\n%s", path, difference(string(want), got))
			}
		}
	}
}

// difference is the first line in which two texts differ.
func difference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(w), len(g)) {
		if w[i] != g[i] {
			return "want " + w[i] + "\ngot  " + g[i]
		}
	}
	return "one is longer"
}

func TestEveryCombinationParsesOrIsRefused(t *testing.T) {
	stages := []explain.Stage{explain.Summary, explain.AST, explain.IR, explain.Plan, explain.Graph}
	formats := []explain.Format{explain.Text, explain.JSON, explain.Dot, explain.Mermaid, explain.SVG}
	for name := range programs {
		in := input(t, name)
		for _, stage := range stages {
			for _, format := range formats {
				drawn := format == explain.Dot || format == explain.Mermaid || format == explain.SVG
				if drawn && (stage == explain.AST || stage == explain.IR) {
					if err := explain.Write(io.Discard, in, stage, format); !errors.Is(err, explain.ErrCombination) {
						t.Errorf("%s as %s: %v", stage, format, err)
					}
					continue
				}
				text := written(t, in, stage, format)
				if again := written(t, in, stage, format); again != text {
					t.Errorf("%s: %s as %s is not the same twice", name, stage, format)
				}
				if err := parses(format, text); err != nil {
					t.Errorf("%s: %s as %s: %v", name, stage, format, err)
				}
			}
		}
	}
}

func parses(format explain.Format, text string) error {
	switch format {
	case explain.JSON:
		var v map[string]any
		return json.Unmarshal([]byte(text), &v)
	case explain.SVG:
		d := xml.NewDecoder(strings.NewReader(text))
		for {
			if _, err := d.Token(); err != nil {
				if errors.Is(err, io.EOF) {
					return nil
				}
				return err
			}
		}
	case explain.Dot:
		if !strings.HasPrefix(text, "digraph plan {\n") || !strings.HasSuffix(text, "}\n") || strings.Count(text, `"`)%2 != 0 {
			return errors.New("not a graph")
		}
	case explain.Mermaid:
		if !strings.HasPrefix(text, "flowchart TB\n") || strings.Count(text, `"`)%2 != 0 {
			return errors.New("not a flow chart")
		}
	case explain.Text:
	}
	if text == "" {
		return errors.New("empty")
	}
	return nil
}

func TestUnknownStageAndFormat(t *testing.T) {
	if err := explain.Check("tokens", explain.Text); !errors.Is(err, explain.ErrCombination) {
		t.Error(err)
	}
	if err := explain.Check(explain.Plan, "pdf"); !errors.Is(err, explain.ErrCombination) {
		t.Error(err)
	}
}

// The schema shown for data can be pasted: it parses, and gives the same rows.
func TestInferredSchemaCanBePasted(t *testing.T) {
	doc := summaryOf(t, input(t, "inferred"))
	topic := doc.Topics[0]
	if !topic.Inferred {
		t.Fatalf("topic %s is not inferred", topic.Name)
	}
	again := summaryOf(t, checked(t, "pasted.edy", topic.Schema+"topic quake_feed: QuakeFeed { time: at watermark: complete bounded: true }\n"))
	if got := again.Topics[0].Schema; got != topic.Schema {
		t.Errorf("want %s\ngot  %s", topic.Schema, got)
	}
}

func summaryOf(t *testing.T, in explain.Input) explain.SummaryDoc {
	t.Helper()
	var doc explain.SummaryDoc
	if err := json.Unmarshal([]byte(written(t, in, explain.Summary, explain.JSON)), &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestStatedFacts(t *testing.T) {
	doors := written(t, input(t, "doors"), explain.Summary, explain.Text)
	for _, want := range []string{
		"param floor: long, must be set, at least 0",
		"      ~ customer: string (was string?)\n      rows with a null go to nameless\n",
		"      + euros: double (hidden)\n",
		"      late rows are dropped and counted\n",
		"      kind      changes (was append)\n      key       customer, window.start, window.end (was id)\n      state     at most |customer| per open window (rows/s x 1d1h10m)\n",
		"  when cents == 0 -> dropped and counted\n",
		"  days to file \"days.csv\"\n",
		"exempt from giving the same bytes again\n  source feed: ",
	} {
		if !strings.Contains(doors, want) {
			t.Errorf("doors: no %q in\n%s", want, doors)
		}
	}
	forever := written(t, input(t, "forever"), explain.Summary, explain.Text)
	for _, want := range []string{
		"state kept forever\n  newest: latest by sensor keep forever (forever.edy:15)\n",
		"      with more\n        |> dedup by sensor within 1h\n",
		"  |> where readings is Temp\n      + sensor: string\n",
	} {
		if !strings.Contains(forever, want) {
			t.Errorf("forever: no %q in\n%s", want, forever)
		}
	}
	if n := strings.Count(forever, "where readings is Temp"); n != 1 {
		t.Errorf("a where that narrows is shown %d times", n)
	}
}

func TestFullShowsEveryColumn(t *testing.T) {
	in := input(t, "inferred")
	in.Full = true
	if text := written(t, in, explain.Summary, explain.Text); !strings.Contains(text, "        net: string\n      ~ ") &&
		!strings.Contains(text, "      ~ mag: double (was double?)\n        net: string\n") {
		t.Errorf("net, which does not change, is not shown:\n%s", text)
	}
}

// Every edge and every side door of a plan is drawn, and boxes do not overlap.
func TestDrawingIsComplete(t *testing.T) {
	in := input(t, "doors")
	var doc explain.PlanDoc
	if err := json.Unmarshal([]byte(written(t, in, explain.Plan, explain.JSON)), &doc); err != nil {
		t.Fatal(err)
	}
	edges, doors := 0, 0
	for _, n := range doc.Nodes {
		edges += len(n.In)
		doors += len(n.Doors)
	}
	dot := written(t, in, explain.Plan, explain.Dot)
	if got := len(regexp.MustCompile(`(?m)^  n\d+ -> n\d+`).FindAllString(dot, -1)); got != edges+doors {
		t.Errorf("dot has %d lines, the plan %d edges and %d doors", got, edges, doors)
	}
	if got := strings.Count(dot, "style=dashed"); got != doors || doors == 0 {
		t.Errorf("dot has %d dashed lines, the plan %d doors", got, doors)
	}
	svg := written(t, in, explain.Plan, explain.SVG)
	if got := strings.Count(svg, "marker-end") - strings.Count(svg, `class="door" marker-end`); got != edges {
		t.Errorf("svg has %d edges, the plan %d", got, edges)
	}
	overlap(t, svg)
}

func overlap(t *testing.T, svg string) {
	t.Helper()
	type rect struct {
		X      int    `xml:"x,attr"`
		Y      int    `xml:"y,attr"`
		Width  int    `xml:"width,attr"`
		Height int    `xml:"height,attr"`
		Class  string `xml:"class,attr"`
	}
	var doc struct {
		Boxes []struct {
			Rect rect `xml:"rect"`
		} `xml:"g"`
	}
	if err := xml.Unmarshal([]byte(svg), &doc); err != nil {
		t.Fatal(err)
	}
	for i, a := range doc.Boxes {
		for _, b := range doc.Boxes[i+1:] {
			a, b := a.Rect, b.Rect
			if a.X < b.X+b.Width && b.X < a.X+a.Width && a.Y < b.Y+b.Height && b.Y < a.Y+a.Height {
				t.Errorf("boxes overlap: %+v and %+v", a, b)
			}
		}
	}
	if len(doc.Boxes) == 0 {
		t.Error("no boxes")
	}
}
