package operators_test

import (
	"testing"

	"github.com/edynamic/edynamic/operators"
)

// TestSharesApart: two shares are apart where no number is of both.
func TestSharesApart(t *testing.T) {
	var all []operators.Share
	for of := 1; of <= 6; of++ {
		for i := range of {
			all = append(all, operators.Share{Index: i, Of: of})
		}
	}
	has := func(s operators.Share, hash uint64) bool {
		mine := s.Mine()
		return mine == nil || mine(hash)
	}
	for _, a := range all {
		for _, b := range all {
			both := false
			for hash := range uint64(60) {
				both = both || has(a, hash) && has(b, hash)
			}
			if a.Apart(b) == both {
				t.Errorf("%v and %v: apart is %v", a, b, !both)
			}
		}
		if none := (operators.Share{}); a.Apart(none) || none.Apart(a) {
			t.Errorf("%v is apart from what says nothing", a)
		}
	}
}
