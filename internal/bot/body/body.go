// Package body writes the bodies of requests in Markdown, and reads back what the bot has to know about them.
//
// A body has the bot's part between two comments, which no reader sees, and around it whatever people write:
//
//	<!-- pinfetch: {"to":"1.2.3", …} -->
//	…
//	<!-- /pinfetch -->
//
// What upstream says is shown and does nothing: see package markdown.
package body

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pinfetch/pinfetch/internal/markdown"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// Change is one pin's row.
type Change struct {
	Name, Old, New, Compare string
	Notice                  string // what upstream says about the version, such as why it is deprecated
	Warnings                []string
	HeldBack                string // what keeps the pin from moving further, as a sentence
	Notes                   sources.Notes
}

// Content is what a body says.
type Content struct {
	Changes []Change
	Others  []Other // pins of the same group that stay as they are, and why
	Close   string  // why the request is closed, "" for an open one
	Command string  // that the user runs to exclude the pins, such as "pinfetch freeze ripgrep"
}

// Other is a pin that is held back or that failed.
type Other struct{ Name, Why string }

// The longest texts within a line, in bytes before they are escaped.
const (
	maxName = 100
	maxText = 500
)

// Render writes the bot's part of a body, in at most limit bytes. If that is not enough for everything, commit lists are cut
// first, then release notes, of which each pin gets a fair share, then remarks, then rows of the table. [Overhead] says how much
// the rest of a body needs.
func Render(c Content, limit int) string {
	s := sheet{left: limit}
	reason := s.add(reason(c.Close))
	footer := s.add(footer(c))
	table := s.add(table(c.Changes, s.left))
	remarks := s.add(remarks(c.Changes, s.left))
	others := s.add(others(c.Others, s.left))
	folds := s.folds(c)
	parts := append(append([]string{reason, table, remarks, others}, folds...), footer)
	return strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part == "" }), gap)
}

// gap stands between the parts of a body.
const gap = "\n\n"

// sheet is what is left of a body's bytes.
type sheet struct{ left int }

// add returns a part if there is room for it, "" if not.
func (s *sheet) add(part string) string {
	if part == "" || len(part)+len(gap) > s.left {
		return ""
	}
	s.left -= len(part) + len(gap)
	return part
}

func reason(text string) string {
	if text == "" {
		return ""
	}
	return "Closed: " + markdown.Inline(text, maxText)
}

// footer says what readers can do about an open request.
func footer(c Content) string {
	if c.Close != "" {
		return ""
	}
	text := "To skip this version, close this request. "
	if len(c.Changes) > 1 {
		text = "To skip these versions, close this request. "
	}
	if c.Command != "" {
		text += "To stop such updates, run " + markdown.Code(c.Command) + ". "
	}
	return text + "Text above and below this part is kept; edits within it may be overwritten."
}

func table(changes []Change, size int) string {
	var rows []string
	for _, c := range changes {
		rows = append(rows, fmt.Sprintf("| %s | %s | %s | %s |", markdown.Inline(c.Name, maxName),
			markdown.Inline(c.Old, maxName), markdown.Inline(c.New, maxName), markdown.Link("compare", c.Compare)))
	}
	return list("| pin | from | to | changes |\n| --- | --- | --- | --- |\n", rows, size)
}

// remarks lists what upstream says about the versions, and what holds pins back.
func remarks(changes []Change, size int) string {
	var lines []string
	for _, c := range changes {
		add := func(what, text string) {
			if text != "" {
				lines = append(lines, "- "+markdown.Inline(c.Name, maxName)+what+": "+markdown.Inline(text, maxText))
			}
		}
		add(", upstream’s notice", c.Notice)
		for _, warning := range c.Warnings {
			add(", warning", warning)
		}
		add(", held back", c.HeldBack)
	}
	return list("", lines, size)
}

func others(all []Other, size int) string {
	var lines []string
	for _, o := range all {
		lines = append(lines, "- "+markdown.Inline(o.Name, maxName)+": "+markdown.Inline(o.Why, maxText))
	}
	return list("Not updated:\n\n", lines, size)
}

// list returns as many lines as fit into size bytes, and says how many more there are.
func list(head string, lines []string, size int) string {
	size -= len(head) + len(gap)
	shown, length := 0, 0
	for i, line := range lines {
		length += len(line) + 1
		if length+len(more(len(lines)-i-1)) <= size {
			shown = i + 1
		}
	}
	if shown == 0 {
		return ""
	}
	return head + strings.Join(lines[:shown], "\n") + more(len(lines)-shown)
}

func more(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%sand %d more", gap, n)
}
