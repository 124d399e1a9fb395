// Command edyc compiles, runs and tests .edy files.
//
// This package only wires the others together, one file for each subcommand: it
// decides nothing about the language, the engine or the formats.
package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"

	_ "time/tzdata" // zones must not depend on what the machine has installed

	"github.com/alecthomas/kong"

	"github.com/edynamic/edynamic/runtime/connector/file"
)

// Exit codes: a program or data with errors, and wrong usage.
const (
	exitErrors = 1
	exitUsage  = 2
)

// app is what every subcommand is given.
type app struct {
	stdin  io.Reader
	stdout *watched
	stderr io.Writer
	errors string // long, short or json

	machine *file.System
}

// failure ends the program with a code; its text is printed unless it was already.
type failure struct {
	code int
	text string
}

func (f *failure) Error() string { return f.text }

// failed is the failure of a command that has printed why.
func failed() error { return &failure{code: exitErrors} }

// usage is a mistake on the command line.
func usage(format string, args ...any) error {
	return &failure{code: exitUsage, text: fmt.Sprintf(format, args...)}
}

func main() {
	os.Exit(withHeapFloor(func() int {
		if len(os.Args) > 1 && movesRows(os.Args[1]) {
			takeHugePages()
		}
		return run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	}))
}

// run is main for tests. A broken invariant anywhere is reported as our bug.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) (code int) {
	defer func() {
		if r := recover(); r != nil {
			fmt.Fprintf(stderr, "edyc: this is a bug in edyc, please report it: %v\n", r)
			if os.Getenv("EDYC_DEBUG") != "" {
				fmt.Fprintf(stderr, "%s\n", debug.Stack())
			}
			code = exitErrors
		}
	}()
	if len(args) == 0 {
		args = []string{"--help"}
	}
	if args[0] == "--version" {
		args = append([]string{"version"}, args[1:]...)
	}
	stop := -1
	a := &app{stdin: stdin, stdout: &watched{Writer: stdout}, stderr: stderr}
	c, errorsFlag := commandLine(args[0])
	parser, err := kong.New(c,
		kong.Name("edyc"),
		kong.Description("Compile, run and test streams of data written in .edy files.\n\nedyc run FILE runs a program, edyc query 'from x |> ...' FILES needs none. edyc COMMAND --help shows each command with an example."),
		kong.Writers(a.stdout, stderr),
		kong.Exit(func(code int) { stop = code }),
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}),
	)
	if err != nil {
		fmt.Fprintln(stderr, "edyc: this is a bug in edyc:", err)
		return exitErrors
	}
	ctx, err := parser.Parse(sheltered(args))
	if stop >= 0 || a.unwritten() != nil { // --help
		return a.exit(nil)
	}
	if err != nil {
		fmt.Fprintln(stderr, "edyc:", mistyped(err))
		return exitUsage
	}
	a.errors = *errorsFlag
	return a.exit(ctx.Run(a))
}

// watched remembers that standard output could not be written, for commands that do
// not look at each line they print.
type watched struct {
	io.Writer
	err error
}

func (w *watched) Write(b []byte) (int, error) {
	n, err := w.Writer.Write(b)
	if err != nil && w.err == nil {
		w.err = err
	}
	return n, err
}

// standardInput stands for the "-" of an argument such as -?format=csv while the
// command line is read, where it would be taken for a flag.
const standardInput = "\x00"

func sheltered(args []string) []string {
	out := slices.Clone(args)
	for i, arg := range out {
		if strings.HasPrefix(arg, "-?") {
			out[i] = standardInput + arg[1:]
		}
	}
	return out
}

// unsheltered is an argument as it was written.
func unsheltered(arg string) string {
	if rest, ok := strings.CutPrefix(arg, standardInput); ok {
		return "-" + rest
	}
	return arg
}

// mistyped says what is wrong with a command line, and where its help is.
func mistyped(err error) string {
	text, help := err.Error(), "edyc --help"
	var parse *kong.ParseError
	if !errors.As(err, &parse) || parse.Context == nil {
		return text + " (see " + help + ")"
	}
	if node := parse.Context.Selected(); node != nil {
		help = "edyc " + node.Path() + " --help"
	} else if rest, ok := strings.CutPrefix(text, "unexpected argument "); ok {
		name, _, _ := strings.Cut(rest, ",")
		var commands []string
		for _, n := range parse.Context.Model.Children {
			commands = append(commands, n.Name)
		}
		return fmt.Sprintf("there is no command %q%s", name, nearest(name, commands)) + " (" + help + " lists them)"
	}
	if rest, ok := strings.CutPrefix(text, `expected "`); ok {
		text = "missing: " + strings.TrimSuffix(rest, `"`)
	}
	if flag, value, ok := strings.Cut(text, `: expected "<key>=<value>" but got `); ok {
		text = flag + " " + unquoted(value) + ": write " + keyValue[flag]
	}
	if _, file, ok := strings.Cut(text, ` but got "`); ok && strings.HasPrefix(text, "--output must be one of ") && strings.Contains(file, ".") {
		text = "the result goes to standard output, and -o says in which format: -o csv > " + strings.TrimSuffix(file, `"`)
	}
	if flag, value, ok := strings.Cut(text, ": expected a valid 64 bit int but got "); ok {
		text = flag + " " + unquoted(value) + ": write a whole number"
	}
	return text + " (see " + help + ")"
}

// unwritten is why standard output could not be written, nil when it could.
func (a *app) unwritten() error {
	reason := a.stdout.err
	if reason == nil {
		return nil
	}
	var path *fs.PathError
	if errors.As(reason, &path) {
		reason = path.Err
	}
	return fmt.Errorf("cannot write standard output: %w", reason)
}

// keyValue is what the flags that name something take.
var keyValue = map[string]string{"--input": "TOPIC=PATH", "--set": "PARAM=VALUE"}

func unquoted(text string) string {
	if s, err := strconv.Unquote(text); err == nil {
		return s
	}
	return text
}

// exit prints what a command returned and gives the exit code.
func (a *app) exit(err error) int {
	if unwritten := a.unwritten(); unwritten != nil {
		err = unwritten
	}
	if err == nil {
		return 0
	}
	var f *failure
	if errors.As(err, &f) {
		if f.text != "" {
			fmt.Fprintln(a.stderr, "edyc:", f.text)
		}
		return f.code
	}
	fmt.Fprintln(a.stderr, "edyc:", strings.Replace(err.Error(), `cannot read "-"`, "cannot read standard input", 1))
	return exitErrors
}

// fileOf is what stands behind a writer, nil when that is no file.
func fileOf(w io.Writer) *os.File {
	if out, ok := w.(*watched); ok {
		w = out.Writer
	}
	f, _ := w.(*os.File)
	return f
}
