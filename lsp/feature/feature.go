// Package feature answers what an editor asks about programs: what is wrong here, what
// stands here, what may stand here, where else it stands.
//
// Everything works on a Snapshot, which never changes, so that requests run beside each
// other. The package knows no connection and runs nothing: rows come from the Runner it
// is given, and nothing here may block on the user.
package feature

import (
	"context"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/lsp/protocol"
)

// Env is what the features are given.
type Env struct {
	Catalog  sig.Catalog
	Encoding protocol.Encoding
	// ReadFile reads a source file; nil for none but the open ones.
	ReadFile func(path string) (text string, stamp string, err error)
	// Stamp tells whether a file has changed, "" for one that is not there.
	Stamp func(path string) string
	// Runner runs streams and tests; nil where nothing can be run.
	Runner Runner
	// Docs is the address under which the page of a code stands, with %s for the code.
	Docs string
	// Snippets tells that the client can fill in placeholders.
	Snippets bool
}

// Source is a program as an editor has it: the path of its main file, those of the files
// it imports, among which modules are found by their names, and the texts of open files
// by their paths, which count instead of what is stored.
type Source struct {
	Path    string
	Imports []string
	Open    map[string]string
}

// Runner runs parts of programs. Its errors are shown to the user as they are.
type Runner interface {
	// Preview gives the first rows of a stream over the files of its sources.
	Preview(ctx context.Context, src Source, stream string, rows int) (*Rows, error)
	// Test runs the tests of a file, or the one that is named.
	Test(ctx context.Context, src Source, name string) ([]TestResult, error)
}

// Rows are rows as text.
type Rows struct {
	Columns []string
	Cells   [][]string
	More    bool // there are more rows
}

// TestResult is what became of one test.
type TestResult struct {
	Name     string
	Failures []TestFailure
}

// TestFailure is one thing that was not as expected, at an offset of the file.
type TestFailure struct {
	Path       string
	Start, End int
	Text       string
}
