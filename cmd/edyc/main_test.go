package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// asEdyc in the environment makes the test binary the command itself, for tests that
// need a process of its own.
const asEdyc = "EDYC_TEST_AS_EDYC"

func TestMain(m *testing.M) {
	if os.Getenv(asEdyc) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// result is what a command did.
type result struct {
	code     int
	out, err string
}

// edyc runs a command in this process.
func edyc(args ...string) result { return edycWith("", args...) }

func edycWith(stdin string, args ...string) result {
	var out, err strings.Builder
	code := run(args, strings.NewReader(stdin), &out, &err)
	return result{code, out.String(), err.String()}
}

// folder is a working directory of the test's own with files, name and text in turn.
func folder(t *testing.T, files ...string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for i := 0; i < len(files); i += 2 {
		if err := os.MkdirAll(filepath.Dir(files[i]), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(files[i], []byte(files[i+1]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// expect compares the exit code and looks for parts of what was printed.
func (r result) expect(t *testing.T, code int, parts ...string) {
	t.Helper()
	if r.code != code {
		t.Errorf("exit code %d, not %d", r.code, code)
	}
	for _, part := range parts {
		if !strings.Contains(r.out+r.err, part) {
			t.Errorf("does not say %q", part)
		}
	}
	if t.Failed() {
		t.Logf("stdout:\n%s\nstderr:\n%s", r.out, r.err)
	}
}

// oneLine expects an exit code and nothing but one line on standard error.
func (r result) oneLine(t *testing.T, code int, line string) {
	t.Helper()
	if r.code != code || r.out != "" || r.err != line+"\n" {
		t.Errorf("exit code %d\nstdout:\n%s\nstderr:\n%s\nwant %d and only\n%s", r.code, r.out, r.err, code, line)
	}
}

var commands = []string{"build", "check", "completion", "diff", "doc", "editor", "explain", "fix", "fmt", "help", "lsp", "new", "query", "replay", "run", "schema", "test", "topic", "udf", "version"}

func TestEveryCommandHelpsWithAnExample(t *testing.T) {
	for _, name := range commands {
		t.Run(name, func(t *testing.T) {
			edyc(name, "--help").expect(t, 0, "Usage: edyc "+name, "Example:\n", "edyc "+name)
			edyc("help", name).expect(t, 0, "Usage: edyc "+name)
		})
	}
	edyc("help", "topic", "tail").expect(t, 0, "Usage: edyc topic tail")
}

func TestOverview(t *testing.T) {
	for _, args := range [][]string{{}, {"--help"}, {"help"}} {
		r := edyc(args...)
		r.expect(t, 0, "Usage: edyc <command>")
		for _, name := range commands {
			r.expect(t, 0, "\n  "+name+" ")
		}
	}
}

func TestMistypedCommandLines(t *testing.T) {
	folder(t)
	for _, c := range []struct {
		args []string
		line string
	}{
		{[]string{"chek"}, `edyc: there is no command "chek"; did you mean "check"? (edyc --help lists them)`},
		{[]string{"frobnicate"}, `edyc: there is no command "frobnicate" (edyc --help lists them)`},
		{[]string{"run", "x.edy", "--frob"}, `edyc: unknown flag --frob (see edyc run --help)`},
		{[]string{"run"}, `edyc: missing: <file> (see edyc run --help)`},
		{[]string{"check"}, `edyc: missing: <file> ... (see edyc check --help)`},
		{[]string{"query", "from x"}, `edyc: missing: <file> ... (see edyc query --help)`},
		{[]string{"query", "from x", "x.csv", "-o", "out.csv"}, `edyc: the result goes to standard output, and -o says in which format: -o csv > out.csv (see edyc query --help)`},
		{[]string{"query", "from x", "x.csv", "-o", "xml"}, `edyc: --output must be one of "table","ndjson","csv","arrow","parquet" but got "xml" (see edyc query --help)`},
		{[]string{"run", "x.edy", "--parallel=many"}, `edyc: --parallel many: write a whole number (see edyc run --help)`},
		{[]string{"topic", "list", "nodir"}, `edyc: unexpected argument nodir (see edyc topic list --help)`},
		{[]string{"run", "x.edy", "--parallel=0"}, `edyc: --parallel and --batch are at least 1`},
		{[]string{"run", "x.edy", "--output", "big"}, `edyc: --output big: write STREAM=PATH`},
		{[]string{"run", "x.edy", "--set", "least"}, `edyc: --set least: write PARAM=VALUE (see edyc run --help)`},
		{[]string{"run", "x.edy", "--input", "bids"}, `edyc: --input bids: write TOPIC=PATH (see edyc run --help)`},
		{[]string{"fmt", "-w"}, `edyc: -w writes files back, and standard input is none`},
		{[]string{"fmt", "-w", "--check", "x.edy"}, `edyc: --check changes nothing, and -w writes: say one of them`},
		{[]string{"fix", "--code", "E9999", "x.edy"}, `edyc: --code E9999: there is no such code; edyc help codes lists them`},
		{[]string{"--errors=loud", "check", "x.edy"}, `edyc: --errors must be one of "long","short","json" but got "loud" (see edyc check --help)`},
		{[]string{"completion", "tcsh"}, `edyc: <shell> must be one of "bash","zsh","fish" but got "tcsh" (see edyc completion --help)`},
		{[]string{"help", "E9999"}, `edyc: there is no code or command "E9999"; edyc help codes lists the codes`},
		{[]string{"help", "E0150"}, `edyc: there is no code or command "E0150"; the nearest code is E0105`},
		{[]string{"doc", "uper"}, `edyc: there is no function or aggregate "uper"; did you mean "upper"?`},
		{[]string{"new", "Bad-Name"}, `edyc: "Bad-Name" is not a name: use lower-case letters, digits and _, starting with a letter`},
	} {
		t.Run(strings.Join(c.args, " "), func(t *testing.T) { edyc(c.args...).oneLine(t, exitUsage, c.line) })
	}
}

func TestHelpOfCodes(t *testing.T) {
	edyc("help", "e0105").expect(t, 0, "# E0105: \"=\" in a condition", "## Before", "## After")
	r := edyc("help", "codes")
	r.expect(t, 0, "E0501  aggregate that never forgets\n", "W0804  ")
	if n := strings.Count(r.out, "\n"); n < 100 {
		t.Errorf("only %d codes", n)
	}
}

func TestDoc(t *testing.T) {
	r := edyc("doc", "split")
	r.expect(t, 0, "split (function)\n", "Examples:\n")
	edyc("doc", "any").expect(t, 0, "any (function)", "any (aggregate)")
	all := edyc("doc")
	all.expect(t, 0, "\naggregates\n", "  count ")
	if n := strings.Count(all.out, "\n"); n < 150 {
		t.Errorf("only %d lines", n)
	}
}

func TestVersionAndCompletion(t *testing.T) {
	edyc("version").expect(t, 0, "edyc 0.1.0")
	edyc("completion", "bash").expect(t, 0, "complete -o filenames -F _edyc edyc", "run) words=\"--")
	edyc("completion", "zsh").expect(t, 0, "bashcompinit", "_edyc")
	edyc("completion", "fish").expect(t, 0, "-a query", "-l fail-on-errors")
}

// Every command says in one line that standard output could not be written.
func TestFullStandardOutput(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("a standard output that cannot be written is tried with /dev/full, which this system does not have: ", err)
	}
	defer full.Close()
	folder(t, "p.edy", bidProgram, "t.edy", tested, "bids.ndjson", fourBids)
	for _, args := range [][]string{
		{"run", "p.edy"}, {"test", "t.edy"}, {"query", "from bids", "bids.ndjson"}, {"query", "from bids", "bids.ndjson", "-o", "csv"},
		{"fmt", "p.edy"}, {"explain", "p.edy"}, {"doc"}, {"doc", "upper"}, {"help"}, {"help", "codes"}, {"help", "E0105"}, {"help", "run"}, {"run", "--help"},
		{"completion", "bash"}, {"version"}, {"new", "project"}, {"check", "--errors=json", "p.edy"}, {"--help"},
	} {
		var said strings.Builder
		code := run(args, strings.NewReader(""), full, &said)
		if code != 1 || said.String() != "edyc: cannot write standard output: no space left on device\n" {
			t.Errorf("%s: exit code %d\n%s", strings.Join(args, " "), code, said.String())
		}
	}
}

func TestVersionFlag(t *testing.T) {
	edyc("--version").expect(t, 0, "edyc "+version)
}
