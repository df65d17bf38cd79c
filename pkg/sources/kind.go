package sources

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Resolver finds out what a kind's Specs mean. Only Resolve is required.
type Resolver[S any] struct {
	// Announce says that a Spec is about to be resolved, so that one request can answer for all pins of a
	// repository. It must be cheap and do no I/O.
	Announce func(S)
	// Choose decides what an open Spec (see [Chooser]) follows.
	Choose func(context.Context, S) (S, Choice, error)
	// Resolve finds out what the Spec means now. It downloads no content. Its errors are [ErrNotFound],
	// [ErrInvalid], or come from the network.
	Resolve func(context.Context, S) (Resolution, error)
	// At finds out what a Spec means at a revision or version other than what it follows now. A full commit ID needs no
	// request. Its errors are those of Resolve.
	At func(ctx context.Context, s S, at string) (Resolution, error)
	// ResolveLike is Resolve among versions of the same scheme as a locked one (see [SameScheme]).
	ResolveLike func(ctx context.Context, s S, version string) (Resolution, error)
	// Name finds the tag that names the commit of what is locked, and returns its Ref and Version, or nothing.
	Name func(ctx context.Context, s S, locked Resolution) (Facts, error)
	// Publish adds to a resolution the hashes, digests and the date that upstream publishes apart from what Resolve asked for. It
	// is called before something is downloaded, so that a pin that does not move costs no request for them.
	Publish func(ctx context.Context, s S, r Resolution) (Resolution, error)
	// Date finds the day of a commit, YYYY-MM-DD, of a kind whose archives do not tell it.
	Date func(ctx context.Context, s S, rev string) (string, error)
	// Compare returns the address of a page that shows the changes between two resolutions, or "".
	Compare func(s S, from, to Resolution) string
	// Notes finds out what upstream says about the changes between two resolutions: for people to read, not to be trusted.
	Notes func(ctx context.Context, s S, from, to Resolution) (Notes, error)
}

// Choice describes what an open Spec follows.
type Choice struct {
	Note    string   // what it follows, in a few words
	Others  []Scheme // what else it could follow: other schemes of version tags
	Undated error    // why the dates of the schemes are unknown, so that the choice is a guess; or nil
}

// Scheme is a way in which a repository names its versions, such as "v1.2" or "2024-01-31".
type Scheme struct {
	Tags   string    // the glob that matches its tags
	Newest string    // its newest tag
	Date   time.Time // when that was made; zero if unknown
}

// Chooser is a Spec that may leave open what to follow.
type Chooser interface {
	// IsOpen reports whether the user named nothing to follow.
	IsOpen() bool
}

// IsOpen reports whether the user named nothing to follow; see [Chooser].
func IsOpen(spec Spec) bool {
	open, ok := spec.(Chooser)
	return ok && open.IsOpen()
}

// Follower is a Spec that may take its versions from another one.
type Follower interface {
	// Followed returns the Spec from which the versions come, nil if they do not.
	Followed() Spec
}

// Followed returns the Spec from which a Spec takes its versions, nil if it has its own.
func Followed(spec Spec) Spec {
	if follower, ok := spec.(Follower); ok {
		return follower.Followed()
	}
	return nil
}

// AllowsHTML reports whether a Spec accepts a web page instead of a file. Specs of kinds that can do so have a method of this
// name.
func AllowsHTML(spec Spec) bool {
	page, ok := spec.(interface{ AllowsHTML() bool })
	return ok && page.AllowsHTML()
}

// AsGit returns a request that pins the same with git, which has what a forge's archives lack. Specs of forges have a method
// of this name.
func AsGit(spec Spec) (Request, bool) {
	if forge, ok := spec.(interface{ AsGit() Request }); ok {
		return forge.AsGit(), true
	}
	return Request{}, false
}

// Kind is a kind of source that can be resolved. It is made by [NewKind].
type Kind struct {
	Codec
	resolver Resolver[Spec] // with every function set
}

// NewKind makes the Kind with a Codec, which was defined for Specs of type S, and a Resolver.
func NewKind[S Spec](c Codec, r Resolver[S]) Kind {
	return Kind{c, Resolver[Spec]{
		Announce: func(s Spec) {
			if r.Announce != nil {
				r.Announce(s.(S))
			}
		},
		Choose: func(ctx context.Context, s Spec) (Spec, Choice, error) {
			if r.Choose == nil {
				return s, Choice{}, nil
			}
			return r.Choose(ctx, s.(S))
		},
		Resolve: func(ctx context.Context, s Spec) (Resolution, error) { return r.Resolve(ctx, s.(S)) },
		At: func(ctx context.Context, s Spec, at string) (Resolution, error) {
			if r.At == nil {
				return Resolution{}, fmt.Errorf("%s source: %w", s.Kind(), ErrFixed)
			}
			return r.At(ctx, s.(S), at)
		},
		ResolveLike: func(ctx context.Context, s Spec, version string) (Resolution, error) {
			if r.ResolveLike == nil {
				return r.Resolve(ctx, s.(S))
			}
			return r.ResolveLike(ctx, s.(S), version)
		},
		Name: func(ctx context.Context, s Spec, locked Resolution) (Facts, error) {
			if r.Name == nil {
				return Facts{}, nil
			}
			return r.Name(ctx, s.(S), locked)
		},
		Publish: func(ctx context.Context, s Spec, found Resolution) (Resolution, error) {
			if r.Publish == nil {
				return found, nil
			}
			return r.Publish(ctx, s.(S), found)
		},
		Date: func(ctx context.Context, s Spec, rev string) (string, error) {
			if r.Date == nil {
				return "", nil
			}
			return r.Date(ctx, s.(S), rev)
		},
		Compare: func(s Spec, from, to Resolution) string {
			if r.Compare == nil {
				return ""
			}
			return r.Compare(s.(S), from, to)
		},
		Notes: func(ctx context.Context, s Spec, from, to Resolution) (Notes, error) {
			if r.Notes == nil {
				return Notes{}, nil
			}
			return r.Notes(ctx, s.(S), from, to)
		},
	}}
}

