package aggregate

import "github.com/edynamic/edynamic/operators"

// texts is what rows were told apart by lately: most rows of a changes stream take the
// place of one with the same key, and need no text of their own.
type texts struct {
	slots []string // two for each hash
}

const (
	fewestTexts = 1 << 12
	mostTexts   = 1 << 14
	longestText = 256 // longer ones are not remembered
)

// of is a code as a text; rows is how many are kept.
func (t *texts) of(code []byte, rows int) string {
	if len(code) > longestText {
		return string(code)
	}
	size := max(len(t.slots), fewestTexts)
	for size < mostTexts && size < 4*rows {
		size *= 2
	}
	if size > len(t.slots) {
		t.slots = make([]string, size)
	}
	at := int(operators.KeyHash(code) & uint64(size-1))
	for _, i := range [2]int{at, at ^ 1} {
		if t.slots[i] == string(code) {
			return t.slots[i]
		}
	}
	t.slots[at^1] = t.slots[at]
	t.slots[at] = string(code)
	return t.slots[at]
}
