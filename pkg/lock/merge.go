package lock

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/pinfetch/pinfetch/pkg/sources"
)

// Merged is the result of [Merge]: a lock, and what each side wants where they conflict.
type Merged struct {
	Ours, Theirs *File    // the merged lock, each with one side's pins for Conflicts
	Conflicts    []string // names of pins that cannot be merged, sorted
	Moved        []string // names of pins that moved on both sides, where the newer resolution was taken, sorted
}

// An Order compares versions of a Spec in the order of its kind; [sources.Codecs] is one.
type Order interface {
	CompareVersions(spec sources.Spec, a, b string) (order int, ok bool)
}

// Merge merges two locks that come from one base, pin by pin. A change to a pin on one side is kept.
//
// A pin that moved on both sides under one source takes the newer resolution: that of the higher version, else that of
// the later date. A side that changes the source or freezes the pin also decides what is locked. There is a conflict if
// both sides changed the source, if neither resolution is newer, if one side removed what the other changed, and if the
// names of two pins collide; see [File.Validate].
func Merge(order Order, base, ours, theirs *File) Merged {
	m := Merged{Ours: &File{Pins: make(map[string]Pin)}, Theirs: &File{Pins: make(map[string]Pin)}}
	for _, name := range union(ours, theirs) {
		o, t := ours.find(name), theirs.find(name)
		pin, decision := mergePin(order, base.find(name), o, t)
		switch decision {
		case conflicting:
			m.Conflicts = append(m.Conflicts, name)
		case newer:
			m.Moved = append(m.Moved, name)
			fallthrough
		case merged:
			o, t = pin, pin
		}
		m.Ours.put(name, o)
		m.Theirs.put(name, t)
	}
	for _, name := range colliding(union(m.Ours, m.Theirs)) {
		m.Ours.put(name, ours.find(name))
		m.Theirs.put(name, theirs.find(name))
		m.Conflicts = append(m.Conflicts, name)
	}
	slices.Sort(m.Conflicts)
	m.Conflicts = slices.Compact(m.Conflicts)
	return m
}

// union returns the names of both, sorted.
func union(a, b *File) []string {
	names := append(a.Names(), b.Names()...)
	slices.Sort(names)
	return slices.Compact(names)
}

// find returns a pin, or nil.
func (f *File) find(name string) *Pin {
	if pin, found := f.Pins[name]; found {
		return &pin
	}
	return nil
}

// put sets a pin, or removes it if it is nil.
func (f *File) put(name string, pin *Pin) {
	if pin == nil {
		delete(f.Pins, name)
		return
	}
	f.Pins[name] = *pin
}

// decision is how a pin was merged.
type decision uint8

const (
	merged decision = iota
	newer           // by taking the newer resolution
	conflicting
)

// mergePin merges one pin, nil where it does not exist.
func mergePin(order Order, base, ours, theirs *Pin) (*Pin, decision) {
	switch {
	case isSame(ours, theirs), isSame(base, theirs):
		return ours, merged
	case isSame(base, ours):
		return theirs, merged
	case ours == nil || theirs == nil:
		return nil, conflicting
	case base == nil:
		if ours.Source != theirs.Source || ours.Frozen != theirs.Frozen {
			return nil, conflicting
		}
		return newest(order, ours, theirs)
	}
	return mergeChanges(order, *base, ours, theirs)
}

func isSame(a, b *Pin) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Equal(*b)
}

// mergeChanges merges a pin that both sides changed.
func mergeChanges(order Order, base Pin, ours, theirs *Pin) (pin *Pin, d decision) {
	ourSource, theirSource := ours.Source != base.Source, theirs.Source != base.Source
	ourFreeze, theirFreeze := ours.Frozen && !base.Frozen, theirs.Frozen && !base.Frozen
	switch {
	case ourSource && theirSource && ours.Source != theirs.Source:
		return nil, conflicting
	case ourSource != theirSource:
		pin = choose(ourSource, ours, theirs)
	case ourFreeze != theirFreeze:
		pin = choose(ourFreeze, ours, theirs)
	case ours.Locked.Equal(base.Locked), theirs.Locked.Equal(base.Locked):
		pin = choose(theirs.Locked.Equal(base.Locked), ours, theirs)
	default:
		pin, d = newest(order, ours, theirs)
	}
	if d == conflicting {
		return nil, d
	}
	result := *pin
	if result.Frozen = ours.Frozen; ours.Frozen == base.Frozen {
		result.Frozen = theirs.Frozen
	}
	return &result, d
}

