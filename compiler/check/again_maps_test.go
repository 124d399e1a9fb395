package check_test

import (
	"reflect"
	"testing"

	"github.com/edynamic/edynamic/compiler/check"
	"github.com/edynamic/edynamic/lang/ast"
	"github.com/edynamic/edynamic/lang/source"
	"github.com/edynamic/edynamic/lang/syntax"
	"github.com/edynamic/edynamic/runtime/build"
	"github.com/edynamic/edynamic/runtime/connector/file"
)

// everything gives something to each map of the checker.
const everything = `module everything timezone "UTC"
import "lib.edy" as lib
import lib.{shared}

enum Kind { a b }
schema R { id: string kind: Kind n: long at: timestamp }
const least: long = 3
param most: long = 10
topic rows: R { key: id time: at watermark: 1s }
topic bookings: R { key: id mode: upsert }
topic big: R {}
source s from file into rows { path: "positions.csv" }
sink out from counted to "out.ndjson"
fn twice(x: long) -> long = x * 2
fn inside(lat: double, lon: double, fence: geography) -> boolean = wasm "modules/c.wasm" export "inside" { memory: 1MiB deterministic: true }
pipe strong() = |> where n > least
stream counted = from rows |> apply strong() |> extend m = twice(n) + shared |> where m < most |> select id, n, at
stream sent = from rows |> where n > 5 |> into elsewhere
stream there = from elsewhere
view latest from rows key id keep forever {
  state seen: long = 0
  on * set seen = seen + 1
}
route r from rows first match {
  when n > 100 -> big
  otherwise -> drop
}
schedule daily every 1d { emit R(id: "x", kind: a, n: 1, at: now()) to big }
test "t" {
  given rows [ { id: "x", kind: a, n: 4, at: @2026-01-01T00:00:00Z } ]
  expect counted [ ]
}
`

const library = "module lib\nexport const shared: long = 1\n"

// made are maps that a check makes for itself.
var made = map[string]string{
	"checker.modules": "files are looked through anew", "module.imported": "files are looked through anew",
	"checker.lent": "it tells what was taken over", "module.busy": "it is empty between checks",
}

// TestAgainTakesEverythingOver checks a program a second time without a change: each map
// of the checker, and each list of the program, has again what it had, and the very same
// results. A new map that is not taken over fails here, and so does one that the program
// above does not fill.
func TestAgainTakesEverythingOver(t *testing.T) {
	f := source.New("a.edy", everything)
	tree, diags := syntax.Parse(f)
	lib, _ := syntax.Parse(source.New("lib.edy", library))
	if len(diags.Items) > 0 {
		t.Fatal(diags.Items[0].Message)
	}
	opts := check.Options{
		Catalog: build.Catalog(&file.System{}), Dir: func(*source.File) string { return "../../examples/udf" },
		Import: func(*source.File, *ast.ImportDecl) (*ast.File, error) { return lib, nil },
	}
	first := check.Check(tree, opts)
	for _, d := range first.Diags.Items {
		t.Error(line(d)) // what has a mistake is checked again
	}
	opts.Before = first
	second := check.Check(tree, opts)
	was, now := reflect.ValueOf(first).Elem().FieldByName("checker").Elem(), reflect.ValueOf(second).Elem().FieldByName("checker").Elem()
	seen := map[string]bool{}
	sameMaps(t, "checker", was, now, seen)
	sameMaps(t, "module", was.FieldByName("root").Elem(), now.FieldByName("root").Elem(), seen)
	for name, why := range made {
		if !seen[name] {
			t.Errorf("there is no map %s any more (%s)", name, why)
		}
	}
	a, b := reflect.ValueOf(first.Program).Elem(), reflect.ValueOf(second.Program).Elem()
	for i := range a.NumField() {
		if field := a.Type().Field(i); field.Type.Kind() == reflect.Slice && (a.Field(i).Len() != b.Field(i).Len() || a.Field(i).Len() == 0) {
			t.Errorf("the program had %d of %s and has %d", a.Field(i).Len(), field.Name, b.Field(i).Len())
		}
	}
}

func sameMaps(t *testing.T, of string, was, now reflect.Value, seen map[string]bool) {
	t.Helper()
	for i := range was.NumField() {
		field := was.Type().Field(i)
		name := of + "." + field.Name
		if field.Type.Kind() != reflect.Map {
			continue
		}
		seen[name] = true
		if made[name] != "" {
			continue
		}
		a, b := was.Field(i), now.Field(i)
		if a.Len() == 0 {
			t.Errorf("the program of this test gives nothing to %s: let it", name)
		}
		if a.Len() != b.Len() {
			t.Errorf("%s had %d entries and has %d: take it over", name, a.Len(), b.Len())
		}
		for _, key := range a.MapKeys() {
			if name == "module.topics" && key.String() == check.ErrorsTopic {
				continue // each check makes it
			}
			x, y := a.MapIndex(key), b.MapIndex(key)
			if !y.IsValid() {
				t.Errorf("%s has lost %v", name, key)
				continue
			}
			if x.Kind() == reflect.Interface {
				x, y = x.Elem(), y.Elem()
			}
			if x.Kind() == reflect.Pointer && x.Pointer() != y.Pointer() {
				t.Errorf("%s has %v anew: take it over", name, key)
			}
		}
	}
}
