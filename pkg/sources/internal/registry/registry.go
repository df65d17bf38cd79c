// Package registry resolves packages of registries. All kinds of source whose packages have a list of versions share it:
// one request for each package, one choice of the newest version, one explanation.
package registry

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/newest"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/version"
	"github.com/pinfetch/pinfetch/pkg/terminal"
)

// Package is a Spec of a package.
type Package interface {
	sources.Spec
	// Wanted is that of [sources.Versions], which Specs embed.
	Wanted() (sources.Range, string)
}

// Version is a version of a package. F is what a kind has to know about its files.
type Version[F any] struct {
	version.Release
	Notice string // what to tell whoever takes it, such as why it is deprecated; or ""
	Files  F
}

// Registry is how the packages of a kind are listed and fetched.
type Registry[S Package, F any] struct {
	// Address returns the address of the document that lists a package's versions, and Accept the media type of its form that a
	// Spec needs. Specs that agree in both share a request. Accept may be nil.
	Address, Accept func(S) string
	// List reads the versions of a package, in any order. A withdrawn one has its reason in Withdrawn.
	List func(ctx context.Context, s S, address string) ([]Version[F], error)
	// Narrow returns the versions among which a Spec chooses, marked as it sees them. nil means all.
	Narrow func(s S, all []Version[F]) ([]Version[F], error)
	// Missing names a file that the Spec wants and a version does not have, "" if it has all. nil means that it always has.
	Missing func(s S, v Version[F]) string
	// Detail completes a version of which List does not tell everything. It is called for those that may be taken. nil means that
	// List tells everything.
	Detail func(ctx context.Context, s S, v *Version[F]) error
	// Calls returns the calls that fetch a version, with published hashes and digests where there are any.
	Calls func(s S, v Version[F]) ([]sources.Call, error)
	// Same reports whether two texts are the same version. nil means that they must be equal.
	Same func(a, b string) bool
}

// Resolver returns the functions of the kind.
func (r Registry[S, F]) Resolver() sources.Resolver[S] {
	var lists sync.Map // key to func() ([]Version[F], error)
	type key struct{ address, accept string }
	list := func(ctx context.Context, s S) ([]Version[F], error) {
		address, accept := r.Address(s), ""
		if r.Accept != nil {
			accept = r.Accept(s)
		}
		once, _ := lists.LoadOrStore(key{address, accept}, sync.OnceValues(func() ([]Version[F], error) {
			all, err := r.List(ctx, s, address)
			return valid(all), err
		}))
		found, err := once.(func() ([]Version[F], error))()
		switch {
		case err == nil && len(found) > 0:
			return found, nil
		case err == nil:
			err := fmt.Errorf("versions of package %q: %w", s.Title(), sources.ErrNotFound)
			return nil, sources.WithHint(err, "look for the package in a browser: it may have other files, or another name")
		}
		err = fmt.Errorf("package %q: %w", s.Title(), err)
		if errors.Is(err, sources.ErrNotFound) {
			err = sources.WithHint(err, "check the spelling of the package's name")
		}
		return nil, err
	}
	return sources.Resolver[S]{
		Resolve: func(ctx context.Context, s S) (sources.Resolution, error) {
			all, err := list(ctx, s)
			if err != nil {
				return sources.Resolution{}, err
			}
			if _, at := s.Wanted(); at != "" {
				return r.at(ctx, s, all, at)
			}
			return r.newest(ctx, s, all)
		},
		At: func(ctx context.Context, s S, at string) (sources.Resolution, error) {
			all, err := list(ctx, s)
			if err != nil {
				return sources.Resolution{}, err
			}
			return r.at(ctx, s, all, at)
		},
	}
}

