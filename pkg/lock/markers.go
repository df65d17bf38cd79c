package lock

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
)

// refuseConflictMarkers returns an [ErrConflictMarkers] that names the pins in conflict.
func refuseConflictMarkers(data []byte) error {
	for _, marker := range []string{"<<<<<<< ", ">>>>>>> "} {
		i := bytes.Index(data, []byte("\n"+marker)) + 1
		if i == 0 && !bytes.HasPrefix(data, []byte(marker)) {
			continue
		}
		if names := pinsInConflict(string(data)); len(names) > 0 {
			return at(int64(i), fmt.Errorf("%w (pins in conflict: %s)", ErrConflictMarkers, strings.Join(names, ", ")))
		}
		return at(int64(i), ErrConflictMarkers)
	}
	return nil
}

// pinLine matches the first line of a pin, as [File.Format] writes it.
var pinLine = lazyregexp.New(`^    "([A-Za-z0-9_+/-]+)": \{`)

// pinsInConflict returns the names of the pins that conflict markers contain, or are within.
func pinsInConflict(text string) (names []string) {
	current, inside, found := "", false, false
	for line := range strings.Lines(text) {
		switch {
		case strings.HasPrefix(line, "<<<<<<<"):
			inside, found = true, false
		case strings.HasPrefix(line, ">>>>>>>"):
			if inside && !found && current != "" {
				names = append(names, current)
			}
			inside = false
		}
		if m := pinLine.FindStringSubmatch(line); m != nil {
			current = m[1]
			if found = true; inside {
				names = append(names, current)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
