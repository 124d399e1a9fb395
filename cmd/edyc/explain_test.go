package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func explained(args ...string) (code int, stdout, stderr string) {
	var out, errs strings.Builder
	code = run(append([]string{"explain"}, args...), strings.NewReader(""), &out, &errs)
	return code, out.String(), errs.String()
}

func TestExplainTakesTheSchemaFromTheData(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"rows.ndjson": `{"net":"us","at":1517443200000}` + "\n",
		"p.edy":       "topic rows from \"rows.ndjson\" { time: at }\n\nstream nets = from rows |> select net\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	code, out, errs := explained(filepath.Join(dir, "p.edy"))
	for _, want := range []string{
		"  schema Rows {\n    net: string\n    at: timestamp\n  }\n",
		"  nets to standard output, when --output says nothing\n",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if code != 0 {
		t.Errorf("exit code %d: %s", code, errs)
	}
}

func TestExplainRefusesUnknownCombinations(t *testing.T) {
	for _, args := range [][]string{
		{"--stage=ir", "--format=svg", "p.edy"}, {"--stage=ast", "--format=dot", "p.edy"}, {"--stage=tokens", "p.edy"}, {"--format=pdf", "p.edy"},
	} {
		if code, _, errs := explained(args...); code != exitUsage || errs == "" {
			t.Errorf("%v: exit code %d, %q", args, code, errs)
		}
	}
}

func TestExplainHelpHasAnExample(t *testing.T) {
	if code, out, _ := explained("--help"); code != 0 || !strings.Contains(out, "Example:") {
		t.Errorf("exit code %d, %s", code, out)
	}
}
