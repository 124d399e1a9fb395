package csv

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"unicode/utf8"

	"github.com/edynamic/edynamic/lang/types"
	"github.com/edynamic/edynamic/runtime/format"
)

// again is the records that were kept as inputs of their own.
type again struct {
	format    format.Format
	delimiter byte
}

// input is a record below its header. Of one that was decoded its text tells the names of
// its cells, so that it needs none.
func (a again) input(k format.Kept, o format.Options) ([]byte, format.Options, error) {
	d, err := dialectOf(a.format, o, a.delimiter)
	if err != nil {
		return nil, nil, err
	}
	if text, ok := k.Text(); ok {
		// Records are known to be UTF-8 before anything else is found wrong with them.
		replaced := k.Code == format.CodeSyntax && strings.ContainsRune(text, utf8.RuneError)
		switch {
		case format.IsCut(text), replaced:
			return nil, nil, format.ErrNotWhole
		case !d.header:
			return []byte(text + "\n"), o, nil
		case k.Header == "":
			return nil, nil, format.ErrNoHeader
		}
		return []byte(k.Header + "\n" + text + "\n"), o, nil
	}
	e := &encoder{dialect: d}
	names, cells, err := e.cellsOf(k)
	if err != nil {
		return nil, nil, err
	}
	with := maps.Clone(o)
	if with == nil {
		with = format.Options{}
	}
	with["header"] = "true"
	return append(append(append(names, '\n'), cells...), '\n'), with, nil
}

// cellsOf are the members of a record's text as a header and the cells below it.
func (e *encoder) cellsOf(k format.Kept) (names, cells []byte, err error) {
	if k.Of.Kind == types.Union {
		return []byte(unionColumn), e.quote(nil, k.Row), nil
	}
	in := json.NewDecoder(bytes.NewReader([]byte(k.Row)))
	if open, err := in.Token(); err != nil || open != json.Delim('{') {
		return nil, nil, errors.New("its row is no object")
	}
	for n := 0; in.More(); n++ {
		name, err := in.Token()
		if err != nil {
			return nil, nil, fmt.Errorf("its row is not JSON: %w", err)
		}
		var value json.RawMessage
		if err := in.Decode(&value); err != nil {
			return nil, nil, fmt.Errorf("its row is not JSON: %w", err)
		}
		if n > 0 {
			names, cells = append(names, e.delimiter), append(cells, e.delimiter)
		}
		names = e.quote(names, name.(string))
		cells = e.cellOf(cells, value)
	}
	return names, cells, nil
}

// cellOf appends a member of a record's text as the cell that it was. Numbers, booleans and
// what is nested stand in a cell as they stand in JSON.
func (e *encoder) cellOf(dst []byte, value json.RawMessage) []byte {
	var text string
	switch {
	case string(value) == "null":
		return append(dst, e.null...)
	case value[0] == '"' && json.Unmarshal(value, &text) == nil:
		return e.quote(dst, text)
	}
	return e.quote(dst, string(value))
}
