package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/edynamic/edynamic/lang/diag"
	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/stdlib"
)

type docCmd struct {
	Name string `arg:"" optional:"" help:"A function or aggregate."`
}

// Help is shown under --help.
func (docCmd) Help() string {
	return `Without an argument, lists all functions and aggregates with one line each.

Example:
  edyc doc split
  edyc doc | grep time`
}

// Run prints documentation from the library itself.
func (c *docCmd) Run(a *app) error {
	if c.Name == "" {
		return listDocs(a.stdout)
	}
	found := false
	if f := stdlib.Lookup(c.Name); f != nil {
		writeDoc(a.stdout, &f.Function, "function")
		found = true
	}
	if agg := stdlib.LookupAggregate(c.Name); agg != nil {
		writeDoc(a.stdout, &agg.Function, "aggregate")
		found = true
	}
	if f := stdlib.LookupRowFunction(c.Name); f != nil {
		writeDoc(a.stdout, f, "function of rows, with over")
		found = true
	}
	if found {
		return nil
	}
	if near, ok := diag.Closest(c.Name, docNames()); ok {
		return usage("there is no function or aggregate %q; did you mean %q?", c.Name, near)
	}
	return usage("there is no function or aggregate %q; edyc doc lists them", c.Name)
}

func docNames() []string {
	var names []string
	for _, f := range stdlib.Functions() {
		names = append(names, f.Name)
	}
	for _, agg := range stdlib.Aggregates() {
		names = append(names, agg.Name)
	}
	for _, f := range stdlib.RowFunctions() {
		names = append(names, f.Name)
	}
	return names
}

func listDocs(w io.Writer) error {
	group := ""
	line := func(f *sig.Function, heading string) {
		if heading != group {
			if group != "" {
				fmt.Fprintln(w)
			}
			group = heading
			fmt.Fprintln(w, heading)
		}
		fmt.Fprintf(w, "  %-22s %s\n", f.Name, summary(f.Doc))
	}
	for _, f := range stdlib.Functions() {
		line(&f.Function, f.Group)
	}
	for _, agg := range stdlib.Aggregates() {
		line(&agg.Function, "aggregates")
	}
	for _, f := range stdlib.RowFunctions() {
		line(f, f.Group)
	}
	return nil
}

// summary is the first sentence of a doc.
func summary(doc string) string {
	if i := strings.Index(doc, ". "); i >= 0 {
		doc = doc[:i+1]
	}
	return strings.Join(strings.Fields(doc), " ")
}

func writeDoc(w io.Writer, f *sig.Function, kind string) {
	fmt.Fprintf(w, "%s (%s)\n\n", f.Name, kind)
	for _, o := range f.Overloads {
		fmt.Fprintf(w, "  %s\n", o.Text)
	}
	fmt.Fprintf(w, "\n%s\n", strings.TrimSpace(f.Doc))
	if f.Nulls != "" {
		fmt.Fprintf(w, "\nNulls: %s\n", f.Nulls)
	}
	if f.Failure != "" {
		fmt.Fprintf(w, "\nFails: %s\n", strings.TrimPrefix(f.Failure, "fails "))
	}
	if len(f.Examples) == 0 {
		return
	}
	fmt.Fprintln(w, "\nExamples:")
	for _, e := range f.Examples {
		rows := ""
		if e.Rows != "" {
			rows = "  over " + e.Rows
		}
		fmt.Fprintf(w, "  %s%s\n    -> %s\n", e.Expr, rows, e.Result)
	}
}
