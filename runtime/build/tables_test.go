package build_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/compiler/lower"
	"github.com/edynamic/edynamic/runtime/clock"
	"github.com/edynamic/edynamic/runtime/connector/file"
)

const tableRows = `{"id":1,"k":"x","at":"2024-01-01T00:00:01Z"}
{"id":2,"k":"y","at":"2024-01-01T00:00:03Z"}
{"id":3,"k":"z","at":"2024-01-01T00:00:03Z"}
{"id":4,"k":"x","at":"2024-01-01T00:00:09Z"}
`

const tableValues = `{"k":"x","v":1,"at":"2024-01-01T00:00:00Z"}
{"k":"y","v":2,"at":"2024-01-01T00:00:02Z"}
{"k":"x","v":3,"at":"2024-01-01T00:00:04Z"}
{"k":"w","v":7,"at":"2024-01-01T00:00:05Z"}
`

// tablePrograms look rows of `a` up in the newest ones of `b`.
var tablePrograms = map[string]string{
	"timed":   "topic a: A { time: at }\ntopic b: B { time: at }\nstream newest = from b |> latest by k keep forever\n",
	"untimed": "topic a: A { }\ntopic b: B { time: at }\nstream newest = from b |> latest by k keep forever\n",
	// The rows of the table come through a topic that another stream writes.
	"through a topic": "topic a: A { }\ntopic b: B { time: at }\ntopic c: B { time: at }\nstream kept = from b |> where v < 9 |> into c\nstream newest = from c |> latest by k keep forever\n",
}

func lookingUp(name, more string) string {
	return "schema A { id: int k: string at: timestamp }\nschema B { k: string v: int at: timestamp }\n" + tablePrograms[name] + more + `
stream found = from a |> left lookup n = newest on k == n.k |> select id, v = n?.v
sink out from found to "found.ndjson"
`
}

const wholeTable = `{"id":1,"v":3}
{"id":2,"v":2}
{"id":3,"v":null}
{"id":4,"v":3}
`

// TestTableOfFilesIsReadFirst: whether the program names the files or the run does, a
// table that ends is read whole before the first row (SEMANTICS 70), however rows are cut
// into batches.
func TestTableOfFilesIsReadFirst(t *testing.T) {
	declared := "source from_a from file into a { path: \"a.ndjson\" }\nsource from_b from file into b { path: \"b.ndjson\" }\n"
	for name := range tablePrograms {
		for how, more := range map[string]string{"declared": declared, "given": ""} {
			for _, opt := range settings {
				w := newWorld(t, map[string]string{"a.ndjson": tableRows, "b.ndjson": tableValues})
				if how == "given" {
					opt.Inputs = map[string]string{"a": w.dir + "/a.ndjson", "b": w.dir + "/b.ndjson"}
				}
				w.run(lookingUp(name, more), opt, lower.Options{})
				if diff := cmp.Diff(wholeTable, w.read("found.ndjson")); diff != "" {
					t.Errorf("%s, %s, %d rows, %d instances (-want +got):\n%s", name, how, opt.BatchRows, opt.Parallel, diff)
				}
			}
		}
	}
}

// Rows from standard input do not wait to be told apart from a table: the file beside them
// is read first.
func TestTableBeforeStandardInput(t *testing.T) {
	for name := range tablePrograms {
		for _, opt := range settings {
			w := newWorld(t, map[string]string{"b.ndjson": tableValues})
			w.system = &file.System{Stdin: strings.NewReader(tableRows), Clock: clock.Real{}}
			opt.Inputs = map[string]string{"a": "-?format=ndjson", "b": w.dir + "/b.ndjson"}
			w.run(lookingUp(name, ""), opt, lower.Options{})
			if diff := cmp.Diff(wholeTable, w.read("found.ndjson")); diff != "" {
				t.Errorf("%s, %d rows, %d instances (-want +got):\n%s", name, opt.BatchRows, opt.Parallel, diff)
			}
		}
	}
}

// A table that is piped in is read to its end before the first row of a file.
func TestTableFromStandardInput(t *testing.T) {
	for name := range tablePrograms {
		for _, opt := range settings {
			w := newWorld(t, map[string]string{"a.ndjson": tableRows})
			w.system = &file.System{Stdin: strings.NewReader(tableValues), Clock: clock.Real{}}
			opt.Inputs = map[string]string{"a": w.dir + "/a.ndjson", "b": "-?format=ndjson"}
			w.run(lookingUp(name, ""), opt, lower.Options{})
			if diff := cmp.Diff(wholeTable, w.read("found.ndjson")); diff != "" {
				t.Errorf("%s, %d rows, %d instances (-want +got):\n%s", name, opt.BatchRows, opt.Parallel, diff)
			}
		}
	}
}
