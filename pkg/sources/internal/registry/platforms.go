package registry

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/terminal"
)

// Platforms says which files of a version are wanted: one for every system, or one for each of some systems. A platform is
// what the registry calls it.
type Platforms struct {
	Platform string           `json:"platform,omitzero"` // for every system; default: the kind's
	Systems  sources.BySystem `json:"systems,omitzero"`  // instead: a platform for each system
}

// ReadPlatforms returns the platforms of a request: that of the reference, or the words SYSTEM=PLATFORM of the option. The
// error is a [sources.ErrInvalid].
func ReadPlatforms(platform string, words []string) (Platforms, error) {
	p := Platforms{Platform: platform}
	if len(words) == 0 {
		return p, nil
	}
	var err error
	p.Systems, err = sources.ParseBySystem(words, func(system string) (string, error) {
		return "", sources.WithHint(sources.Invalid("system %s has no platform", system), "write %s=PLATFORM, with the registry's name of the platform", system)
	})
	return p, err
}

var platformPattern = lazyregexp.New(`^[0-9A-Za-z][0-9A-Za-z._-]{0,99}$`)

// Validate refuses malformed systems and platforms, and platforms of both kinds. The error is a [sources.ErrInvalid].
func (p Platforms) Validate() error {
	if p.Platform != "" && p.Systems != "" {
		return sources.Invalid("a source has either one platform or one for each system")
	}
	for _, one := range p.List("") {
		if one.System != "" {
			if err := sources.ValidateSystem(one.System); err != nil {
				return err
			}
		}
		if one.Platform != "" && !platformPattern.MatchString(one.Platform) {
			return sources.Invalid("%q is not a platform", redact.Reference(one.Platform))
		}
	}
	return nil
}

// On is a platform and the system that it is for, "" for every system.
type On struct{ System, Platform string }

// List returns the wanted platforms in the order of systems.
func (p Platforms) List(otherwise string) (all []On) {
	if p.Systems == "" {
		if p.Platform != "" {
			otherwise = p.Platform
		}
		return []On{{"", otherwise}}
	}
	platforms := p.Systems.Texts()
	for _, system := range slices.Sorted(maps.Keys(platforms)) {
		all = append(all, On{system, platforms[system]})
	}
	return all
}

// Query returns the platform as the query of a reference, "" if there is none.
func (p Platforms) Query() string {
	if p.Platform == "" {
		return ""
	}
	return "?platform=" + p.Platform
}

// Missing says which wanted platform is not among those that a version has files for, "" if all are.
func (p Platforms) Missing(otherwise string, have []string) string {
	const shown = 200
	for _, on := range p.List(otherwise) {
		if !slices.Contains(have, on.Platform) {
			return fmt.Sprintf("no file for %q, only for %s", on.Platform, terminal.Shorten(fmt.Sprintf("%q", slices.Sorted(slices.Values(have))), shown))
		}
	}
	return ""
}
