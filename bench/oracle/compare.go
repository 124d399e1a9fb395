// Package oracle compares what edyc answers with what DuckDB answers on the same
// rows. It is a module of its own, so that the product does not depend on DuckDB.
package oracle

import (
	"bufio"
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/duckdb/duckdb-go/v2"
)

// column is a column of the answer as DuckDB has it.
type column struct{ name, kind string }

// rows is a multiset of rows: how often each is there. A row is its values in the
// order of the columns' names, in a form that is the same for equal values.
type rows map[string]int

func (r rows) len() int {
	n := 0
	for _, k := range r {
		n += k
	}
	return n
}

// differences are rows that the two do not have equally often, at most a few of
// them.
func differences(ours, theirs rows) []string {
	var out []string
	note := func(who string, a, b rows) {
		var only []string
		for row, n := range a {
			if n > b[row] {
				only = append(only, fmt.Sprintf("only %s has %d more of %s", who, n-b[row], row))
			}
		}
		slices.Sort(only)
		out = append(out, only[:min(3, len(only))]...)
		if len(only) > 3 {
			out = append(out, fmt.Sprintf("and %d other rows that only %s has", len(only)-3, who))
		}
	}
	note("edy", ours, theirs)
	note("DuckDB", theirs, ours)
	return out
}

// answer runs a query in DuckDB.
func answer(db *sql.DB, query string) (rows, []column, error) {
	result, err := db.Query(query)
	if err != nil {
		return nil, nil, err
	}
	defer result.Close()
	types, err := result.ColumnTypes()
	if err != nil {
		return nil, nil, err
	}
	columns := make([]column, len(types))
	cells, into := make([]any, len(types)), make([]any, len(types))
	for i, t := range types {
		columns[i] = column{t.Name(), t.DatabaseTypeName()}
		into[i] = &cells[i]
	}
	out := rows{}
	for result.Next() {
		if err := result.Scan(into...); err != nil {
			return nil, nil, err
		}
		values := map[string]string{}
		for i, c := range columns {
			if values[c.name], err = theirValue(c, cells[i]); err != nil {
				return nil, nil, err
			}
		}
		out[rowText(values)]++
	}
	return out, columns, result.Err()
}

// theirValue is a value of DuckDB in the common form.
func theirValue(c column, v any) (string, error) {
	switch v := v.(type) {
	case nil:
		return "null", nil
	case string:
		return strconv.Quote(v), nil
	case int32:
		return strconv.FormatInt(int64(v), 10), nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	case *big.Int:
		return v.String(), nil
	case float64:
		return doubleText(v), nil
	case duckdb.Decimal:
		scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(v.Scale)), nil)
		return new(big.Rat).SetFrac(v.Value, scale).RatString(), nil
	case time.Time:
		if c.kind == "DATE" {
			return v.Format(time.DateOnly), nil
		}
		return v.UTC().Format(time.RFC3339Nano), nil
	}
	return "", fmt.Errorf("column %s: no way to compare a %T", c.name, v)
}

// doubleText has all bits of a double.
func doubleText(v float64) string {
	return fmt.Sprintf("%v (%x)", v, math.Float64bits(v))
}

// written reads the NDJSON that edyc has written. Each row must have exactly the
// columns of the answer.
func written(path string, columns []column) (rows, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	out := rows{}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		d := json.NewDecoder(bytes.NewReader(lines.Bytes()))
		d.UseNumber()
		var cells map[string]any
		if err := d.Decode(&cells); err != nil {
			return nil, err
		}
		values := map[string]string{}
		for _, c := range columns {
			cell, ok := cells[c.name]
			if !ok {
				return nil, fmt.Errorf("edy has no column %s in %s", c.name, lines.Text())
			}
			if values[c.name], err = ourValue(c, cell); err != nil {
				return nil, err
			}
		}
		if len(cells) != len(columns) {
			return nil, fmt.Errorf("edy has %d columns and DuckDB has %d: %s", len(cells), len(columns), lines.Text())
		}
		out[rowText(values)]++
	}
	return out, lines.Err()
}

// ourValue is a value of JSON in the common form, read as the type that DuckDB says.
func ourValue(c column, v any) (string, error) {
	switch v := v.(type) {
	case nil:
		return "null", nil
	case string:
		switch c.kind {
		case "DATE":
			return v, nil
		case "TIMESTAMP":
			at, err := time.Parse(time.RFC3339Nano, v)
			return at.UTC().Format(time.RFC3339Nano), err
		}
		return strconv.Quote(v), nil
	case json.Number:
		if c.kind == "DOUBLE" {
			x, err := v.Float64()
			return doubleText(x), err
		}
		exact, ok := new(big.Rat).SetString(v.String())
		if !ok {
			return "", fmt.Errorf("column %s: %s is not a number", c.name, v)
		}
		return exact.RatString(), nil
	}
	return "", fmt.Errorf("column %s: no way to compare a %T", c.name, v)
}

func rowText(values map[string]string) string {
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	var b strings.Builder
	for _, name := range names {
		fmt.Fprintf(&b, "%s: %s  ", name, values[name])
	}
	return b.String()
}
