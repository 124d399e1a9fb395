package ndjson

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// TestPlainEnd compares with looking at one byte after the other, whatever stands
// behind the end and wherever the text lies.
func TestPlainEnd(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 5))
	odd := []byte{'"', '\\', 0, 0x1f, 0x80, 0xff, '\n'}
	plain := []byte{' ', '!', '#', '[', ']', 'a', 0x7e, 0x7f}
	for range 20000 {
		data := make([]byte, r.IntN(150))
		for i := range data {
			data[i] = plain[r.IntN(len(plain))]
			if r.IntN(40) == 0 {
				data[i] = odd[r.IntN(len(odd))]
			}
		}
		p := r.IntN(len(data) + 1)
		want := p
		for want < len(data) && data[want] >= 0x20 && data[want] < 0x80 && data[want] != '"' && data[want] != '\\' {
			want++
		}
		if got := plainEnd(data, p); got != want {
			t.Fatalf("%q from %d: %d, not %d", data, p, got, want)
		}
	}
}

// TestAppendString escapes what must be, wherever it stands.
func TestAppendString(t *testing.T) {
	special := strings.NewReplacer(`"`, `\"`, `\`, `\\`, "\n", `\n`, "\t", `\t`, "\r", `\r`, "\x01", `\u0001`, "\x1f", `\u001f`)
	r := rand.New(rand.NewPCG(1, 6))
	pieces := []string{"a", "plain text", "é", "世", "😀", `"`, `\`, "\n", "\t", "\r", "\x01", "\x1f", "\x7f", strings.Repeat("long ", 20)}
	for range 20000 {
		var b strings.Builder
		for range r.IntN(6) {
			b.WriteString(pieces[r.IntN(len(pieces))])
		}
		text := b.String()
		if got, want := string(AppendString([]byte("x"), text)), `x"`+special.Replace(text)+`"`; got != want {
			t.Fatalf("%q is written %s, not %s", text, got, want)
		}
	}
}
