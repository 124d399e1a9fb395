package oracle

import (
	"database/sql"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	example = "../../examples/nexmark"
	// twin marks a query whose twin in event time is compared.
	twin = "-- edy: event time"
)

// edyc runs the compiler that `make build` has made.
func edyc(t *testing.T, args ...string) {
	t.Helper()
	bin, err := filepath.Abs("../../bin/edyc")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(bin); err != nil {
		t.Fatal("there is no bin/edyc: run make check-oracle, which builds it")
	}
	if out, err := exec.Command(bin, args...).CombinedOutput(); err != nil {
		t.Fatalf("edyc %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// load puts the events into tables, with their place in the input.
func load(t *testing.T, events string) *sql.DB {
	t.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1) // the settings are a connection's own
	for _, s := range []string{
		"SET threads = 1", // so that row_number() is the place in the file
		"SET preserve_insertion_order = true",
		`CREATE TABLE event AS SELECT *, row_number() OVER () AS seq FROM read_ndjson('` + events + `', columns = {
			"$type": 'VARCHAR', id: 'BIGINT', name: 'VARCHAR', email_address: 'VARCHAR', credit_card: 'VARCHAR', city: 'VARCHAR', state: 'VARCHAR',
			item_name: 'VARCHAR', description: 'VARCHAR', initial_bid: 'BIGINT', reserve: 'BIGINT', expires: 'TIMESTAMP', seller: 'BIGINT', category: 'BIGINT',
			auction: 'BIGINT', bidder: 'BIGINT', price: 'BIGINT', channel: 'VARCHAR', url: 'VARCHAR', date_time: 'TIMESTAMP', extra: 'VARCHAR'})`,
		`CREATE TABLE person AS SELECT id, name, email_address, credit_card, city, state, date_time, extra, seq FROM event WHERE "$type" = 'Person'`,
		`CREATE TABLE auction AS SELECT id, item_name, description, initial_bid, reserve, date_time, expires, seller, category, extra, seq
			FROM event WHERE "$type" = 'Auction'`,
		`CREATE TABLE bid AS SELECT auction, bidder, price, channel, url, date_time, extra, seq FROM event WHERE "$type" = 'Bid'`,
		`CREATE TABLE side_input AS SELECT * FROM read_csv('` + example + `/side_input.csv', header = false, columns = {key: 'BIGINT', value: 'VARCHAR'})`,
		"SET threads = 2",
	} {
		if _, err := db.Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
	return db
}

// isSet checks what the comparison relies on: as many events as the example says,
// over half an hour.
func isSet(t *testing.T, db *sql.DB) {
	t.Helper()
	var events, persons, auctions, bids, minutes int
	err := db.QueryRow(`SELECT count(*), count(*) FILTER ("$type" = 'Person'), count(*) FILTER ("$type" = 'Auction'), count(*) FILTER ("$type" = 'Bid'),
		date_diff('minute', min(date_time), max(date_time)) FROM event`).Scan(&events, &persons, &auctions, &bids, &minutes)
	if err != nil {
		t.Fatal(err)
	}
	if events != 200_000 || persons != 4_000 || auctions != 12_000 || bids != 184_000 || minutes != 30 {
		t.Fatalf("%d events, %d persons, %d auctions, %d bids in %d minutes are not the set", events, persons, auctions, bids, minutes)
	}
}

var number = regexp.MustCompile(`\d+`)

// queries are the SQL files in order of their numbers.
func queries(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(example + "/sql/q*.sql")
	if err != nil {
		t.Fatal(err)
	}
	slices.SortStableFunc(files, func(a, b string) int { return numberOf(a) - numberOf(b) })
	return files
}

func numberOf(file string) int {
	n, _ := strconv.Atoi(number.FindString(filepath.Base(file)))
	return n
}

// TestNexmark runs every query of the example with edyc and its SQL with DuckDB, and
// compares the answers row for row, in no order, doubles to the last bit.
func TestNexmark(t *testing.T) {
	dir := t.TempDir()
	program, events := example+"/nexmark.edy", filepath.Join(dir, "events.ndjson")
	edyc(t, "run", program, "--output", "events="+events)
	db := load(t, events)
	isSet(t, db)
	files := queries(t)
	seen := map[int]bool{}
	for _, file := range files {
		seen[numberOf(file)] = true
		name := strings.TrimSuffix(filepath.Base(file), ".sql")
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			run := program
			if strings.Contains(string(text), twin) {
				run = eventTime(t, program, dir)
			}
			out := filepath.Join(dir, name+".ndjson")
			edyc(t, "run", run, "--input", "events="+events, "--output", name+"="+out+"?changes=final")
			theirs, columns, err := answer(db, string(text))
			if err != nil {
				t.Fatal(err)
			}
			ours, err := written(out, columns)
			if err != nil {
				t.Fatal(err)
			}
			diff := differences(ours, theirs)
			for _, d := range diff {
				t.Error(d)
			}
			if theirs.len() == 0 {
				t.Error("the query has no rows")
			}
			t.Logf("%d rows of edy, %d of DuckDB: %s", ours.len(), theirs.len(), map[bool]string{true: "the same", false: "NOT the same"}[len(diff) == 0])
		})
	}
	for q := range 23 {
		if !seen[q] {
			t.Errorf("q%d has no SQL", q)
		}
	}
}

// eventTime is the program with windows that go by the events' own time in place of
// the clock's.
func eventTime(t *testing.T, program, dir string) string {
	t.Helper()
	text, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.ReplaceAll(string(text), " on processing time", "")
	if changed == string(text) {
		t.Fatal("no window of the program goes by the clock")
	}
	path := filepath.Join(dir, "event_time.edy")
	modules := filepath.Join(dir, "udf") // they are looked for beside the program
	if _, err := os.Stat(modules); err != nil {
		if err := os.CopyFS(modules, os.DirFS(filepath.Join(filepath.Dir(program), "udf"))); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(path, []byte(changed), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}
