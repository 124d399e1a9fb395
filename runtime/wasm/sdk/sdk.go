// Package sdk holds what functions in other languages have in common: for each
// language one file that scaffolds begin with and examples include. Nothing here runs
// in edyc.
package sdk

import "embed"

// Files are the helpers, one folder for each language.
//
//go:embed c rust go assemblyscript
var Files embed.FS
