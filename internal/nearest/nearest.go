// Package nearest finds the word that someone meant who mistyped it.
package nearest

import (
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// maxDistance is the largest edit distance at which a word is suggested.
const maxDistance = 3

// Word returns the only candidate that begins with word, else the one with the smallest edit distance, case aside. It
// returns "" if that distance is more than a third of the word, or more than 3.
func Word(word string, candidates []string) string {
	word = strings.ToLower(word)
	begins := func(candidate string) bool { return word != "" && strings.HasPrefix(strings.ToLower(candidate), word) }
	if i := slices.IndexFunc(candidates, begins); i >= 0 && !slices.ContainsFunc(candidates[i+1:], begins) {
		return candidates[i]
	}
	found, distance := "", min(maxDistance, (len(word)+1)/3)+1
	for _, candidate := range candidates {
		if d := levenshtein.ComputeDistance(word, strings.ToLower(candidate)); d < distance {
			found, distance = candidate, d
		}
	}
	return found
}
