package format

import (
	"encoding/json"
	"errors"
	"unicode/utf8"

	"github.com/edynamic/edynamic/lang/types"
)

// Kept is what an error record has kept of a record that is to be read again.
type Kept struct {
	// Row is JSON: a string holds the record as it was read, for one that could not be
	// decoded. Else it is what Records.Text has told.
	Row string
	// Code is why it failed.
	Code string
	// Header is what HeadedRecords told that the input began with, "" where nothing is known.
	Header string
	// Of is the row type of the topic.
	Of *types.Type
}

// ErrNoHeader is that of a record whose cells cannot be named, because nobody knows the
// header of its input.
var ErrNoHeader = errors.New("the header of the input is not known")

// ErrNotWhole is that of a record of which an error record does not hold every byte.
var ErrNotWhole = errors.New("not all of the record is kept")

// IsCut reports text that may be the beginning of a longer record: it was cut before what is
// no UTF-8, or an end of line, was taken from its end.
func IsCut(text string) bool { return len(text) > MaxBadText-utf8.UTFMax }

// Text is the record as it was read, where it could not be decoded.
func (k Kept) Text() (text string, ok bool) {
	if len(k.Row) == 0 || k.Row[0] != '"' {
		return "", false
	}
	return text, json.Unmarshal([]byte(k.Row), &text) == nil
}
