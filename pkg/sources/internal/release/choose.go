package release

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"github.com/gobwas/glob"

	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/follow"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/newest"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/version"
)

// choice is a choice among the releases of a repository.
type choice struct {
	h        sources.Hosted
	byTag    map[string]Release
	names    []string // tags that count
	what     string   // what they are, for errors
	trusting bool     // whether only the forge's mark makes a pre-release, not the name
}

func choose(h sources.Hosted, all []Release, keep func(version.Tag) bool) choice {
	c := choice{h: h, byTag: make(map[string]Release, len(all)), what: count(all)}
	for _, r := range all {
		_, twice := c.byTag[r.Tag]
		if tag, isVersion := version.ReadTag(r.Tag); !twice && (!isVersion || keep(tag)) {
			c.byTag[r.Tag] = r
			c.names = append(c.names, r.Tag)
		}
	}
	return c
}

// newest returns the newest release: among the tags that the Spec's glob matches or, for all releases, of the scheme of a
// repository's own versions that was published last. If no release is a version of its own, it is the one that was published
// last.
func (c choice) newest() (chosen Release, held []sources.HeldBack, err error) {
	if c.h.Tags != "" {
		return c.amongTags()
	}
	for _, group := range follow.Groups(c.names, c.h.Repo) {
		one, oneHeld, oneErr := c.among(c.versions(group), c.h.Range)
		switch {
		case oneErr == nil && (chosen.Tag == "" || one.Published.After(chosen.Published)):
			chosen, held = one, oneHeld
		case oneErr != nil && !isWaiting(err):
			err = oneErr
		}
	}
	switch {
	case chosen.Tag != "":
		return chosen, held, nil
	case !isWaiting(err) && c.h.Constraint == "":
		chosen, held, err = c.among(c.dated(), c.h.Range)
	}
	if err != nil && !isWaiting(err) || chosen.Tag == "" && err == nil {
		err = c.noRelease()
	}
	return chosen, held, err
}

func (c choice) amongTags() (Release, []sources.HeldBack, error) {
	t := c.h.Tracking
	matching, number, err := follow.Matching(c.names, &t, func(version.Tag) bool { return true })
	if err == nil {
		c.what = fmt.Sprintf("%d releases", number)
		var chosen Release
		var held []sources.HeldBack
		if chosen, held, err = c.among(c.versions(version.Serious(matching)), t.Range); err == nil {
			return chosen, held, nil
		}
	}
	return Release{}, nil, fmt.Errorf("tags %q: %w", t.Tags, err)
}

// among returns the newest one that a range allows.
func (c choice) among(offered []version.Release, r sources.Range) (Release, []sources.HeldBack, error) {
	l := newest.List{Releases: offered, Names: c.what, RefOf: tags}
	chosen, held, err := l.Choose(r)
	return c.byTag[chosen.Name], held, err
}

// versions returns releases in the order of their versions.
func (c choice) versions(group []version.Tag) (offered []version.Release) {
	for _, tag := range group {
		if c.trusting {
			offered = append(offered, c.offer(tag.Name, named{tag.Version}))
		} else {
			offered = append(offered, c.offer(tag.Name, tag.Version))
		}
	}
	return offered
}

// dated returns all releases in the order of their publication.
func (c choice) dated() (offered []version.Release) {
	for _, name := range c.names {
		tag, isVersion := version.ReadTag(name)
		isEarly := isVersion && tag.IsPrerelease() && !c.trusting
		offered = append(offered, c.offer(name, published{sources.TagVersion(name), isEarly, c.byTag[name].Published}))
	}
	return offered
}

func (c choice) offer(tag string, order version.Ordered) version.Release {
	r := c.byTag[tag]
	return version.Release{Ordered: order, Name: tag, Date: r.Published, Prerelease: r.Prerelease, Incomplete: missing(c.h.File, r)}
}

// named is a version that is no pre-release, whatever its name says.
type named struct{ version.Version }

func (named) IsPrerelease() bool { return false }

// Compare implements [version.Ordered] for two of them.
func (n named) Compare(other version.Ordered) int { return n.Version.Compare(other.(named).Version) }

// published is a release whose order is that of publication.
type published struct {
	name    string
	isEarly bool
	at      time.Time
}

func (p published) String() string     { return p.name }
func (p published) Core() string       { return "" }
func (p published) IsPrerelease() bool { return p.isEarly }

// Compare implements [version.Ordered] for two of them.
func (p published) Compare(other version.Ordered) int {
	o := other.(published)
	return cmp.Or(p.at.Compare(o.at), cmp.Compare(p.name, o.name))
}

func isWaiting(err error) bool {
	_, waiting := errors.AsType[*sources.WaitingError](err)
	return waiting
}

func (c choice) noRelease() error {
	what, try := "stable releases", []sources.Setting{{Option: "prerelease"}, {Option: "tag"}, {Option: "branch"}}
	if c.h.Asset != "" {
		try = try[:2]
	}
	if c.h.Prerelease {
		what, try = "releases", try[1:]
	}
	if c.h.Constraint != "" {
		what, try = fmt.Sprintf("%s that satisfy %q", what, c.h.Constraint), []sources.Setting{{Option: "constraint"}}
	}
	err := fmt.Errorf("%s among %s of %s/%s: %w", what, c.what, c.h.Owner, c.h.Repo, sources.ErrNotFound)
	return sources.WithSettings(err, try...)
}

func matches(pattern, tag string) bool {
	g, err := glob.Compile(pattern)
	return err == nil && g.Match(tag)
}
