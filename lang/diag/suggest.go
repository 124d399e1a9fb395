package diag

import (
	"strings"
	"unicode"
)

// maxDistance is how many slips a suggestion may correct, however long the name.
const maxDistance = 3

// Closest finds the candidate that name was probably meant to be, for "did you
// mean". Names that differ only in case or in snake_case against camelCase count
// as closest; otherwise one slip per three letters is forgiven (a letter left
// out, added, changed, or two swapped), and names of one or two letters never
// match by distance. Of equally close candidates the first wins. A candidate
// equal to name is no suggestion.
func Closest(name string, candidates []string) (string, bool) {
	folded := []rune(foldName(name))
	best, bestDistance := "", maxDistance+1
	for _, candidate := range candidates {
		if candidate == name {
			continue
		}
		other := []rune(foldName(candidate))
		limit := min(maxDistance, max(len(folded), len(other))/3, bestDistance-1)
		if abs(len(folded)-len(other)) > limit {
			continue
		}
		if distance := editDistance(folded, other); distance <= limit {
			best, bestDistance = candidate, distance
		}
	}
	return best, bestDistance <= maxDistance
}

// foldName maps spellings of one name together: case and underscores do not count.
func foldName(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r == '-' || r == ' ' {
			return -1
		}
		return unicode.ToLower(r)
	}, name)
}

// editDistance is the number of insertions, deletions, substitutions and swaps
// of neighbours between two words, no part being edited twice.
func editDistance(a, b []rune) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

func abs(n int) int { return max(n, -n) }
