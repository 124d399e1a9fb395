// Package text reads and writes as text the scalar values that all text formats
// share: numbers, identifiers and calendar periods. Instants and durations are
// the business of package timefmt.
//
// Everything works on bytes and appends to the caller's slice. Nothing here
// rounds or accepts a second spelling silently.
package text

// UUID reads the 36-character form into dst.
func UUID(dst *[16]byte, b []byte) bool {
	if len(b) != 36 || b[8] != '-' || b[13] != '-' || b[18] != '-' || b[23] != '-' {
		return false
	}
	at := 0
	for i := 0; i < 36; i++ {
		if b[i] == '-' {
			if i != 8 && i != 13 && i != 18 && i != 23 {
				return false
			}
			continue
		}
		hi, lo := hex(b[i]), hex(b[i+1])
		if hi > 15 || lo > 15 {
			return false
		}
		dst[at] = hi<<4 | lo
		at++
		i++
	}
	return true
}

func hex(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10
	}
	return 255
}

const hexDigits = "0123456789abcdef"

// AppendUUID writes 16 bytes in the 36-character form.
func AppendUUID(dst, b []byte) []byte {
	for i, c := range b {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			dst = append(dst, '-')
		}
		dst = append(dst, hexDigits[c>>4], hexDigits[c&15])
	}
	return dst
}
