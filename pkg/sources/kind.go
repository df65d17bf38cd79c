package sources

import (
	"context"
	"fmt"
	"slices"
)

// Resolver finds out what a kind's Specs mean. Only Resolve is required.
type Resolver[S any] struct {
	// Announce says that a Spec is about to be resolved, so that one request can answer for all pins of a
	// repository. It must be cheap and do no I/O.
	Announce func(S)
	// Choose decides what an open Spec (see [Chooser]) follows, and describes the choice in a few words.
	Choose func(context.Context, S) (S, string, error)
	// Resolve finds out what the Spec means now. It downloads no content. Its errors are [ErrNotFound],
	// [ErrInvalid], or come from the network.
	Resolve func(context.Context, S) (Resolution, error)
	// At finds out what a Spec means at a revision or version other than what it follows now. A full commit ID needs no
	// request. Its errors are those of Resolve.
	At func(ctx context.Context, s S, at string) (Resolution, error)
	// Compare returns the address of a page that shows the changes between two resolutions, or "".
	Compare func(s S, from, to Resolution) string
}

// Chooser is a Spec that may leave open what to follow.
type Chooser interface {
	// IsOpen reports whether the user named nothing to follow.
	IsOpen() bool
}

func isOpen(spec Spec) bool {
	open, ok := spec.(Chooser)
	return ok && open.IsOpen()
}

// AllowsHTML reports whether a Spec accepts a web page instead of a file. Specs of kinds that can do so have a method of this
// name.
func AllowsHTML(spec Spec) bool {
	page, ok := spec.(interface{ AllowsHTML() bool })
	return ok && page.AllowsHTML()
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
		Choose: func(ctx context.Context, s Spec) (Spec, string, error) {
			if r.Choose == nil {
				return s, "", nil
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
		Compare: func(s Spec, from, to Resolution) string {
			if r.Compare == nil {
				return ""
			}
			return r.Compare(s.(S), from, to)
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

// Choose decides what an open Spec follows, and describes the choice in a few words. Any other Spec is returned
// unchanged.
func (s *Set) Choose(ctx context.Context, spec Spec) (Spec, string, error) {
	if !isOpen(spec) {
		return spec, "", nil
	}
	r, err := s.resolver(spec)
	if err != nil {
		return nil, "", err
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

// Compare returns the address of a page that shows the changes between two resolutions, or "" if there is none.
func (s *Set) Compare(spec Spec, from, to Resolution) string {
	r, err := s.resolver(spec)
	if err != nil || from.Rev() == to.Rev() {
		return ""
	}
	return r.Compare(spec, from, to)
}
