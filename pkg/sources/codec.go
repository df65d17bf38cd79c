package sources

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/pinfetch/pinfetch/pkg/redact"
)

// Definition says what a kind of source is, apart from finding out what a Spec means.
type Definition[S any] struct {
	// Name is what people call the kind: "GitHub".
	Name string
	// References are the forms of reference that Parse reads, the shortest first.
	References []Reference
	// Options are the names of the [Option]s that the kind takes. A Request with any other option is refused.
	Options []string
	// Instead, if set, advises what to write when an option does not apply.
	Instead func(Request) string
	// Parse reads a user's request. It returns [ErrOtherKind] for a reference of another kind.
	Parse func(Request) (S, error)
}

// Reference is a form of reference, for help and errors. Words in capitals stand for what a user fills in.
type Reference struct {
	Form string // "github:OWNER/REPO"
	Help string // what it pins, "a repository on GitHub"
}

// Prefix returns what every reference of the form begins with: "github:".
func (r Reference) Prefix() string {
	end := strings.IndexFunc(r.Form, func(c rune) bool { return 'A' <= c && c <= 'Z' })
	if end < 0 {
		return r.Form
	}
	return r.Form[:end]
}

// Codec is what a kind of source is, made by [Define].
type Codec struct {
	kind       string
	name       string
	references []Reference
	options    []string
	instead    func(Request) string
	parse      func(Request) (Spec, error)
	decode     func([]byte) (Spec, error)
	encode     func(Spec) ([]byte, error)
}

// typed is the form of a Spec in the lock.
type typed[S any] struct {
	Type string `json:"type"`
	Spec S      `json:",embed"`
}

// Define makes a Codec. S is the kind's own Spec type, whose zero value returns the kind's name. It is comparable,
// since locks compare Specs: a type with a map or a slice does not compile.
func Define[S interface {
	Spec
	comparable
}](d Definition[S]) Codec {
	var zero S
	return Codec{
		kind: zero.Kind(), name: d.Name, references: d.References, options: d.Options, instead: d.Instead,
		parse: func(r Request) (Spec, error) { return d.Parse(r) },
		decode: func(data []byte) (Spec, error) {
			var t typed[S]
			err := json.Unmarshal(data, &t, json.RejectUnknownMembers(true))
			return t.Spec, err
		},
		encode: func(s Spec) ([]byte, error) { return json.Marshal(typed[S]{s.Kind(), s.(S)}) },
	}
}

// Kind returns the lock's "type": "github".
func (c Codec) Kind() string { return c.kind }

// Name returns what people call the kind: "GitHub".
func (c Codec) Name() string { return c.name }

// References returns the forms of reference that the kind reads, the shortest first.
func (c Codec) References() []Reference { return c.references }

// Options returns the names of the options that the kind takes.
func (c Codec) Options() []string { return c.options }

// Codecs are the kinds of source that a program can read and write. Only commands that resolve need more.
type Codecs []Codec

// Parse turns a user's request into a valid Spec of the first kind that knows the reference. An option that the kind
// does not take is refused. The error is an [ErrInvalid].
func (all Codecs) Parse(r Request) (Spec, error) {
	for _, c := range all {
		spec, err := c.parse(r)
		if errors.Is(err, ErrOtherKind) {
			continue
		}
		if err == nil {
			err = c.refuseOptions(r)
		}
		if err == nil {
			err = spec.Validate()
		}
		if err != nil {
			return nil, fmt.Errorf("reference %q: %w", redact.Reference(r.Ref), err)
		}
		return spec, nil
	}
	return nil, fmt.Errorf("reference %q: %w", redact.Reference(r.Ref), Invalid("expected %s", all.forms()))
}

// refuseOptions reports the first option that is given and does not apply: an option is honoured or refused, never
// ignored.
func (c Codec) refuseOptions(r Request) error {
	for _, option := range r.Options() {
		if !option.IsSet() || slices.Contains(c.options, option.Name) {
			continue
		}
		err := &OptionError{[]string{option.Name}, "does not apply to a " + c.name + " source"}
		if c.instead != nil {
			return WithHint(err, "%s", c.instead(r))
		}
		return err
	}
	return nil
}

// forms lists the shortest reference of each kind.
func (all Codecs) forms() string {
	var forms []string
	for _, c := range all {
		if len(c.references) > 0 {
			forms = append(forms, c.references[0].Form)
		}
	}
	if last := len(forms) - 1; last > 0 {
		return strings.Join(forms[:last], ", ") + " or " + forms[last]
	}
	return strings.Join(forms, "")
}

// Decode reads a Spec from its JSON object in the lock, strictly: "type" names the kind, and a key that the kind
// does not know is an error.
func (all Codecs) Decode(data []byte) (Spec, error) {
	kind, err := typeOf(data)
	if err != nil {
		return nil, err
	}
	c, err := all.codec(kind)
	if err != nil {
		return nil, err
	}
	spec, err := c.decode(data)
	if err != nil {
		return nil, err
	}
	if isOpen(spec) {
		return nil, Invalid("the source does not say what to follow")
	}
	return spec, spec.Validate()
}

// Encode is the inverse of Decode. It returns one JSON object, "type" first.
func (all Codecs) Encode(spec Spec) ([]byte, error) {
	c, err := all.codec(spec.Kind())
	if err != nil {
		return nil, err
	}
	return c.encode(spec)
}

func (all Codecs) codec(kind string) (Codec, error) {
	var known []string
	for _, c := range all {
		if c.kind == kind {
			return c, nil
		}
		known = append(known, c.kind)
	}
	return Codec{}, Invalid("unknown source type %q, expected %s", kind, strings.Join(known, ", "))
}

// typeOf returns the "type" of a JSON object. Encode writes it first, which needs no second pass.
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
