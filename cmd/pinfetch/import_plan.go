package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/internal/importer"
	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/terminal"
)

// pinImport is what becomes of an entry of another tool's lock.
type pinImport struct {
	engine.Outcome
	entry foreignEntry
	pin   engine.ForeignPin // to be locked; without a name, nothing is
}

func (i pinImport) isPlanned() bool { return i.pin.Name != "" }

// planImports decides, in name order, what to do with each entry. Trouble with one leaves the others.
func (p *program) planImports(o *importOptions, f *lock.File, entries []foreignEntry) ([]pinImport, error) {
	imports := make([]pinImport, len(entries))
	for n, entry := range entries {
		imports[n] = pinImport{entry: entry}
		imports[n].Name = lock.ScopedName(o.scope, lock.CleanName(entry.Name))
	}
	imports, err := selectImports(imports, o.only)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(imports, func(a, b pinImport) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.entry.Name, b.entry.Name))
	})
	var taken lock.Names
	for _, name := range f.Names() {
		if err := taken.Add(name); err != nil {
			return nil, err
		}
	}
	originOf := make(map[string]originJSON)
	for n := range imports {
		i := &imports[n]
		if err := i.plan(o, f); err != nil {
			i.Status, i.Err = engine.Failed, i.advise(err)
			if errors.Is(err, importer.ErrSkipped) {
				i.Status = engine.Skipped
			}
		}
		if !i.isPlanned() {
			continue
		}
		other, twice := originOf[i.Name]
		_, isReplaced := f.Pins[i.Name]
		switch {
		case twice:
			i.fail(fmt.Errorf("pin %q is already imported from %q of %q: %w", i.Name, shortName(other.Name), other.File, errExists), "import it on its own, with another --scope")
		case isReplaced:
		default:
			i.fail(taken.Add(i.Name), "import it on its own, with another --scope")
		}
		if i.isPlanned() {
			originOf[i.Name] = i.entry.origin
		}
	}
	return imports, nil
}

// fail gives up an import if there is an error.
func (i *pinImport) fail(err error, hint string) {
	if err != nil {
		i.Status, i.Err, i.pin = engine.Failed, sources.WithHint(err, "%s", hint), engine.ForeignPin{}
	}
}

// selectImports keeps the entries that some words name, in the other tool or as pins.
func selectImports(imports []pinImport, words []string) ([]pinImport, error) {
	if len(words) == 0 {
		return imports, nil
	}
	names := &lock.File{Pins: make(map[string]lock.Pin)}
	for _, i := range imports {
		names.Pins[i.Name], names.Pins[i.entry.Name] = lock.Pin{}, lock.Pin{}
	}
	selection, err := engine.Select(names, words)
	if unknown, ok := errors.AsType[*engine.UnknownNameError](err); ok && unknown.Nearest == "" && !unknown.IsScope {
		err = sources.WithHint(err, "list what there is: pinfetch import --dry-run")
	}
	if err != nil {
		return nil, fmt.Errorf("--only: %w", err)
	}
	isSelected := make(map[string]bool)
	for _, name := range selection.Names {
		isSelected[name] = true
	}
	return slices.DeleteFunc(imports, func(i pinImport) bool { return !isSelected[i.Name] && !isSelected[i.entry.Name] }), nil
}

// plan works out the pin, and that it is locked already.
func (i *pinImport) plan(o *importOptions, f *lock.File) error {
	e := i.entry
	if clean := lock.CleanName(e.Name); clean == "" || strings.HasPrefix(i.Name, "/") {
		i.Name = shortName(e.Name)
		return fmt.Errorf("cannot derive a name for the pin from %q: %w", i.Name, lock.ErrName)
	}
	if e.Skip != nil && !(o.all && e.Evaluated) {
		return e.Skip
	}
	pin := engine.ForeignPin{Name: i.Name, Facts: e.Facts, Hash: e.Hash, Fetchers: e.Fetchers}
	var err error
	if pin.Source, err = codecs().Parse(e.Follow); err != nil {
		return err
	}
	if e.Otherwise != "" {
		branch := e.Follow
		branch.Tracking = sources.Tracking{Branch: e.Otherwise}
		if pin.Otherwise, err = codecs().Parse(branch); err != nil {
			return err
		}
	}
	for _, way := range e.Locked() {
		spec, err := codecs().Parse(way)
		if err != nil && len(pin.Locked) == 0 {
			return err
		}
		if err == nil {
			pin.Locked = append(pin.Locked, spec)
		}
	}
	i.Source = pin.Source
	if old, taken := f.Pins[i.Name]; taken && !o.replace {
		if old.Source != pin.Source && (pin.Otherwise == nil || old.Source != pin.Otherwise) {
			return sources.WithHint(nameTaken(i.Name), "to take what %s has, add --replace; to have both, add --scope SCOPE", e.origin.Tool)
		}
		i.Status, i.Source, i.Old, i.New = engine.Unchanged, old.Source, old.Locked, old.Locked
		if !isAsLocked(old.Locked, e.Entry) {
			i.Notice = fmt.Sprintf("it is pinned already, at another revision; to take back the one of %s, add --replace", e.origin.File)
		}
		return nil
	}
	i.pin = pin
	return nil
}

// isAsLocked reports whether a pin, which follows what an entry does, is also locked at what the entry is.
func isAsLocked(locked sources.Resolution, e importer.Entry) bool {
	address := cmp.Or(e.URL, e.Follow.Ref)
	isFile := func(c sources.Call) bool { return c.URL == sources.EscapeURL(address) }
	switch {
	case sources.IsCommit(e.At):
		return locked.Rev() == e.At
	case e.URL == "" && e.At != "":
		return locked.Ref == "refs/tags/"+e.At || locked.Version == e.At
	}
	return slices.ContainsFunc(locked.Calls, isFile) || e.At != "" && locked.Version == e.At
}

// shortName is another tool's name as messages show it.
func shortName(name string) string {
	const most = 100 // bytes
	return terminal.Shorten(name, most)
}

// advise adds to the error of an entry the command that imports or pins it.
func (i *pinImport) advise(err error) error {
	e := i.entry
	advised, isAdvised := errors.AsType[*sources.Advised](err)
	request, name, hint := e.Follow, i.Name, ""
	switch {
	case errors.Is(err, lock.ErrName) && request.Ref != "":
		name, hint = "NAME", "give it a name: "
	case e.Skip != nil && e.Evaluated && errors.Is(err, importer.ErrSkipped):
		return sources.WithHint(err, "to import them all the same, add --all")
	case errors.Is(err, engine.ErrMismatch):
		hint = "ask upstream which content is right; to pin what is fetched now run: "
	case request.Ref == "" || !isAdvised:
		return err
	case len(advised.Try) > 0:
		for _, option := range request.Options() {
			if option.Name == advised.Try[0].Option {
				switch field := option.Field.(type) {
				case *string:
					*field = advised.Try[0].Value
				case *bool:
					*field = true
				}
			}
		}
		hint = "run: "
	case errors.Is(err, importer.ErrSkipped):
		hint = advised.Next + ": "
	default:
		return err
	}
	command := addCommand(request) + " --name " + name
	if e.At != "" && request.Rev == "" {
		command += " --at " + quote(e.At)
	}
	return sources.WithHint(err, "%s", hint+command)
}
