package stdlib

import (
	"errors"

	"github.com/edynamic/edynamic/lang/sig"
	"github.com/edynamic/edynamic/vm/kernel"
)

func fnLevenshtein() *Function {
	return define(sig.Function{
		Name: "levenshtein", Group: groupText,
		Doc:     "Counts the characters to insert, remove or replace to make one text of another.",
		Failure: "The texts have more than 16 million pairs of characters.",
		Examples: examples(
			`levenshtein("kitten", "sitting")`, `3`,
			`levenshtein("", "abc")`, `3`,
			`levenshtein("Åbo", "Abo")`, `1`,
			`levenshtein("same", "same")`, `0`,
		),
	}, overload{text: "levenshtein(a: string, b: string) -> long", kernel: kernel.MapErr2(levenshtein)})
}

func levenshtein(a, b string) (int64, error) {
	var room [2][64]rune // is enough for most, and on the stack
	x, y := appendRunes(room[0][:0], a), appendRunes(room[1][:0], b)
	if len(x)*len(y) > 16_000_000 {
		return 0, errors.New("the texts are too long to compare")
	}
	var places [64]int
	row := places[:0]
	for j := range len(y) + 1 {
		row = append(row, j)
	}
	for i, r := range x {
		diagonal := row[0]
		row[0] = i + 1
		for j, s := range y {
			change := diagonal
			if r != s {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, diagonal+1)
		}
	}
	return int64(row[len(y)]), nil
}

func appendRunes(dst []rune, s string) []rune {
	for _, r := range s {
		dst = append(dst, r)
	}
	return dst
}
