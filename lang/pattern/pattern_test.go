package pattern_test

import (
	"sync"
	"testing"

	"github.com/edynamic/edynamic/lang/pattern"
)

// A pattern is compiled once, whoever asks, and not before.
func TestOf(t *testing.T) {
	broken := pattern.Of(`(`)
	digits := pattern.Of(`^\d+$`)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if p := digits(); p != digits() || !p.MatchString("12") || p.MatchString("a") {
				t.Error("digits are not told")
			}
		})
	}
	all.Wait()
	defer func() {
		if recover() == nil {
			t.Error("a text that is no pattern was compiled")
		}
	}()
	broken()
}
