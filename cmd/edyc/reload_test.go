package main

import (
	"os"
	"testing"
)

const reloading = `schema Bid { bidder: long, price: long }
topic bids: Bid {}
source feed from file into bids { path: "bids.ndjson" follow: true poll: 20ms }
schema Customer { id: long, name: string }
topic customers: Customer { key: id mode: upsert history: forever }
source table from file into customers { path: "customers.csv" reload: 30ms }
stream named = from bids |> left lookup c = customers on bidder == c.id |> select price, name = c?.name ?? "?"
sink o from named to "named.ndjson"
`

// A run whose table is a file that is read again goes on after kill -9 with the table there
// was: what changed meanwhile is a change of it, rows that were joined stay as they are, and
// a replay shows each row the table that it saw.
func TestReloadGoesOn(t *testing.T) {
	folder(t, "p.edy", reloading, "bids.ndjson", "", "customers.csv", "id,name\n1,Ann\n2,Bob\n")
	bid := func(bidder, price string) {
		t.Helper()
		appendTo(t, "bids.ndjson", `{"bidder":`+bidder+`,"price":`+price+"}\n")
	}
	replace := func(text string) {
		t.Helper()
		write(t, "next.csv", text)
		if err := os.Rename("next.csv", "customers.csv"); err != nil {
			t.Fatal(err)
		}
	}
	p := start(t, "run", "p.edy", "--data", "d", "--checkpoint-every", "20ms")
	bid("1", "10")
	bid("2", "20")
	waitFor(t, "named.ndjson", 2)
	if err := p.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = p.Wait()
	replace("id,name\n1,Anna\n3,Cy\n") // Bob is gone, Ann has another name, Cy is new
	bid("1", "11")
	bid("2", "21")
	bid("3", "31")
	p = start(t, "run", "p.edy", "--data", "d", "--checkpoint-every", "20ms")
	waitFor(t, "named.ndjson", 5)
	p.interrupt(t).expect(t, 0)
	p = start(t, "run", "p.edy", "--data", "d", "--checkpoint-every", "20ms")
	bid("3", "32")
	waitFor(t, "named.ndjson", 6)
	p.interrupt(t).expect(t, 0)
	want := `{"price":10,"name":"Ann"}
{"price":20,"name":"Bob"}
{"price":11,"name":"Anna"}
{"price":21,"name":"?"}
{"price":31,"name":"Cy"}
{"price":32,"name":"Cy"}
`
	if got := read(t, "named.ndjson"); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	// Two rows at first, then one delete and two rows: what has not changed is not recorded.
	edyc("topic", "list", "--data", "d").expect(t, 0, "customers  5 rows")
	edyc("replay", "p.edy", "--data", "d", "--output", "named=again.ndjson").expect(t, 0)
	if got := read(t, "again.ndjson"); got != want {
		t.Errorf("replayed\n%swant\n%s", got, want)
	}
}
