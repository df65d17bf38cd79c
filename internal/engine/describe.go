package engine

import (
	"strings"

	"github.com/pinfetch/pinfetch/pkg/sources"
)

// NameOf is the version of what is locked, else the start of its commit ID, else its hash.
func NameOf(l sources.Resolution) string {
	switch {
	case l.IsZero():
		return ""
	case l.Version != "":
		return l.Version
	case l.Rev() != "":
		return ShortRev(l.Rev())
	}
	return l.Calls[0].Hash.String()
}

// ShortRev is the start of a commit ID.
func ShortRev(rev string) string { return rev[:min(len(rev), 12)] }

// Difference names what was locked and what is: "15.0.0" and "15.1.0". Equal versions are told apart by commit ID or hash. Both
// are equal if nothing but other arguments of the fetcher differ.
func Difference(from, to sources.Resolution) (before, after string) {
	before, after = NameOf(from), NameOf(to)
	if from.IsZero() { // what was locked is invalid
		return "invalid", after
	}
	if before == after && from.Rev() != to.Rev() {
		return before + " " + ShortRev(from.Rev()), after + " " + ShortRev(to.Rev())
	}
	if before == after || before == "" || after == "" || after == to.Calls[0].Hash.String() {
		for i := range min(len(from.Calls), len(to.Calls)) {
			if from.Calls[i] != to.Calls[i] {
				return describeCall(from.Calls[i]), describeCall(to.Calls[i])
			}
		}
	}
	return before, after
}

// describeCall is a call's system and hash, or what it fetches if the hash is unknown.
func describeCall(c sources.Call) string {
	text := c.Fetch.String()
	if !c.Hash.IsZero() {
		text = c.Hash.String()
	}
	return strings.TrimSpace(c.System + " " + text)
}
