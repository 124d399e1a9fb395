package build_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/google/go-cmp/cmp"

	"github.com/edynamic/edynamic/compiler/lower"
	"github.com/edynamic/edynamic/runtime/build"
	"github.com/edynamic/edynamic/runtime/clock"
	"github.com/edynamic/edynamic/runtime/connector/file"
	"github.com/edynamic/edynamic/runtime/exec"
)

const reloaded = `
schema Bid { bidder: long price: long }
topic bids: Bid {}
source live from file into bids { path: "-" format: ndjson }
schema Customer { id: long name: string }
topic customers: Customer { key: id mode: upsert }
source table from file into customers { path: "customers.csv" reload: 10m }
stream named = from bids |> left lookup c = customers on bidder == c.id |> select price, name = c?.name ?? "?"
sink out from named to "named.ndjson"
stream everybody = from customers
sink log from everybody to "customers.ndjson"
`

// TestReload: rows see the table of the last good file, by the clock that the run is
// given, and the run ends with its other inputs.
func TestReload(t *testing.T) {
	w := newWorld(t, map[string]string{"customers.csv": "id,name\n1,Ann\n2,Bob\n"})
	g := w.plan(reloaded, lower.Options{})
	alloc := memory.NewCheckedAllocator(memory.DefaultAllocator)
	now := clock.NewVirtual(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	in, feed := io.Pipe()
	job, err := build.New(context.Background(), g, build.Options{Clock: now, Alloc: alloc, System: &file.System{Stdin: in, Clock: now}})
	if err != nil {
		t.Fatal(err)
	}
	var summary *exec.Summary
	done := make(chan error, 1)
	go func() {
		var err error
		summary, err = job.Run(context.Background())
		done <- err
	}()
	until := func(name string, lines int) {
		t.Helper()
		for range 1000 {
			text, _ := os.ReadFile(filepath.Join(w.dir, name))
			if bytes.Count(text, []byte("\n")) >= lines {
				return
			}
			time.Sleep(10 * time.Millisecond)
			if name == "customers.ndjson" && lines > 2 {
				now.Set(now.Now().Add(10 * time.Minute))
			}
		}
		t.Fatalf("%s never had %d lines", name, lines)
	}
	bid := func(bidder, price string) {
		t.Helper()
		if _, err := io.WriteString(feed, `{"bidder":`+bidder+`,"price":`+price+"}\n"); err != nil {
			t.Fatal(err)
		}
	}
	// replace puts a file in the place of another at once, so that no half of it is read.
	replace := func(text string) {
		t.Helper()
		w.write("next", text)
		if err := os.Rename(filepath.Join(w.dir, "next"), filepath.Join(w.dir, "customers.csv")); err != nil {
			t.Fatal(err)
		}
	}
	until("customers.ndjson", 2)
	bid("1", "10")
	bid("2", "20")
	until("named.ndjson", 2)
	replace("id,name\n1,Anna\n3,Cy\n") // Bob is gone, Ann has another name, Cy is new
	until("customers.ndjson", 2+4)
	bid("1", "11")
	bid("2", "21")
	bid("3", "31")
	until("named.ndjson", 5)
	replace("id,name\n9,Zoe\nnobody,Abe\n") // not as much as Zoe is taken
	before := now.Now()
	for range 5 {
		now.Set(now.Now().Add(10 * time.Minute))
		time.Sleep(10 * time.Millisecond)
	}
	replace("id,name\n1,Anna\n3,Cyd\n")
	until("customers.ndjson", 6+2)
	bid("9", "90")
	if err := feed.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	want := `{"price":10,"name":"Ann"}
{"price":20,"name":"Bob"}
{"price":11,"name":"Anna"}
{"price":21,"name":"?"}
{"price":31,"name":"Cy"}
{"price":90,"name":"?"}
`
	if diff := cmp.Diff(want, w.read("named.ndjson")); diff != "" {
		t.Errorf("named (-want +got):\n%s", diff)
	}
	log := w.read("customers.ndjson")
	for _, text := range []string{`"Bob"`, `"Cy"`, `"Cyd"`, `"Anna"`} {
		if !strings.Contains(log, text) {
			t.Errorf("%s is not in the log:\n%s", text, log)
		}
	}
	if strings.Contains(log, "Zoe") {
		t.Errorf("a row of a broken file is in the log:\n%s", log)
	}
	for _, s := range summary.Topics {
		if s.Name == "customers" && (s.Again == nil || s.Again.Failed < 1 || s.Again.Done < 2) {
			t.Errorf("after %s: %+v", now.Now().Sub(before), s.Again)
		}
	}
	if err := job.Close(); err != nil {
		t.Error(err)
	}
	alloc.AssertSize(t, 0)
}

// The file is read whole before the first row of any other topic, and a program whose
// other inputs have ended does not wait for the clock.
func TestReloadBeginsWithTheTable(t *testing.T) {
	w := newWorld(t, map[string]string{"customers.csv": "id,name\n1,Ann\n2,Bob\n3,Cy\n"})
	for _, opt := range settings {
		w.system = &file.System{Stdin: strings.NewReader(`{"bidder":3,"price":1}` + "\n" + `{"bidder":1,"price":2}` + "\n"), Clock: clock.Real{}}
		w.run(reloaded, opt, lower.Options{})
		if diff := cmp.Diff("{\"price\":1,\"name\":\"Cy\"}\n{\"price\":2,\"name\":\"Ann\"}\n", w.read("named.ndjson")); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", opt, diff)
		}
	}
}
