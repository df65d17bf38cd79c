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

// Kind is a kind of source that can be resolved, made by [NewKind].
type Kind struct {
	Codec
	announce func(Spec)
	choose   func(context.Context, Spec) (Spec, string, error)
	resolve  func(context.Context, Spec) (Resolution, error)
	compare  func(s Spec, from, to Resolution) string
}

// NewKind joins what a kind is and what resolves it. S is the type with which the codec was defined.
func NewKind[S Spec](c Codec, r Resolver[S]) Kind {
	k := Kind{
		Codec:    c,
		announce: func(Spec) {},
		choose:   func(_ context.Context, s Spec) (Spec, string, error) { return s, "", nil },
		resolve:  func(ctx context.Context, s Spec) (Resolution, error) { return r.Resolve(ctx, s.(S)) },
		compare:  func(Spec, Resolution, Resolution) string { return "" },
	}
	if r.Announce != nil {
		k.announce = func(s Spec) { r.Announce(s.(S)) }
	}
	if r.Choose != nil {
		k.choose = func(ctx context.Context, s Spec) (Spec, string, error) { return r.Choose(ctx, s.(S)) }
	}
	if r.Compare != nil {
		k.compare = func(s Spec, from, to Resolution) string { return r.Compare(s.(S), from, to) }
	}
	return k
}

// Set is the kinds of source that a program can resolve. It is safe for concurrent use.
type Set struct {
	Codecs
	kinds []Kind
}

// NewSet returns a Set that asks the kinds in this order to parse a reference.
func NewSet(kinds ...Kind) *Set {
	s := &Set{kinds: kinds}
	for _, k := range kinds {
		s.Codecs = append(s.Codecs, k.Codec)
	}
	return s
}

func (s *Set) kind(spec Spec) (Kind, error) {
	i := slices.IndexFunc(s.kinds, func(k Kind) bool { return k.kind == spec.Kind() })
	if i < 0 {
		return Kind{}, Invalid("unknown source type %q", spec.Kind())
	}
	return s.kinds[i], nil
}

// Announce tells a Spec's kind that it is about to be resolved.
func (s *Set) Announce(spec Spec) {
	if k, err := s.kind(spec); err == nil {
		k.announce(spec)
	}
}

// Choose decides what an open Spec follows, and describes the choice in a few words. Any other Spec is
// returned unchanged.
func (s *Set) Choose(ctx context.Context, spec Spec) (Spec, string, error) {
	if !isOpen(spec) {
		return spec, "", nil
	}
	k, err := s.kind(spec)
	if err != nil {
		return nil, "", err
	}
	return k.choose(ctx, spec)
}

// Resolve finds out what a Spec means now, without downloading it.
func (s *Set) Resolve(ctx context.Context, spec Spec) (Resolution, error) {
	k, err := s.kind(spec)
	if err != nil {
		return Resolution{}, err
	}
	r, err := k.resolve(ctx, spec)
	if err == nil && r.IsZero() {
		return r, fmt.Errorf("%s source: no calls: %w", k.name, ErrAnswer)
	}
	return r, err
}

// Compare returns the address of a page that shows the changes between two resolutions, or "" if there is none.
func (s *Set) Compare(spec Spec, from, to Resolution) string {
	k, err := s.kind(spec)
	if err != nil || from.Rev() == to.Rev() {
		return ""
	}
	return k.compare(spec, from, to)
}
