package main

import (
	"reflect"
	"strings"
	"testing"
)

// TestOneCommand compares a command line that has one command with the whole: what is
// printed must not tell them apart.
func TestOneCommand(t *testing.T) {
	model := reflect.TypeFor[cli]()
	for i := range model.NumField() {
		name := strings.ToLower(model.Field(i).Name)
		for _, rest := range [][]string{{"--help"}, {"--paralel=2"}, {"--errors=loud"}, {"--", "a", "b", "c", "d", "e"}} {
			if name == "lsp" && rest[0] == "--" {
				continue // serves
			}
			// A flag in front of the command has the whole of the command line made.
			one := edyc(append([]string{name}, rest...)...)
			all := edyc(append([]string{"--errors=long", name}, rest...)...)
			if one != all {
				t.Errorf("edyc %s %s prints\n%s%sand with all commands\n%s%s", name, rest, one.out, one.err, all.out, all.err)
			}
		}
	}
}
