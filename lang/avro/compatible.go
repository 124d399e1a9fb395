package avro

import (
	"fmt"
	"slices"
	"strings"

	"github.com/edynamic/edynamic/lang/types"
)

// Compatibility is what a topic promises about the versions of its schema.
type Compatibility string

// The promises. Backward: the new version reads rows of the one before; forward: the
// one before reads rows of the new; full: both. The transitive forms promise it of
// every version there has been.
const (
	None               Compatibility = "none"
	Backward           Compatibility = "backward"
	BackwardTransitive Compatibility = "backward_transitive"
	Forward            Compatibility = "forward"
	ForwardTransitive  Compatibility = "forward_transitive"
	Full               Compatibility = "full"
	FullTransitive     Compatibility = "full_transitive"
)

// Compatibilities are all promises, in the order they are listed to people.
var Compatibilities = []Compatibility{None, Backward, BackwardTransitive, Forward, ForwardTransitive, Full, FullTransitive}

// Break is a promise that a new version would not keep.
type Break struct {
	Version int // the earlier version it would not keep it to
	// Reading tells which way: the new version cannot read rows of the earlier one
	// (true), or the earlier one cannot read those of the new (false).
	Reading bool
	Mismatch
}

// Check tells where a new version of a schema breaks a promise to the versions before
// it, which are in order and numbered from 1.
func Check(promise Compatibility, before []*types.Type, next *types.Type) ([]Break, error) {
	if !slices.Contains(Compatibilities, promise) {
		return nil, fmt.Errorf("there is no compatibility %q; there are %s", promise, strings.Join(words(), ", "))
	}
	first := len(before) - 1
	switch promise {
	case BackwardTransitive, ForwardTransitive, FullTransitive:
		first = 0
	case None, Backward, Forward, Full:
	}
	var out []Break
	for i := max(0, first); i < len(before); i++ {
		if promise.reads() {
			for _, m := range Resolve(before[i], next) {
				out = append(out, Break{i + 1, true, m})
			}
		}
		if promise.isRead() {
			for _, m := range resolveAhead(next, before[i]) {
				out = append(out, Break{i + 1, false, m})
			}
		}
	}
	return out, nil
}

func words() []string {
	out := make([]string, len(Compatibilities))
	for i, c := range Compatibilities {
		out[i] = string(c)
	}
	return out
}

// reads: new versions must read old rows.
func (c Compatibility) reads() bool {
	return c == Backward || c == BackwardTransitive || c == Full || c == FullTransitive
}

// isRead: old versions must read new rows.
func (c Compatibility) isRead() bool {
	return c == Forward || c == ForwardTransitive || c == Full || c == FullTransitive
}
