package main

import (
	"regexp"
	"strings"
)

// plain matches words that every shell takes as they are.
var plain = regexp.MustCompile(`^[A-Za-z0-9%+,./:=@_~…-]*$`)

// quote quotes a word for a shell, if necessary.
func quote(word string) string {
	if plain.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
