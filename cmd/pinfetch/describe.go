package main

import (
	"strings"

	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// describeNew names what was locked and its hash; for several calls, all hashes, each with its system.
func describeNew(l sources.Resolution) string {
	var hashes []string
	for _, call := range l.Calls {
		hashes = append(hashes, strings.TrimSpace(call.System+" "+call.Hash.String()))
	}
	text := strings.Join(hashes, ", ")
	if name := lockedName(l); name != l.Calls[0].Hash.String() {
		text = name + " " + text
	}
	return text
}

// lockedName is the version of what is locked, else the start of its commit ID, else its hash.
func lockedName(l sources.Resolution) string {
	switch {
	case l.IsZero():
		return ""
	case l.Version != "":
		return l.Version
	case l.Rev() != "":
		return shortRev(l.Rev())
	}
	return l.Calls[0].Hash.String()
}

func shortRev(rev string) string { return rev[:min(len(rev), 12)] }

// updateLine describes an update and links to its changes.
func updateLine(o engine.Outcome) string {
	if o.Status != engine.Updated && o.Status != engine.Outdated {
		return ""
	}
	text := o.Name + ": " + describeChange(o.Old, o.New)
	if o.Compare != "" {
		text += "\n  " + o.Compare
	}
	return text
}

// describeChange is "15.0.0 -> 15.1.0". Equal versions are told apart by commit ID or hash.
func describeChange(from, to sources.Resolution) string {
	before, after := lockedName(from), lockedName(to)
	if from.IsZero() { // what was locked is invalid
		return "invalid -> " + after
	}
	if before == after && from.Rev() != to.Rev() {
		before, after = before+" "+shortRev(from.Rev()), after+" "+shortRev(to.Rev())
	} else if before == after || before == "" || after == "" || after == to.Calls[0].Hash.String() {
		for i := range min(len(from.Calls), len(to.Calls)) {
			if from.Calls[i] != to.Calls[i] {
				before, after = describeCall(from.Calls[i]), describeCall(to.Calls[i])
				break
			}
		}
	}
	if before == after {
		return before + ", fetched with other arguments"
	}
	return before + " -> " + after
}

// describeCall is a call's system and hash, or what it fetches if the hash is unknown.
func describeCall(c sources.Call) string {
	text := c.Fetch.String()
	if !c.Hash.IsZero() {
		text = c.Hash.String()
	}
	return strings.TrimSpace(c.System + " " + text)
}