func choose(isOurs bool, ours, theirs *Pin) *Pin {
	if isOurs {
		return ours
	}
	return theirs
}

// newest returns the pin with the newer resolution. Both have one source.
func newest(order Order, ours, theirs *Pin) (*Pin, decision) {
	if ours.Locked.Equal(theirs.Locked) {
		return ours, merged
	}
	difference, _ := order.CompareVersions(ours.Source, ours.Locked.Version, theirs.Locked.Version)
	if difference == 0 && ours.Locked.Date != "" && theirs.Locked.Date != "" {
		difference = strings.Compare(ours.Locked.Date, theirs.Locked.Date)
	}
	if difference == 0 {
		return nil, conflicting
	}
	return choose(difference > 0, ours, theirs), newer
}

// colliding returns the names that cannot exist side by side.
func colliding(names []string) (found []string) {
	variables := make(map[string]string, len(names))
	for _, name := range names {
		for end, c := range []byte(name) {
			if _, taken := slices.BinarySearch(names, name[:end]); taken && c == '/' {
				found = append(found, name[:end], name)
			}
		}
		v := Variable(name)
		if other, taken := variables[v]; taken {
			found = append(found, other, name)
		}
		variables[v] = name
	}
	return found
}

// Format returns the merged lock in the format of a lock. Git's conflict markers, with the names of the sides, are around
// what they do not agree on: whole pins, and a comma where one side has no pin after it.
func (m Merged) Format(c Codec, ours, theirs string) ([]byte, error) {
	if len(m.Conflicts) == 0 {
		return m.Ours.Format(c)
	}
	a, err := m.Ours.texts(c)
	if err != nil {
		return nil, err
	}
	b, err := m.Theirs.texts(c)
	if err != nil {
		return nil, err
	}
	out := conflictWriter{ours: ours, theirs: theirs}
	out.same(fmt.Sprintf("{\n  \"version\": %d,\n  \"pins\": {\n", Version))
	for _, name := range union(m.Ours, m.Theirs) {
		if slices.Contains(m.Conflicts, name) {
			out.differ(a[name], b[name])
			continue
		}
		const end = "    }"
		last := strings.LastIndex(a[name], end)
		out.same(a[name][:last])
		out.differ(a[name][last:], b[name][last:])
	}
	out.same("  }\n}\n")
	return []byte(out.text.String()), nil
}

// texts returns the lines of every pin, with the comma that follows all but the last one.
func (f *File) texts(c Codec) (map[string]string, error) {
	texts := make(map[string]string, len(f.Pins))
	comma := ""
	for _, name := range slices.Backward(f.Names()) {
		pin, err := f.Pins[name].format(c, jsontext.WithIndent("  "), jsontext.WithIndentPrefix("    "))
		if err != nil {
			return nil, fmt.Errorf("format pin %q: %w", name, err)
		}
		texts[name] = fmt.Sprintf("    %q: %s%s\n", name, pin, comma)
		comma = ","
	}
	return texts, nil
}

// conflictWriter writes lines with conflict markers around those that differ.
type conflictWriter struct {
	text         strings.Builder
	ours, theirs string          // names of the sides
	a, b         strings.Builder // lines that differ
}

func (w *conflictWriter) differ(a, b string) {
	if a == b {
		w.same(a)
		return
	}
	w.a.WriteString(a)
	w.b.WriteString(b)
}

func (w *conflictWriter) same(lines string) {
	if w.a.Len()+w.b.Len() > 0 {
		fmt.Fprintf(&w.text, "<<<<<<< %s\n%s=======\n%s>>>>>>> %s\n", w.ours, w.a.String(), w.b.String(), w.theirs)
		w.a.Reset()
		w.b.Reset()
	}
	w.text.WriteString(lines)
}
