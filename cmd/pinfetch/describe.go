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
	if name := engine.NameOf(l); name != l.Calls[0].Hash.String() {
		text = name + " " + text
	}
	return text
}

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

// describeChange is "15.0.0 -> 15.1.0".
func describeChange(from, to sources.Resolution) string {
	before, after := engine.Difference(from, to)
	if before == after {
		return before + ", fetched with other arguments"
	}
	return before + " -> " + after
}
