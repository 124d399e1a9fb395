package csv

import "encoding/binary"

// isLoud reports a byte that a cell must be quoted for: a delimiter, a quote or one of an
// end of line.
func isLoud(b []byte, delimiter byte) bool {
	n := len(b)
	switch {
	case wide && n >= 32:
		return loudWide(b, delimiter)
	case n >= 8:
		for p := 0; p < n-8; p += 8 {
			if loudWord(b[p:], delimiter) {
				return true
			}
		}
		return loudWord(b[n-8:], delimiter)
	}
	for _, c := range b {
		if c == delimiter || c == '"' || c == '\n' || c == '\r' {
			return true
		}
	}
	return false
}

// loudWord is isLoud for the first eight bytes.
func loudWord(b []byte, delimiter byte) bool {
	w := binary.LittleEndian.Uint64(b)
	return zeroBytes(w^ones*uint64(delimiter))|zeroBytes(w^ones*'"')|zeroBytes(w^ones*'\n')|zeroBytes(w^ones*'\r') != 0
}
