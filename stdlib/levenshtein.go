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
	x, y := []rune(a), []rune(b)
	if len(x)*len(y) > 16_000_000 {
		return 0, errors.New("the texts are too long to compare")
	}
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
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
