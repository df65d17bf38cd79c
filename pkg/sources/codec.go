package sources

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
	"github.com/pinfetch/pinfetch/pkg/redact"
)

// Definition describes a kind of source for help and errors.
type Definition struct {
	// Name is what people call the kind: "GitHub".
	Name string
	// References are the forms of reference that the kind reads, the shortest first.
	References []Reference
	// Options are the names of the [Option]s that the kind takes. A Request with any other option is refused.
	Options []string
	// Instead, if set, returns what the user may have meant when an option does not apply: another reference, or the same if
	// there is none.
	Instead func(Request) Request
	// Order returns -1, 0 or +1 if version a comes before, with or after b; ok is false if one of them is no version. It
	// defaults to [CompareVersions]. A kind whose registry has an order of its own sets it.
	Order func(a, b string) (order int, ok bool)
	// Listed are the kinds of the Spec that a [Follower] may hold, in a field of type [Spec], and FollowOptions the names of the
	// options that are about that Spec.
	Listed        Codecs
	FollowOptions []string
}

// Reference is a form of reference. Words in capitals are placeholders.
type Reference struct {
	Form string // "github:OWNER/REPO"
	Help string // what it pins, "a repository on GitHub"
}

// Prefix returns what every reference of the form begins with: "github:".
func (r Reference) Prefix() string {
	if end := strings.IndexFunc(r.Form, unicode.IsUpper); end >= 0 {
		return r.Form[:end]
	}
	return r.Form
}

// Codec reads and writes the Specs of one kind. It is made by [Define].
type Codec struct {
	Definition
	Type   string // the lock's "type": "github"
	Zero   Spec   // of the kind's type, for what reads its JSON form, such as the schema of a lock
	parse  func(Request) (Spec, error)
	ask    func(Spec) Request
	decode func([]byte) (Spec, error)
	encode func(Spec) ([]byte, error)
}

// typed is the form of a Spec in the lock.
type typed[S any] struct {
	Type string `json:"type"`
	Spec S      `json:",embed"`
}

// Define makes the Codec of the kind whose Specs have the type S. S must be comparable, because locks compare Specs: a
// struct with a map or a slice does not compile. parse reads a request; for a reference of another kind it returns
// [ErrOtherKind]. ask is its inverse: it returns a request that means the Spec.
func Define[S interface {
	Spec
	comparable
}](d Definition, parse func(Request) (S, error), ask func(S) Request) Codec {
	var zero S
	read, write := []json.Options{json.RejectUnknownMembers(true)}, []json.Options(nil)
	if len(d.Listed) > 0 {
		read = append(read, json.WithUnmarshalers(json.UnmarshalFunc(d.Listed.decodeInto)))
		write = append(write, json.WithMarshalers(json.MarshalFunc(func(s *Spec) ([]byte, error) { return d.Listed.Encode(*s) })))
	}
	return Codec{
		Definition: d, Type: zero.Kind(), Zero: zero,
		parse: func(r Request) (Spec, error) { return parse(r) },
		ask:   func(s Spec) Request { return ask(s.(S)) },
		decode: func(data []byte) (Spec, error) {
			var t typed[S]
			err := json.Unmarshal(data, &t, read...)
			return t.Spec, err
		},
		encode: func(s Spec) ([]byte, error) { return json.Marshal(typed[S]{s.Kind(), s.(S)}, write...) },
	}
}

// Codecs are the kinds of source that a program can read and write. Resolving needs a [Set].
type Codecs []Codec

// maxReference is the length in bytes of the longest reference that is read. Longer addresses are refused by most servers.
const maxReference = 8 << 10

// Parse returns the valid Spec of a request, of the first kind that reads the reference. An option that this kind does
// not take is refused. The error is an [ErrInvalid].
func (all Codecs) Parse(r Request) (Spec, error) {
	if len(r.Ref) > maxReference {
		return nil, Invalid("a reference of %d bytes is longer than any of a source, which has at most %d", len(r.Ref), maxReference)
	}
	spec, err := all.parse(r)
	if err == nil {
		return spec, nil
	}
	if advised, isAdvised := errors.AsType[*Advised](err); isAdvised {
		advised.Mean = slices.DeleteFunc(advised.Mean, all.refusesOptions)
	} else if meant, found := all.guess(r); found {
		err = DidYouMean(err, meant)
	}
	return nil, fmt.Errorf("reference %q: %w", shorten(redact.Reference(r.Ref)), err)
}

// refusesOptions reports whether a request would be refused for its options, and so is no advice.
func (all Codecs) refusesOptions(r Request) bool {
	_, err := all.parse(r)
	_, refuses := errors.AsType[*OptionError](err)
	return refuses
}

func (all Codecs) parse(r Request) (Spec, error) {
	for _, c := range all {
		spec, err := c.parse(r)
		if errors.Is(err, ErrOtherKind) {
			continue
		}
		if err = cmp.Or(err, c.refuseOptions(r)); err == nil {
			err = spec.Validate()
		}
		if err != nil {
			return nil, err
		}
		return spec, nil
	}
	var forms []string
	for _, form := range all.forms() {
		forms = append(forms, form.Form)
	}
	return nil, Invalid("expected %s", join(forms, "or"))
}

