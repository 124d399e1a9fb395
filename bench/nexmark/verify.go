package main

import (
	"bufio"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"os"
	"strconv"
	"strings"
)

// summary is what an output holds, whatever the order of its rows and of the
// fields within them.
type summary struct {
	rows int
	hash uint64
}

// compare runs all programs once and compares what they wrote. The files are
// removed, so that none of them is in memory for the runs that are measured.
func compare(o *options, w workload, format string, engines []*engine) (same bool, err error) {
	var first []summary
	same = true
	for _, e := range engines {
		if _, err := e.run(o, w, format); err != nil {
			return false, err
		}
		var got []summary
		for _, path := range e.outputsOf(o, w, 0) {
			s, err := summarise(path)
			if err != nil {
				return false, fmt.Errorf("%s: %w", path, err)
			}
			got = append(got, s)
			if err := os.Remove(path); err != nil {
				return false, err
			}
		}
		if first == nil {
			first = got
		}
		for i := range got {
			if got[i] != first[i] {
				same = false
				fmt.Printf("  %s differs from %s in %s: %d rows, hash %x; not %d rows, hash %x\n", e.name, engines[0].name,
					w.outputs[i], got[i].rows, got[i].hash, first[i].rows, first[i].hash)
			}
		}
	}
	if same {
		rows := 0
		for _, s := range first {
			rows += s.rows
		}
		fmt.Printf("  %d rows out, the same from all\n", rows)
	}
	return same, nil
}

var (
	seed     = maphash.MakeSeed()
	errShape = errors.New("a row is not a flat JSON object")
)

func summarise(path string) (s summary, err error) {
	f, err := os.Open(path)
	if err != nil {
		return s, err
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, 1<<20)
	for {
		line, err := r.ReadString('\n')
		if line != "" {
			h, bad := hashRow(strings.TrimSpace(line))
			if bad != nil {
				return s, fmt.Errorf("%w: %s", bad, line)
			}
			s.rows++
			s.hash += h
		}
		if err == io.EOF {
			return s, nil
		}
		if err != nil {
			return s, err
		}
	}
}

// hashRow adds up the hashes of the fields of a flat object, mixed once more, so
// that a field counts only together with the others of its row.
func hashRow(text string) (uint64, error) {
	rest, ok := strings.CutPrefix(text, "{")
	sum := uint64(0)
	for ok && rest != "}" {
		var key, value string
		if key, rest, ok = token(rest); !ok {
			break
		}
		if rest, ok = strings.CutPrefix(rest, ":"); !ok {
			break
		}
		if value, rest, ok = token(rest); !ok {
			break
		}
		sum += maphash.String(seed, key+":"+canonical(value))
		rest = strings.TrimPrefix(rest, ",")
	}
	if !ok {
		return 0, errShape
	}
	return maphash.Comparable(seed, sum), nil
}

// token cuts a string or a word off the text.
func token(text string) (token, rest string, ok bool) {
	if !strings.HasPrefix(text, `"`) {
		i := strings.IndexAny(text, ",:}")
		if i <= 0 || strings.ContainsAny(text[:i], "[{") {
			return "", "", false
		}
		return text[:i], text[i:], true
	}
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return text[:i+1], text[i+1:], true
		}
	}
	return "", "", false
}

// canonical writes fractions alike: programs round the last digit their own way.
func canonical(value string) string {
	if value[0] == '"' || !strings.ContainsAny(value, ".eE") {
		return value
	}
	f, err := strconv.ParseFloat(value, 64)
	if err != nil {
		return value
	}
	return strconv.FormatFloat(f, 'g', 12, 64)
}
