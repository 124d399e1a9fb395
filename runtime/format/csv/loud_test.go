package csv

import (
	"bytes"
	"testing"

	"github.com/edynamic/edynamic/operators/optest"
)

// TestIsLoud compares with looking for each of the bytes.
func TestIsLoud(t *testing.T) {
	r := optest.Random(t)
	for range 20000 {
		delimiter := []byte{',', ';', '\t', '|', 0, 0x7f}[r.IntN(6)]
		quiet := bytes.ReplaceAll([]byte("abc\x00\x01\t\x0b\x0c\x0e!#+-;\x7f\x80\xff\xa2\x8a\x8d"), []byte{delimiter}, nil)
		b := make([]byte, r.IntN(150))
		for i := range b {
			b[i] = quiet[r.IntN(len(quiet))]
		}
		if len(b) > 0 && r.IntN(2) == 0 {
			b[r.IntN(len(b))] = []byte{delimiter, '"', '\n', '\r'}[r.IntN(4)]
		}
		want := bytes.ContainsAny(b, "\"\r\n") || bytes.IndexByte(b, delimiter) >= 0
		if got := isLoud(b, delimiter); got != want {
			t.Fatalf("%q, delimiter %q: %t", b, delimiter, got)
		}
	}
}
