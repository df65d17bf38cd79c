package body

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
)

// State is what the bot records in a request's body.
type State struct {
	To      string `json:"to"`                // what the request would lock: a word for each pin
	Title   string `json:"title"`             // as the bot wrote it
	Sum     string `json:"sum"`               // Sum of the part that the bot wrote; Join sets it
	Facts   string `json:"facts,omitempty"`   // Sum of what the part would be without upstream's notes, which cost requests
	Pending bool   `json:"pending,omitempty"` // labels, reviewers and the like are still to be set
	Closed  string `json:"closed,omitempty"`  // why the bot closed the request
}

// Sum is the SHA-256 of a part of a body. White space at the ends of lines and of the part does not count, because forges
// change it.
func Sum(part string) string {
	lines := strings.Split(strings.ReplaceAll(part, "\r\n", "\n"), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " \t\r")
	}
	sum := sha256.Sum256([]byte(strings.Trim(strings.Join(lines, "\n"), "\n")))
	return hex.EncodeToString(sum[:])
}

// Join returns a body with the bot's part and its state. Of an old body, what people wrote around the bot's part stays byte for
// byte. If the old one has no part of the bot, the part precedes it.
func Join(old, part string, s State) string {
	s.Sum = Sum(part)
	found, ok := find(old)
	if !ok {
		if old != "" {
			old = gap + old
		}
		return mark(s, gap+part+gap) + old
	}
	return old[:found.start] + mark(s, gap+part+gap) + old[found.end:]
}

// Restate returns a body with another state, and whether it had one. Everything else stays as it is.
func Restate(old string, s State) (string, bool) {
	found, ok := find(old)
	if !ok {
		return old, false
	}
	return old[:found.start] + mark(s, old[found.inner:found.innerEnd]) + old[found.end:], true
}

// Overhead returns how many bytes [Join] adds to a part.
func Overhead(old string, s State) int { return len(Join(old, "", s)) }

// Read finds the state in a body.
func Read(text string) (State, bool) {
	found, ok := find(text)
	return found.state, ok
}

const end = "<!-- /pinfetch -->"

// mark puts a part between the bot's markers. HTML comments may not contain "--" (CommonMark 0.31, 6.6), and mentions in them
// have been known to count.
func mark(s State, part string) string {
	data, err := json.Marshal(s) // which escapes <, > and &
	if err != nil {
		panic(err) // strings and booleans always have a JSON form
	}
	escaped := strings.NewReplacer("--", `-\u002d`, "@", `\u0040`, "#", `\u0023`).Replace(string(data))
	return "<!-- pinfetch: " + escaped + " -->" + part + end
}

// span is where the bot's part is within a body: from the marker before it to the one after it, without the space around them.
type span struct {
	state           State
	start, end      int
	inner, innerEnd int // without the markers
}

var marker = lazyregexp.New(`(?m)^<!-- (?:pinfetch: (\{.*\})|/pinfetch) -->[ \t\r]*$`)

// find finds the first pair of markers between which there is no other. A marker is a line of its own, so that one that is
// quoted does not count, and neither does one whose JSON is malformed.
func find(text string) (found span, ok bool) {
	for _, at := range marker.FindAllStringSubmatchIndex(text, -1) {
		switch state := (State{}); {
		case at[2] < 0 && ok:
			found.innerEnd, found.end = at[0], at[0]+len(end)
			return found, true
		case at[2] >= 0 && json.Unmarshal([]byte(text[at[2]:at[3]]), &state) == nil:
			found, ok = span{state: state, start: at[0], inner: at[3] + len(" -->")}, true
		}
	}
	return span{}, false
}
