package markdown

import (
	"strings"
	"unicode/utf8"
)

// The columns after which lines are wrapped at a space, and those after which they are cut, in characters. Most addresses are
// shorter than the latter.
const (
	width   = 100
	maxWord = 200
)

// Lines returns text as neutral lines of plain text for a [Block], of at most 200 characters each. Empty lines at both ends
// are left out.
func Lines(text string) (lines []string) {
	for line := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		for _, part := range wrap(strings.TrimRight(clean(strings.ReplaceAll(line, "\t", "    ")), " ")) {
			if part != "" || len(lines) > 0 {
				lines = append(lines, disarm(part))
			}
		}
	}
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// wrap breaks a line at spaces.
func wrap(line string) (parts []string) {
	start, space, column := 0, 0, 0 // space is where the part that begins at start can end, if it is after start
	inWord := false
	for i, r := range line {
		if r == ' ' && inWord {
			space = i
		}
		inWord = inWord || r != ' '
		switch {
		case column >= width && space > start:
			parts = append(parts, strings.TrimRight(line[start:space], " "))
			start = space + 1
			column = utf8.RuneCountInString(line[start:max(i, start)])
			inWord = column > 0
		case column >= maxWord:
			parts = append(parts, line[start:i])
			start, column = i, 0
		}
		column++
	}
	return append(parts, line[start:])
}

// Block returns a code block of neutral lines (see [Lines]). Nothing in it is Markdown, because its fence is longer than all
// runs of backticks within (CommonMark 0.31, 4.5).
func Block(lines []string) string {
	text := strings.Join(lines, "\n")
	fence := strings.Repeat("`", max(3, longestRun(text)+1))
	return fence + "text\n" + text + "\n" + fence
}

// longestRun returns the length of the longest run of backticks.
func longestRun(text string) (longest int) {
	run := 0
	for i := range len(text) {
		if text[i] != '`' {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return longest
}
