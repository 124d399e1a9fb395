package spec

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/edynamic/edynamic/compiler/ir"
	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/pattern"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/runtime/load"
)

// File is an .edy file as a set of cases: its test blocks, and what the compiler is
// expected to say about it. A file expects a diagnostic by a comment of its own:
//
//	//! error E0503 21:6
//	//! warning W0804 9:3
//
// A file with such comments is a case by itself: it passes when the compiler says
// exactly that. Its tests are run when no error is expected.
type File struct {
	Program  *load.Program
	Expected []Expected
	// Unexpected are the diagnostics that no comment expects, of a file without any
	// such comment only its errors.
	Unexpected *diag.List
	loader     *load.Loader
}

// Expected is a diagnostic a file expects.
type Expected struct {
	Code         diag.Code
	Line, Column int
	At           source.Span // of the comment
}

var directive = pattern.Of(`(?m)^//! (error|warning) ([EW]\d{4}) (\d+):(\d+)\s*$`)

// Open reads a file with its expectations.
func Open(l *load.Loader, path string) (*File, error) {
	p, err := l.Load(path, nil)
	if err != nil {
		return nil, err
	}
	f := &File{Program: p, Unexpected: &diag.List{}, loader: l}
	text := p.File.Source.Text
	for _, m := range directive().FindAllStringSubmatchIndex(text, -1) {
		line, _ := strconv.Atoi(text[m[6]:m[7]])
		column, _ := strconv.Atoi(text[m[8]:m[9]])
		at := source.Span{File: p.File.Source, Start: m[0], End: m[1]}
		f.Expected = append(f.Expected, Expected{diag.Code(text[m[4]:m[5]]), line, column, at})
	}
	for _, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(line, "//!") && !directive().MatchString(line) {
			return nil, fmt.Errorf("%s: %q is not an expectation; write //! error E0503 21:6", path, line)
		}
	}
	for _, d := range p.Diags.Items {
		if d.Severity == diag.Error || len(f.Expected) > 0 && !f.expects(d) {
			f.Unexpected.Add(d)
		}
	}
	f.Unexpected.Items = slices.DeleteFunc(f.Unexpected.Items, f.expects)
	return f, nil
}

func (f *File) expects(d *diag.Diagnostic) bool {
	return slices.ContainsFunc(f.Expected, func(e Expected) bool { return e.is(d) })
}

func (e Expected) is(d *diag.Diagnostic) bool {
	at := d.Span().Position()
	return e.Code == d.Code && e.Line == at.Line && e.Column == at.Column
}

// Run runs the cases of the file. A file that does not check has no tests to run.
func (f *File) Run(opt Options) ([]*Outcome, error) {
	var out []*Outcome
	if len(f.Expected) > 0 {
		out = append(out, f.diagnosed())
	}
	if f.Program.Diags.HasErrors() {
		return out, nil
	}
	opt.Recheck = f.recheck
	for _, t := range f.Program.Result.Program.Tests {
		o, err := Run(f.Program.Result.Program, t, opt)
		if err != nil {
			return out, fmt.Errorf("%s: test %q: %w", f.Program.Path, t.Name, err)
		}
		out = append(out, o)
	}
	return out, nil
}

func (f *File) recheck(params map[string]any) (*ir.Program, error) {
	again, err := f.loader.Again(f.Program, params)
	if err != nil {
		return nil, err
	}
	if again.Result.Diags.HasErrors() {
		return nil, fmt.Errorf("with these params the program does not check: %s", again.Result.Diags.Items[0].Message)
	}
	return again.Result.Program, nil
}

// diagnosed compares what the compiler said with what was expected.
func (f *File) diagnosed() *Outcome {
	o := &Outcome{Test: "diagnostics"}
	for _, e := range f.Expected {
		if !slices.ContainsFunc(f.Program.Diags.Items, e.is) {
			o.Failures = append(o.Failures, Failure{e.At, fmt.Sprintf("%s at %d:%d was expected and not said", e.Code, e.Line, e.Column)})
		}
	}
	for _, d := range f.Unexpected.Items {
		at := d.Span().Position()
		o.Failures = append(o.Failures, Failure{d.Span(), fmt.Sprintf("%s at %d:%d was not expected: %s", d.Code, at.Line, at.Column, d.Message)})
	}
	return o
}