// Set is the kinds of source that a program can resolve. It is safe for concurrent use.
type Set struct {
	Codecs
	resolvers []Resolver[Spec] // in the order of Codecs
}

// NewSet returns a Set. To parse a reference, it asks the kinds in this order.
func NewSet(kinds ...Kind) *Set {
	s := new(Set)
	for _, k := range kinds {
		s.Codecs = append(s.Codecs, k.Codec)
		s.resolvers = append(s.resolvers, k.resolver)
	}
	return s
}

func (s *Set) resolver(spec Spec) (Resolver[Spec], error) {
	i := slices.IndexFunc(s.Codecs, func(c Codec) bool { return c.Type == spec.Kind() })
	if i < 0 {
		return Resolver[Spec]{}, Invalid("unknown source type %q", spec.Kind())
	}
	return s.resolvers[i], nil
}

// Announce says that a Spec is about to be resolved; see [Resolver].
func (s *Set) Announce(spec Spec) {
	if r, err := s.resolver(spec); err == nil {
		r.Announce(spec)
	}
}

// Choose decides what an open Spec follows. Any other Spec is returned unchanged.
func (s *Set) Choose(ctx context.Context, spec Spec) (Spec, Choice, error) {
	if !IsOpen(spec) {
		return spec, Choice{}, nil
	}
	r, err := s.resolver(spec)
	if err != nil {
		return nil, Choice{}, err
	}
	return r.Choose(ctx, spec)
}

// Resolve finds out what a Spec means now, without downloading content. The error is an [ErrNotFound], an [ErrInvalid], an
// [ErrAnswer], or comes from the network.
func (s *Set) Resolve(ctx context.Context, spec Spec) (Resolution, error) {
	r, err := s.resolver(spec)
	if err != nil {
		return Resolution{}, err
	}
	found, err := r.Resolve(ctx, spec)
	return refuseEmpty(spec, found, err)
}

// ResolveLike is Resolve among versions of the same scheme as a locked one; see [SameScheme]. A kind that does not tell
// schemes apart resolves as ever.
func (s *Set) ResolveLike(ctx context.Context, spec Spec, version string) (Resolution, error) {
	r, err := s.resolver(spec)
	if err != nil {
		return Resolution{}, err
	}
	found, err := r.ResolveLike(ctx, spec, version)
	return refuseEmpty(spec, found, err)
}

func refuseEmpty(spec Spec, found Resolution, err error) (Resolution, error) {
	if err == nil && found.IsZero() {
		err = fmt.Errorf("%s source: no calls: %w", spec.Kind(), ErrAnswer)
	}
	return found, err
}

// At finds out what a Spec means at a revision or version, as [Set.Resolve] does for what it follows. The error is also an
// [ErrFixed] if a source of this kind has only one.
func (s *Set) At(ctx context.Context, spec Spec, at string) (Resolution, error) {
	r, err := s.resolver(spec)
	if err != nil {
		return Resolution{}, err
	}
	return r.At(ctx, spec, at)
}

// Name finds the tag that names the commit of what is locked, among those that the Spec can follow. It returns the Ref
// and the Version, which are empty if there is none. Its errors are those of Resolve.
func (s *Set) Name(ctx context.Context, spec Spec, locked Resolution) (Facts, error) {
	r, err := s.resolver(spec)
	if err != nil {
		return Facts{}, err
	}
	return r.Name(ctx, spec, locked)
}

// Publish adds to a resolution what upstream publishes about its files; see [Resolver]. Its errors are those of Resolve.
func (s *Set) Publish(ctx context.Context, spec Spec, found Resolution) (Resolution, error) {
	r, err := s.resolver(spec)
	if err != nil {
		return Resolution{}, err
	}
	return r.Publish(ctx, spec, found)
}

// Date finds the day of a commit, YYYY-MM-DD, which the downloaded content does not tell. It is "" if the kind cannot find it.
// Its errors are those of Resolve.
func (s *Set) Date(ctx context.Context, spec Spec, rev string) (string, error) {
	r, err := s.resolver(spec)
	if err != nil {
		return "", err
	}
	return r.Date(ctx, spec, rev)
}

// Compare returns the address of a page that shows the changes between two resolutions, or "" if there is none.
func (s *Set) Compare(spec Spec, from, to Resolution) string {
	r, err := s.resolver(spec)
	if err != nil || from.Rev() == to.Rev() && (to.Rev() != "" || from.Ref == to.Ref) {
		return ""
	}
	return r.Compare(spec, from, to)
}

// Notes finds out what upstream says about the changes between two resolutions. They are empty if the kind cannot tell. Its
// errors are those of Resolve.
func (s *Set) Notes(ctx context.Context, spec Spec, from, to Resolution) (Notes, error) {
	r, err := s.resolver(spec)
	if err != nil || from.IsZero() {
		return Notes{}, err
	}
	return r.Notes(ctx, spec, from, to)
}
