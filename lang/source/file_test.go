package source

import "testing"

func TestPositionsCountWhatPeopleCount(t *testing.T) {
	f := New("a.edy", "abc\r\nå𝄞x\n")
	tests := []struct {
		offset, line, column, utf16Line, utf16Column int
	}{
		{0, 1, 1, 0, 0},
		{3, 1, 4, 0, 3},
		{5, 2, 1, 1, 0},
		{7, 2, 2, 1, 1},  // after å, two bytes
		{11, 2, 3, 1, 3}, // after the clef: four bytes, two UTF-16 units
		{13, 3, 1, 2, 0},
		{99, 3, 1, 2, 0},
	}
	for _, tt := range tests {
		p := f.Position(tt.offset)
		if p.Line != tt.line || p.Column != tt.column {
			t.Errorf("Position(%d) = %v, want %d:%d", tt.offset, p, tt.line, tt.column)
		}
		line, column := f.UTF16(tt.offset)
		if line != tt.utf16Line || column != tt.utf16Column {
			t.Errorf("UTF16(%d) = %d:%d, want %d:%d", tt.offset, line, column, tt.utf16Line, tt.utf16Column)
		}
		if tt.offset <= len(f.Text) {
			if back := f.FromUTF16(line, column); back != tt.offset {
				t.Errorf("FromUTF16(%d, %d) = %d, want %d", line, column, back, tt.offset)
			}
		}
	}
}

func TestColumnsPastTheEndOfALineStayOnIt(t *testing.T) {
	f := New("a.edy", "ab\r\ncd")
	for _, tt := range []struct{ line, column, want int }{{0, 9, 2}, {1, 9, 6}, {9, 0, 6}, {-1, 3, 0}} {
		if got := f.FromUTF16(tt.line, tt.column); got != tt.want {
			t.Errorf("FromUTF16(%d, %d) = %d, want %d", tt.line, tt.column, got, tt.want)
		}
	}
	if f.Line(1) != "ab" || f.Line(2) != "cd" || f.Line(3) != "" {
		t.Errorf("lines are %q, %q, %q", f.Line(1), f.Line(2), f.Line(3))
	}
}