var (
	// versioned matches a reference with a version as other programs write it: "github:o/r@v1.0".
	versioned = lazyregexp.New(`^(.+)@([0-9A-Za-z][0-9A-Za-z._+-]*)$`)
	// schemeless matches HOST/PATH, shorthand a path such as OWNER/REPO, and placeholder the last word of a form.
	schemeless  = lazyregexp.New(`^[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)+(:[0-9]+)?/`)
	shorthand   = lazyregexp.New(`^[0-9A-Za-z_][0-9A-Za-z_-]*(/[0-9A-Za-z._-]+)+$`)
	placeholder = lazyregexp.New(`[A-Z]+$`)
)

// guess returns a request that the user may have meant with a reference that cannot be parsed: one with a scheme, or with
// the version in an option.
func (all Codecs) guess(r Request) (Request, bool) {
	if redact.Reference(r.Ref) != r.Ref {
		return Request{}, false // it may contain a secret
	}
	m := versioned.FindStringSubmatch(r.Ref)
	if m != nil && r.Tracking == (Tracking{}) {
		r.Ref, r.Rev = m[1], m[2]
	}
	refs := []string{r.Ref}
	if scheme, rest, found := strings.Cut(r.Ref, ":"); found { // "GitHub:o/r" and "pkg:github/o/r"
		purl, path, _ := strings.Cut(rest, "/")
		refs = append(refs, strings.ToLower(scheme)+":"+rest, strings.ToLower(purl)+":"+path)
	}
	switch {
	case schemeless.MatchString(r.Ref):
		refs = append(refs, "https://"+r.Ref)
	case shorthand.MatchString(r.Ref):
		for _, form := range all.forms() {
			if prefix := form.Prefix(); !strings.HasPrefix(form.Form[len(prefix):], "HOST") {
				refs = append(refs, prefix+r.Ref)
			}
		}
	}
	name := r.Ref
	for _, r.Ref = range refs {
		spec, err := all.parse(r)
		if err == nil {
			return all.Request(spec), true
		}
		if advised, ok := errors.AsType[*Advised](err); ok && len(advised.Mean) > 0 {
			return advised.Mean[0], true
		}
	}
	if m != nil && !strings.ContainsAny(name, "/:") {
		for _, form := range all.forms() {
			r.Ref = placeholder.ReplaceAllString(form.Form, name)
			return r, true
		}
	}
	return Request{}, false
}

// forms returns the shortest form of reference of each kind.
func (all Codecs) forms() (forms []Reference) {
	for _, c := range all {
		forms = append(forms, c.References[:min(1, len(c.References))]...)
	}
	return forms
}

// CompareVersions compares two versions of a Spec in the order of its kind (see [Definition]) or, if it follows another
// Spec, in that of the other's kind. If one of them is no version, neither comes first.
func (all Codecs) CompareVersions(spec Spec, a, b string) (order int, ok bool) {
	if followed := Followed(spec); followed != nil {
		return all.CompareVersions(followed, a, b)
	}
	compare := CompareVersions
	if c, err := all.codec(spec.Kind()); err == nil && c.Order != nil {
		compare = c.Order
	}
	if order, ok = compare(a, b); !ok {
		return 0, false
	}
	return order, true
}

// Request is the inverse of Parse: it returns a request that means a Spec of one of the kinds.
func (all Codecs) Request(spec Spec) Request {
	if c, err := all.codec(spec.Kind()); err == nil {
		return c.ask(spec)
	}
	return Request{}
}

// refuseOptions reports the first option that is given and does not apply.
func (c Codec) refuseOptions(r Request) error {
	for _, option := range r.Options() {
		if !option.IsSet() || slices.Contains(c.Options, option.Name) || slices.Contains(c.FollowOptions, option.Name) {
			continue
		}
		err := &OptionError{[]string{option.Name}, "does not apply to " + c.Name + " sources"}
		if c.Instead == nil {
			return err
		}
		if meant := c.Instead(r); meant.Ref != r.Ref {
			return DidYouMean(err, meant)
		}
		return err
	}
	return nil
}

// join writes a list as "a, b or c".
func join(words []string, conjunction string) string {
	if last := len(words) - 1; last > 0 {
		return strings.Join(words[:last], ", ") + " " + conjunction + " " + words[last]
	}
	return strings.Join(words, "")
}

// Decode reads a Spec from its JSON object in the lock. The key "type" names the kind, and a key that this kind does not
// know is an error. The values are not validated; see [Spec].
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
	if IsOpen(spec) {
		return nil, Invalid("the source does not say what to follow")
	}
	return spec, nil
}

// decodeInto is Decode for a field.
func (all Codecs) decodeInto(data []byte, spec *Spec) (err error) {
	*spec, err = all.Decode(data)
	return err
}

// typeOf returns the "type" of a JSON object. Encode writes it first, which saves reading the whole object twice.
func typeOf(data []byte) (string, error) {
	dec := jsontext.NewDecoder(bytes.NewBuffer(data))
	dec.ReadToken()
	if name, err := dec.ReadToken(); err == nil && name.Kind() == '"' && name.String() == "type" {
		if value, err := dec.ReadToken(); err == nil && value.Kind() == '"' {
			return value.String(), nil
		}
	}
	var head struct {
		Type string `json:"type"`
	}
	err := json.Unmarshal(data, &head)
	return head.Type, err
}

// Encode is the inverse of Decode. It returns one JSON object with "type" first.
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
		if c.Type == kind {
			return c, nil
		}
		known = append(known, c.Type)
	}
	return Codec{}, Invalid("unknown source type %q, expected %s", kind, join(known, "or"))
}
