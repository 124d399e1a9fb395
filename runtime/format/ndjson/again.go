package ndjson

import (
	"maps"
	"strings"
	"unicode/utf8"

	"github.com/edynamic/edynamic/runtime/format"
)

// Again is a record that was kept as an input of its own. It may go over several lines.
func Again(k format.Kept, o format.Options) ([]byte, format.Options, error) {
	with := maps.Clone(o)
	if with == nil {
		with = format.Options{}
	}
	with["layout"] = "array"
	text, ok := k.Text()
	switch {
	case !ok:
		text = k.Row
	case format.IsCut(text), strings.ContainsRune(text, utf8.RuneError): // it may stand for bytes that are no UTF-8
		return nil, nil, format.ErrNotWhole
	}
	return []byte(text), with, nil
}
