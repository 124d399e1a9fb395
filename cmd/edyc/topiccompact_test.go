package main

import (
	"strings"
	"testing"
)

const stockProgram = `schema Product { sku: long, price: double }
topic products: Product { key: sku mode: upsert }
stream dear = from products |> where price > 2.0
stream tally = from products |> aggregate n = count(), total = sum(price)
sink o from dear to "dear.ndjson?changes=final"
sink p from tally to "tally.ndjson?changes=final"
`

const products = `{"sku":1,"price":2}
{"sku":2,"price":3}
{"sku":1,"price":4}
`

// A topic by key is compacted to its last rows. What runs over it goes on as before, its
// chain holds, and a column may be added to it although the rows that were replaced are
// gone.
func TestCompact(t *testing.T) {
	folder(t, "p.edy", stockProgram, "a.ndjson", products, "b.ndjson", `{"sku":2,"price":1}`+"\n"+`{"sku":3,"price":9}`+"\n")
	edyc("topic", "put", "products", "a.ndjson", "--data", "d", "--file", "p.edy").expect(t, 0, "products: 3 rows read\n")
	edyc("run", "p.edy", "--data", "d").expect(t, 0, "products: 3 rows\n")
	edyc("topic", "compact", "products", "--data", "d").expect(t, 0, "products: 1 row left out, 2 rows kept\n")
	edyc("topic", "list", "--data", "d").expect(t, 0, "products  2 rows  ")
	edyc("topic", "describe", "products", "--data", "d").expect(t, 0, "rows 0 to 3 in 1 block, ", ", 1 row replaced and compacted away")
	edyc("topic", "verify", "--data", "d").expect(t, 0, "products, partition 0: 2 rows in 1 block, the chain holds\n")
	edyc("topic", "put", "products", "b.ndjson", "--data", "d").expect(t, 0, "products: 2 rows read\n")
	edyc("run", "p.edy", "--data", "d", "--parallel", "2").expect(t, 0, "products: 2 rows\n")
	if text := read(t, "tally.ndjson"); text != `{"n":3,"total":14}`+"\n" {
		t.Errorf("tally: %s", text)
	}
	edyc("topic", "compact", "products", "--data", "d").expect(t, 0, "products: 1 row left out, 3 rows kept\n")
	edyc("topic", "tail", "products", "--data", "d").expect(t, 0,
		`{"sku":1,"price":4}`+"\n"+`{"sku":2,"price":1}`+"\n"+`{"sku":3,"price":9}`+"\n")
	edyc("topic", "tail", "products", "--data", "d", "--from", "3").expect(t, 0, `{"sku":2,"price":1}`+"\n"+`{"sku":3,"price":9}`+"\n")

	write(t, "new.edy", strings.Replace(stockProgram, "price: double }", "price: double, name: string? = null }", 1))
	edyc("diff", "p.edy", "new.edy", "--data", "d").expect(t, 0, "products:upserts  migrated: its input has other columns", "tally:aggregate         kept\n")
	write(t, "p.edy", read(t, "new.edy"))
	write(t, "c.ndjson", `{"sku":1,"price":5}`+"\n")
	edyc("topic", "put", "products", "c.ndjson", "--data", "d", "--file", "p.edy").expect(t, 0)
	edyc("run", "p.edy", "--data", "d").expect(t, 0, "products: 1 row\n")
	if text := read(t, "tally.ndjson"); text != `{"n":3,"total":15}`+"\n" {
		t.Errorf("tally after a column more: %s", text)
	}

	write(t, "new.edy", strings.Replace(read(t, "p.edy"), "sum(price)", "max(price)", 1))
	edyc("diff", "p.edy", "new.edy", "--data", "d").expect(t, 1, "tally:aggregate         lost: it does something else, and the topic products does not have all of its rows any more")
	edyc("topic", "compact", "errors", "--data", "d").expect(t, 2, "errors do not replace each other")
}

// A history that is kept for ever leaves all rows.
func TestHistoryForEver(t *testing.T) {
	folder(t, "p.edy", strings.Replace(stockProgram, "mode: upsert", "mode: upsert history: forever", 1), "a.ndjson", products)
	edyc("topic", "put", "products", "a.ndjson", "--data", "d", "--file", "p.edy").expect(t, 0)
	edyc("topic", "compact", "products", "--data", "d").expect(t, 2)
	edyc("topic", "list", "--data", "d").expect(t, 0, "products  3 rows  ")
}
