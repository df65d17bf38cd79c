package sources

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Spec is an intent: everything the user asked of one source, and nothing that
// was found out. Each kind has one type for it, a small struct whose JSON form
// stands in the lock under "source", beside "type".
type Spec interface {
	// Kind is the lock's "type": "github", "git", "url".
	Kind() string
	// Validate reports a value that cannot be meant; the error is an [ErrInvalid].
	Validate() error
	// Title is what upstream calls itself, the raw material of a pin's name.
	Title() string
}

// Chooser is a Spec that may leave open what to follow.
type Chooser interface {
	// IsOpen reports whether the user named nothing to follow.
	IsOpen() bool
}

// Actions are what a kind does with its own type of Spec. Only Parse and Resolve are required.
type Actions[S Spec] struct {
	// Parse reads a user's reference; an error that is [ErrOtherKind] leaves it to the next kind.
	Parse func(Request) (S, error)
	// Announce says that a Spec is about to be resolved, so that one request can
	// answer for all pins of a repository. It must be cheap and do no I/O.
	Announce func(S)
	// Choose settles an open Spec (see [Chooser]) and says in a few words what it chose.
	Choose func(context.Context, S) (S, string, error)
	// Resolve finds what the Spec means now. It downloads no content.
	// Its errors are [ErrNotFound], [ErrInvalid] or come from the network.
	Resolve func(context.Context, S) (Resolution, error)
	// Compare returns a page that shows what lies between two resolutions, or "".
	Compare func(S, Resolution, Resolution) string
}

// Kind is one kind of source, made by [Define].
type Kind struct {
	name     string
	parse    func(Request) (Spec, error)
	decode   func([]byte) (Spec, error)
	encode   func(Spec) ([]byte, error)
	announce func(Spec)
	choose   func(context.Context, Spec) (Spec, string, error)
	resolve  func(context.Context, Spec) (Resolution, error)
	compare  func(Spec, Resolution, Resolution) string
}

// typed is the form of a Spec in the lock.
type typed[S Spec] struct {
	Type string `json:"type"`
	Spec S      `json:",embed"`
}

// Define makes a Kind out of functions on its own Spec type. The zero S names the kind.
func Define[S Spec](a Actions[S]) Kind {
	var zero S
	k := Kind{
		name:     zero.Kind(),
		announce: func(Spec) {},
		compare:  func(Spec, Resolution, Resolution) string { return "" },
		choose: func(_ context.Context, s Spec) (Spec, string, error) {
			return s, "", nil
		},
		parse: func(r Request) (Spec, error) { return a.Parse(r) },
		decode: func(data []byte) (Spec, error) {
			var t typed[S]
			err := json.Unmarshal(data, &t, json.RejectUnknownMembers(true))
			return t.Spec, err
		},
		encode:  func(s Spec) ([]byte, error) { return json.Marshal(typed[S]{s.Kind(), s.(S)}) },
		resolve: func(ctx context.Context, s Spec) (Resolution, error) { return a.Resolve(ctx, s.(S)) },
	}
	if a.Announce != nil {
		k.announce = func(s Spec) { a.Announce(s.(S)) }
	}
	if a.Choose != nil {
		k.choose = func(ctx context.Context, s Spec) (Spec, string, error) { return a.Choose(ctx, s.(S)) }
	}
	if a.Compare != nil {
		k.compare = func(s Spec, from, to Resolution) string { return a.Compare(s.(S), from, to) }
	}
	return k
}

// Set is the kinds that a program knows. It is safe for concurrent use.
type Set struct {
	kinds []Kind // in the order in which they are asked to parse
}

// NewSet returns a Set that asks the kinds in this order to parse a reference.
func NewSet(kinds ...Kind) *Set { return &Set{kinds: kinds} }

func (s *Set) kind(name string) (Kind, error) {
	i := slices.IndexFunc(s.kinds, func(k Kind) bool { return k.name == name })
	if i < 0 {
		return Kind{}, fmt.Errorf("unknown source type %q, want %s: %w", name, s.names(), ErrInvalid)
	}
	return s.kinds[i], nil
}

func (s *Set) names() string {
	var names []string
	for _, k := range s.kinds {
		names = append(names, k.name)
	}
	return strings.Join(names, ", ")
}

// Decode reads a Spec from its JSON object in the lock, strictly: "type" names
// the kind, and a key that the kind does not know is an error.
func (s *Set) Decode(data []byte) (Spec, error) {
	name, err := typeOf(data)
	if err != nil {
		return nil, err
	}
	kind, err := s.kind(name)
	if err != nil {
		return nil, err
	}
	spec, err := kind.decode(data)
	if err != nil {
		return nil, err
	}
	if open, ok := spec.(Chooser); ok && open.IsOpen() {
		return nil, Invalid("the source says nothing to follow")
	}
	return spec, spec.Validate()
}

// typeOf returns the "type" of a JSON object. It stands first in what Encode wrote.
func typeOf(data []byte) (string, error) {
	first := jsontext.NewDecoder(bytes.NewBuffer(data))
	if begin, err := first.ReadToken(); err == nil && begin.Kind() == '{' {
		if key, err := first.ReadToken(); err == nil && key.Kind() == '"' && key.String() == "type" {
			if value, err := first.ReadToken(); err == nil && value.Kind() == '"' {
				return value.String(), nil
			}
		}
	}
	var head struct {
		Type string `json:"type"`
	}
	err := json.Unmarshal(data, &head)
	return head.Type, err
}

// Encode is the inverse of Decode: one JSON object, "type" first.
func (s *Set) Encode(spec Spec) ([]byte, error) {
	k, err := s.kind(spec.Kind())
	if err != nil {
		return nil, err
	}
	return k.encode(spec)
}

// Announce tells a Spec's kind that it is about to be resolved.
func (s *Set) Announce(spec Spec) {
	if k, err := s.kind(spec.Kind()); err == nil {
		k.announce(spec)
	}
}

// Choose settles what an open Spec follows and says in a few words what it chose;
// any other Spec comes back as it is.
func (s *Set) Choose(ctx context.Context, spec Spec) (Spec, string, error) {
	if open, ok := spec.(Chooser); !ok || !open.IsOpen() {
		return spec, "", nil
	}
	k, err := s.kind(spec.Kind())
	if err != nil {
		return nil, "", err
	}
	return k.choose(ctx, spec)
}

// Resolve finds what a Spec means now, without downloading it.
func (s *Set) Resolve(ctx context.Context, spec Spec) (Resolution, error) {
	k, err := s.kind(spec.Kind())
	if err != nil {
		return Resolution{}, err
	}
	return k.resolve(ctx, spec)
}

// Compare returns a page that shows what lies between two resolutions, or "".
func (s *Set) Compare(spec Spec, from, to Resolution) string {
	k, err := s.kind(spec.Kind())
	if err != nil || from.Fetch == to.Fetch {
		return ""
	}
	return k.compare(spec, from, to)
}
