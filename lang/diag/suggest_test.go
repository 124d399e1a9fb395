package diag

import "testing"

func TestClosest(t *testing.T) {
	columns := []string{"auction", "bidder", "price", "channel", "url", "date_time", "extra", "id", "ID"}
	tests := []struct {
		name, want string
		found      bool
	}{
		{"biddr", "bidder", true},
		{"bider", "bidder", true},
		{"pirce", "price", true}, // two letters swapped are one slip
		{"prices", "price", true},
		{"dateTime", "date_time", true},
		{"DATE_TIME", "date_time", true},
		{"datetme", "date_time", true},
		{"ulr", "url", true},
		{"Id", "id", true}, // the first of two that differ only in case
		{"is", "", false},  // too short to guess
		{"uid", "id", true},
		{"customer", "", false},
		{"price", "", false}, // itself is no suggestion
		{"", "", false},
	}
	for _, tt := range tests {
		if got, found := Closest(tt.name, columns); got != tt.want || found != tt.found {
			t.Errorf("Closest(%q) = %q, %v, want %q, %v", tt.name, got, found, tt.want, tt.found)
		}
	}
	if got, _ := Closest("abcdef", []string{"abcxyf", "abcdxf", "abcdef_"}); got != "abcdef_" {
		t.Errorf("the closest of several is %q", got)
	}
	if _, found := Closest("x", nil); found {
		t.Error("nothing is close to nothing")
	}
}

func TestEditDistance(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"kitten", "sitting", 3}, {"ab", "ba", 1}, {"ca", "abc", 3}, {"møøse", "moose", 2}} {
		if got := editDistance([]rune(tt.a), []rune(tt.b)); got != tt.want {
			t.Errorf("%q to %q is %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}
