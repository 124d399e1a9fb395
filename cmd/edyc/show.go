package main

import (
	"io"
	"os"

	"github.com/edynamic/edynamic/lang/diag"
)

func formatNamed(name string) diag.Format {
	f, err := diag.ParseFormat(name)
	if err != nil {
		return diag.Long // the command line allows no other words
	}
	return f
}

// colour reports whether output to w may be coloured.
func (a *app) colour(w io.Writer) bool {
	f := fileOf(w)
	return f != nil && diag.UseColor(f, os.Getenv)
}
