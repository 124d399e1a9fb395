// Command duckdb runs the workloads in DuckDB, from NDJSON or Parquet files to
// NDJSON files. It is a module of its own, so that nothing else depends on it.
//
//	duckdb THREADS WORKLOAD FOLDER FORMAT OUTPUT...
package main

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	_ "github.com/duckdb/duckdb-go/v2"
)

func main() {
	if len(os.Args) < 6 {
		fmt.Fprintln(os.Stderr, "usage: duckdb THREADS WORKLOAD FOLDER ndjson|parquet OUTPUT...")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5:]); err != nil {
		fmt.Fprintln(os.Stderr, "duckdb:", err)
		os.Exit(1)
	}
}

func run(threads, name, dir, format string, outputs []string) error {
	db, err := sql.Open("duckdb", "?threads="+threads)
	if err != nil {
		return err
	}
	defer db.Close()
	texts, ok := queries[name]
	if !ok {
		return fmt.Errorf("there is no workload %s", name)
	}
	if len(texts) > len(outputs) {
		return fmt.Errorf("%s has %d outputs", name, len(texts))
	}
	for i, text := range texts {
		for table, columns := range tables {
			text = strings.ReplaceAll(text, "@"+table, source(dir, table, columns, format))
		}
		option := "(FORMAT json)"
		if strings.HasSuffix(outputs[i], ".parquet") {
			option = "(FORMAT parquet)"
		}
		if _, err := db.Exec(fmt.Sprintf("COPY (%s) TO '%s' %s", text, outputs[i], option)); err != nil {
			return err
		}
	}
	return nil
}

// tables are the columns of the inputs. Times are epoch milliseconds; in Parquet
// they are instants.
var tables = map[string]string{
	"bids":     "auction: 'BIGINT', bidder: 'BIGINT', price: 'BIGINT', channel: 'VARCHAR', url: 'VARCHAR', dateTime: 'BIGINT', extra: 'VARCHAR'",
	"auctions": "id: 'BIGINT', itemName: 'VARCHAR', description: 'VARCHAR', initialBid: 'BIGINT', reserve: 'BIGINT', dateTime: 'BIGINT', expires: 'BIGINT', seller: 'BIGINT', category: 'BIGINT', extra: 'VARCHAR'",
	"persons":  "id: 'BIGINT', name: 'VARCHAR', emailAddress: 'VARCHAR', creditCard: 'VARCHAR', city: 'VARCHAR', state: 'VARCHAR', dateTime: 'BIGINT', extra: 'VARCHAR'",
}

func source(dir, table, columns, format string) string {
	path := filepath.Join(dir, table+"."+format)
	if format == "parquet" {
		return fmt.Sprintf("(SELECT * REPLACE (epoch_ms(dateTime) AS dateTime) FROM '%s')", path)
	}
	return fmt.Sprintf("read_ndjson('%s', columns={%s})", path, columns)
}

// queries are the statements of each workload, one for each output.
var queries = map[string][]string{
	"parquet": {"SELECT * REPLACE (make_timestamp(dateTime*1000)::TIMESTAMPTZ AS dateTime) FROM @bids"},
	"w1":      {"SELECT auction, bidder, 0.908*price AS price, dateTime, extra FROM @bids"},
	"w2":      {"SELECT auction, price FROM @bids WHERE auction % 123 = 0"},
	"w3":      {"SELECT * FROM @bids WHERE price >= 1000000"},
	"w4": {`WITH panes AS (
		SELECT dateTime//2000*2000 AS pane, auction, count(*) AS num FROM @bids GROUP BY 1, 2
	), windows AS (
		SELECT pane - 2000*step AS start, auction, sum(num)::BIGINT AS num
		FROM panes, range(5) AS steps(step) GROUP BY 1, 2
	)
	SELECT start, auction, num FROM windows QUALIFY rank() OVER (PARTITION BY start ORDER BY num DESC) = 1`},
	"w5": {"SELECT dateTime//10000*10000 AS start, auction, count(*) AS num, avg(price) AS mean FROM @bids GROUP BY 1, 2"},
	"w6": {`SELECT DISTINCT p.id, p.name, p.dateTime//10000*10000 AS start FROM @persons p
		JOIN @auctions a ON p.id = a.seller AND p.dateTime//10000 = a.dateTime//10000`},
	"w7": {`SELECT p.name, p.city, p.state, a.id FROM @auctions a JOIN @persons p ON a.seller = p.id
		WHERE a.category = 10 AND p.state IN ('OR', 'ID', 'CA')`},
	"w8": {
		"SELECT * FROM @bids WHERE price < 1000",
		"SELECT * FROM @bids WHERE price >= 1000 AND price < 10000",
		"SELECT * FROM @bids WHERE price >= 10000 AND price < 1000000",
		"SELECT * FROM @bids WHERE price >= 1000000",
	},
	"w9": {`WITH gaps AS (
		SELECT bidder, dateTime, coalesce(dateTime - lag(dateTime) OVER byBidder >= 2000, true)::INT AS begins
		FROM @bids WINDOW byBidder AS (PARTITION BY bidder ORDER BY dateTime)
	), numbered AS (
		SELECT bidder, dateTime, sum(begins) OVER (PARTITION BY bidder ORDER BY dateTime) AS session FROM gaps
	)
	SELECT min(dateTime) AS start, max(dateTime) + 2000 AS "end", bidder, count(*) AS num FROM numbered GROUP BY bidder, session`},
}