func (r Registry[S, F]) newest(ctx context.Context, s S, all []Version[F]) (sources.Resolution, error) {
	if r.Narrow != nil {
		var err error
		if all, err = r.Narrow(s, all); err != nil {
			return sources.Resolution{}, fmt.Errorf("package %q: %w", s.Title(), err)
		}
	}
	l := newest.List{Names: plural(len(all), "version"), Releases: make([]version.Release, len(all))}
	byName := make(map[string]int, len(all))
	for i, v := range all {
		l.Releases[i], byName[v.Name] = r.release(s, v), i
	}
	if r.Detail != nil {
		all = slices.Clone(all) // other Specs share it
		l.Detail = func(release *version.Release) error {
			v := &all[byName[release.Name]]
			err := r.Detail(ctx, s, v)
			*release = r.release(s, *v)
			return err
		}
	}
	wanted, _ := s.Wanted()
	chosen, held, err := l.Choose(wanted)
	if err != nil {
		return sources.Resolution{}, fmt.Errorf("package %q: %w", s.Title(), err)
	}
	found, err := r.resolution(s, all[byName[chosen.Name]])
	found.Held = held
	return found, err
}

// release returns what the choice of a version depends on.
func (r Registry[S, F]) release(s S, v Version[F]) version.Release {
	if r.Missing != nil {
		v.Incomplete = r.Missing(s, v)
	}
	return v.Release
}

// at returns what one version means, even if it was withdrawn.
func (r Registry[S, F]) at(ctx context.Context, s S, all []Version[F], at string) (sources.Resolution, error) {
	for _, v := range all {
		if v.Name != at && (r.Same == nil || !r.Same(v.Name, at)) {
			continue
		}
		if r.Detail != nil {
			if err := r.Detail(ctx, s, &v); err != nil {
				return sources.Resolution{}, fmt.Errorf("version %s of package %q: %w", v.Name, s.Title(), err)
			}
		}
		if missing := r.release(s, v).Incomplete; missing != "" {
			return sources.Resolution{}, fmt.Errorf("version %s of package %q: %s: %w", v.Name, s.Title(), missing, sources.ErrNotFound)
		}
		found, err := r.resolution(s, v)
		if v.Withdrawn != "" {
			found.Notice = fmt.Sprintf("upstream withdrew %s: %s", v.Name, v.Withdrawn)
		}
		return found, err
	}
	err := fmt.Errorf("version %q of package %q among %s: %w", at, s.Title(), plural(len(all), "version"), sources.ErrNotFound)
	return sources.Resolution{}, sources.WithHint(err, "give a version as the registry writes it")
}

func (r Registry[S, F]) resolution(s S, v Version[F]) (sources.Resolution, error) {
	calls, err := r.Calls(s, v)
	if err != nil {
		return sources.Resolution{}, fmt.Errorf("version %s of package %q: %w", v.Name, s.Title(), err)
	}
	facts := sources.Facts{Version: v.Name}
	if !v.Date.IsZero() {
		facts.Date = v.Date.UTC().Format(time.DateOnly)
	}
	return sources.Resolution{Facts: facts, Calls: calls, Aside: sources.Aside{Notice: v.Notice}}, nil
}

// Expect reports what is locked but cannot be what a package means: with no version that can stand in a URL, or with other
// calls than those for that version. Kinds whose calls the version alone determines implement [sources.Spec] with it. The
// error is a [sources.ErrInvalid].
func Expect(r sources.Resolution, calls func(version string) []sources.Call) error {
	if !sources.IsVersion(r.Version) {
		return sources.Invalid("the pin has no version of a package")
	}
	return r.Expect(calls(r.Version)...)
}

// valid returns the versions that can stand in a URL and in a store name. Others are of no use to anyone.
func valid[F any](all []Version[F]) (kept []Version[F]) {
	for _, v := range all {
		if sources.IsVersion(v.Name) {
			kept = append(kept, v)
		}
	}
	return kept
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// NoReason is why a version was withdrawn if the registry does not tell.
const NoReason = "it was yanked"

// Line makes a text of upstream short and safe to show.
func Line(text string) string {
	const longest = 200 // bytes
	return terminal.Shorten(terminal.Clean(strings.Join(strings.Fields(strings.ToValidUTF8(terminal.Shorten(text, 4*longest), "")), " "), ""), longest)
}
