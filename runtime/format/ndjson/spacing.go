package ndjson

// spacing is the white space that a producer writes in all records alike, as the encoders of some
// languages do: behind the brace that begins a record, behind commas and behind colons.
type spacing struct{ brace, comma, colon string }

// mostSpacing is how much white space a key may have at a place.
const mostSpacing = 4

// spacingOf is that of a record that could be read; none where it has white space elsewhere, too.
func spacingOf(record []byte) spacing {
	s := scanner{data: record}
	space := func(p int) (string, int) {
		end := s.space(p)
		return string(record[p:min(end, p+mostSpacing)]), end
	}
	var out spacing
	p := s.space(0)
	if p == len(record) || record[p] != '{' {
		return spacing{}
	}
	out.brace, p = space(p + 1)
	if p == len(record) || record[p] != '"' {
		return spacing{}
	}
	end, _ := s.stringEnd(p + 1)
	if end < 0 || end+1 >= len(record) || record[end+1] != ':' {
		return spacing{}
	}
	out.colon, p = space(end + 2)
	if p = s.skip(p); p > 0 && p < len(record) && record[p] == ',' {
		out.comma, _ = space(p + 1)
	}
	return out
}
