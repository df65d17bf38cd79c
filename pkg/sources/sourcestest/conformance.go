// Package sourcestest holds the test that every kind of source passes.
//
// A kind's own test makes the kind, with clients that reach a forge of package forgetest, and
// lists the references that it knows:
//
//	f := forgetest.New(t)
//	…
//	sourcestest.Conformance(t, github.New(refs, transport), []sourcestest.Case{…})
//
// What no kind may take, whatever it is for, is in [Hostile] and [Secrets].
package sourcestest

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/terminal"
)

// Case is a reference that a kind knows, and what it means.
type Case struct {
	Request sources.Request
	Spec    sources.Spec // what it is parsed to
	JSON    string       // the Spec in the lock, on one line
	Title   string       // what upstream calls itself
	Offline bool         // nothing answers at the address: it is not resolved
	AnyHost bool         // upstream says where its files are: on any host
}

// Conformance tests that each Case keeps the promises of package sources:
//
//   - It parses to a valid Spec of this kind, with a title that can name a pin, and a request can be made of that Spec
//     that parses to it again.
//   - The lock's form of the Spec is the same after reading and writing it, and a key that is not its own is refused.
//     An open Spec is refused there: the lock records what was chosen.
//   - An option is honoured or refused, never ignored.
//   - It accepts what it resolved to, and refuses a call of anything else.
//   - Resolving it, open ones after choosing, gives twice the same Resolution, whose call is one that the
//     fetcher takes. Only fetchzip's extension may be left to the content.
//
// The hostile references and those with secrets are refused too.
func Conformance(t *testing.T, kind sources.Kind, cases []Case) {
	t.Helper()
	if len(cases) == 0 {
		t.Fatal("no cases")
	}
	set := sources.NewSet(kind)
	isDescribed(t, kind.Codec)
	for _, c := range cases {
		t.Run(name(c.Request), func(t *testing.T) {
			t.Parallel()
			spec := parses(t, set, c)
			survivesLock(t, set, spec, c.JSON)
			honoursOrRefusesOptions(t, set, c)
			if !c.Offline {
				resolves(t, set, spec, c.AnyHost)
			}
		})
	}
	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		refusesHostile(t, set, cases)
		refusesSecrets(t, set)
	})
}

func name(r sources.Request) string {
	name := r.Ref
	for _, option := range r.Options() {
		if option.IsSet() {
			name += " " + option.Name
		}
	}
	return name
}

func parses(t *testing.T, set *sources.Set, c Case) sources.Spec {
	t.Helper()
	spec, err := set.Parse(c.Request)
	if err != nil {
		t.Fatal(err)
	}
	if spec != c.Spec { // comparable, as every Spec is to be
		t.Errorf("got %+v, want %+v", spec, c.Spec)
	}
	if err := spec.Validate(); err != nil {
		t.Errorf("parsed, but invalid: %v", err)
	}
	if again, err := set.Parse(set.Request(spec)); err != nil || again != spec {
		t.Errorf("asking for it again: got %+v, %v, want %+v", again, err, spec)
	}
	title := spec.Title()
	if title != c.Title || !strings.ContainsFunc(title, func(r rune) bool { return r < 0x80 && (unicode.IsLetter(r) || unicode.IsDigit(r)) }) {
		t.Errorf("got title %q, want %q, to name a pin", title, c.Title)
	}
	return spec
}

func survivesLock(t *testing.T, set *sources.Set, spec sources.Spec, want string) {
	t.Helper()
	data, err := set.Encode(spec)
	if err != nil {
		t.Fatal(err)
	}
	if string(data) != want {
		t.Errorf("got %s in the lock, want %s", data, want)
	}
	again, err := set.Decode(data)
	switch open := sources.IsOpen(spec); {
	case open && !errors.Is(err, sources.ErrInvalid):
		t.Errorf("got %+v, %v from the lock, want an ErrInvalid: nothing to follow is named", again, err)
	case !open && (err != nil || again != spec):
		t.Errorf("got %+v, %v from the lock, want %+v", again, err, spec)
	}
	if !bytes.HasPrefix(data, []byte(`{"type":"`+spec.Kind()+`"`)) {
		t.Errorf("got %s in the lock, want its type to be %q and to come first", data, spec.Kind())
	}
	for _, foreign := range []string{`"extra":1`, `"hash":""`, `"Type":"x"`, `"kind":"x"`} {
		more := append(append(bytes.TrimSuffix(bytes.Clone(data), []byte("}")), ","+foreign...), '}')
		if got, err := set.Decode(more); err == nil {
			t.Errorf("%s: got %+v, want an error", more, got)
		}
	}
}

// set gives an option some value.
func set(option sources.Option) {
	text := map[string]string{
		"constraint": ">=0.5, <77", "host": "elsewhere.example.org", "fetch-url": "https://elsewhere.example.org/fetch.git", "tag": "elsewhere-*",
	}[option.Name]
	switch field := option.Field.(type) {
	case *bool:
		*field = true
	case *string:
		*field = cmp.Or(text, "elsewhere")
	case *[]string:
		*field = []string{"x86_64-linux=https://elsewhere.example.org/a"}
	case *sources.Patterns:
		*field = "elsewhere"
	case *sources.Access:
		field.Private = true
	default:
		panic(fmt.Sprintf("option %s has an unknown type %T", option.Name, field))
	}
}

func honoursOrRefusesOptions(t *testing.T, kinds *sources.Set, c Case) {
	t.Helper()
	tried := 0
	for i, known := range (&sources.Request{}).Options() {
		r := c.Request
		option := r.Options()[i]
		if option.IsSet() {
			continue
		}
		tried++
		set(option)
		spec, err := kinds.Parse(r)
		switch {
		case err != nil && !errors.Is(err, sources.ErrInvalid):
			t.Errorf("%s: got %v, want an ErrInvalid", known.Name, err)
		case err == nil && spec == c.Spec:
			t.Errorf("%s is silently ignored", known.Name)
		case err == nil && !holds(spec, reflect.ValueOf(option.Field).Elem()):
			t.Errorf("%s: got %+v, which does not hold %v", known.Name, spec, reflect.ValueOf(option.Field).Elem())
		}
	}
	if tried < 10 {
		t.Errorf("only %d options were tried", tried)
	}
}

// isDescribed tests what help and documents are made of.
func isDescribed(t *testing.T, c sources.Codec) {
	t.Helper()
	if c.Type == "" || c.Name == "" || len(c.References) == 0 {
		t.Errorf("got kind %q, name %q, references %v, want all of them", c.Type, c.Name, c.References)
	}
	for _, reference := range c.References {
		if reference.Form == "" || reference.Help == "" {
			t.Errorf("reference %+v says nothing", reference)
		}
	}
	var known []string
	for _, option := range (&sources.Request{}).Options() {
		known = append(known, option.Name)
	}
	for _, option := range c.Options {
		if !slices.Contains(known, option) {
			t.Errorf("there is no option %q", option)
		}
	}
}

// holds reports whether a value stands anywhere in a Spec.
func holds(spec sources.Spec, value reflect.Value) bool {
	var search func(v reflect.Value) bool
	search = func(v reflect.Value) bool {
		if v.Type() == value.Type() && v.Equal(value) {
			return true
		}
		if v.Kind() == reflect.Interface && !v.IsNil() {
			return search(v.Elem())
		}
		if v.Kind() == reflect.Struct {
			for i := range v.NumField() {
				if search(v.Field(i)) {
					return true
				}
			}
			return false
		}
		return v.Kind() == value.Kind() && v.Equal(value.Convert(v.Type()))
	}
	return search(reflect.ValueOf(spec))
}

func resolves(t *testing.T, set *sources.Set, spec sources.Spec, anyHost bool) {
	t.Helper()
	set.Announce(spec)
	chosen, _, err := set.Choose(t.Context(), spec)
	if err != nil {
		t.Fatalf("choose: %v", err)
	}
	if err := chosen.Validate(); err != nil {
		t.Errorf("what was chosen is invalid: %v", err)
	}
	if sources.IsOpen(chosen) {
		t.Errorf("got %+v after choosing, want it to be open no more", chosen)
	}
	data, err := set.Encode(chosen)
	if err != nil {
		t.Fatal(err)
	}
	again, err := set.Decode(data)
	if err != nil || again != chosen {
		t.Errorf("got %+v, %v from the lock, want %+v", again, err, chosen)
	}
	first, err := set.Resolve(t.Context(), chosen)
	if err != nil {
		t.Fatalf("resolve: %v", err)
	}
	second, err := set.Resolve(t.Context(), chosen)
	if err != nil || !first.Equal(second) {
		t.Errorf("got %+v, then %+v, %v, want twice the same", first, second, err)
	}
	if len(first.Calls) == 0 {
		t.Errorf("got %+v, want a call", first)
	}
	acceptsOnlyItsOwn(t, chosen, first, anyHost)
	for i, call := range first.Calls {
		if call.Fetcher == sources.FetchZip && call.Extension == "" {
			call.Extension = "tar.gz"
		}
		if err := call.Fetch.Validate(); err != nil {
			t.Errorf("the call %+v is invalid: %v", call, err)
		}
		if first.Facts.Rev != "" && call.Rev != "" {
			t.Errorf("the commit stands twice: %+v", first)
		}
		if call.System == "" && len(first.Calls) > 1 || i > 0 && call.System <= first.Calls[i-1].System {
			t.Errorf("got %+v, want one call, or calls sorted by system", first)
		}
	}
	if got := set.Compare(chosen, first, first); got != "" {
		t.Errorf("got %q to compare a resolution with itself, want nothing", got)
	}
}

// acceptsOnlyItsOwn tests that a Spec accepts what it resolved to, and refuses the same from elsewhere.
func acceptsOnlyItsOwn(t *testing.T, spec sources.Spec, r sources.Resolution, anyHost bool) {
	t.Helper()
	if err := spec.Accepts(r); err != nil {
		t.Errorf("refuses its own resolution: %v", err)
	}
	refused := func(what string, change func(*sources.Resolution)) {
		other := r
		other.Calls = slices.Clone(r.Calls)
		change(&other)
		if err := spec.Accepts(other); !errors.Is(err, sources.ErrInvalid) || !terminal.IsSafe(err.Error()) {
			t.Errorf("%s: got %v for %+v, want an ErrInvalid", what, err, other)
		}
	}
	for i := range r.Calls { // of every system
		call := func(what string, change func(*sources.Call)) {
			refused(what, func(r *sources.Resolution) { change(&r.Calls[i]) })
		}
		call("another host", func(c *sources.Call) {
			if anyHost {
				c.URL = "http://" + strings.TrimPrefix(c.URL, "https://")
			} else if c.Fetcher == sources.FetchFromGitHub {
				c.GithubBase = "elsewhere.test"
			} else {
				c.URL = "https://elsewhere.test/" + c.URL[strings.LastIndexByte(c.URL, '/')+1:]
			}
		})
		call("another path", func(c *sources.Call) {
			if c.Fetcher == sources.FetchFromGitHub {
				c.Owner = "mallory"
			} else {
				c.URL += "x"
			}
		})
		call("another fetcher", func(c *sources.Call) {
			if c.Fetcher == sources.FetchURL {
				c.Fetcher = sources.FetchZip
			} else {
				c.Fetcher = sources.FetchURL
			}
		})
		call("credentials", func(c *sources.Call) { c.Private = !c.Private })
		call("other credentials", func(c *sources.Call) { c.VarPrefix += "X" })
		call("another system", func(c *sources.Call) { c.System += "x" })
		call("a store name", func(c *sources.Call) { c.Name += "x" })
	}
	refused("a call more", func(r *sources.Resolution) { r.Calls = append(r.Calls, r.Calls[0]) })
	refused("no call", func(r *sources.Resolution) { r.Calls = nil })
}

// Hostile returns references that no kind may take: options and commands in disguise, files
// of the user, and text that drives a terminal.
func Hostile() []string {
	return []string{
		"", " ", "-", "--", "-x", "--upload-pack=touch /tmp/pwned", "-oProxyCommand=id",
		"ext::sh -c id", "git+ext::sh -c id", "git+ext::sh", "fd::17", "git+fd::17/foo",
		"git+--upload-pack=id", "git+-x", "git+", "git+ ", "git+https://", "git+https:///r.git", "git+ftp://example.org/r.git", "git+git://example.org/r.git",
		"git+ssh://-oProxyCommand=id/r.git", "ssh://-oProxyCommand=id/r.git", "git@-oProxyCommand=id:r.git", "-oProxyCommand=id@example.org:r.git",
		"git+ssh://example.org/r.git\n", "git+ssh://example.org/a b.git",
		"git+file://host/etc", "git+file://../r.git", "file:///etc/passwd", "/etc/passwd", "./r", "../r", "~/r",
		"ftp://example.org/a", "javascript:alert(1)", "data:text/plain,a", "mirror://gnu/hello.tar.gz",
		"https://", "https:///a", "https:example.org/a", "http:/example.org/a", "//example.org/a",
		"https://example.org/a\nb", "https://example.org/a\x1b[31m", "https://example.org/a\x00", "https://example.org/a b", "https://example.org/a\u009b31m",
		"https://example.org/$(id)`id`", "https://example.org/a'b", `https://example.org/a"b`, "https://example.org/a\\b",
		"git+https://example.org/r.git\n", "git+https://example.org/r.git\x1b]0;x\x07", "git+https://example.org/a b.git", "git+https://example.org/r.git?x=1", "git+https://example.org/r.git#x",
		"github:", "github:o", "github:/r", "github:o/", "github:o/r/x", "github:o/..", "github:../r", "github:o/.", "github:o/.git", "github:o /r", "github:o/r\n", "github:o/r\x1b[31m",
		"pypi:", "pypi:../x", "pypi:a b", "pypi:a/b", "pypi:a\n", "pypi:a\x1b[31m", "pypi:$(id)", "pypi:a?host=b/c", "pypi:a?host=", "pypi:a?index=b",
		"pkg:pypi/", "pkg:pypi/..", "pkg:pypi/a@../1", "pkg:pypi/a#x",
		"crate:", "crate:../x", "crate:a b", "crate:a/b", "crate:a.b", "crate:a;id", "crate:-a", "pkg:cargo/a@1%202",
		"npm:", "npm:../x", "npm:a b", "npm:a/b", "npm:@a", "npm:@a/../b", "npm:@a/b/c", "npm:a;id", "npm:a\x00", "pkg:npm/..",
		"pypi:" + strings.Repeat("a", 1<<20), "crate:" + strings.Repeat("a", 1<<20), "npm:" + strings.Repeat("a", 1<<20),
		"github:o/r;id", "github:o/$(id)", "github:o/r?host=", "github:o/r?host=-x", "github:o/r?host=a/b", "github:o/r?host=a@b", "github:o/r?host=a&host=b", "github:o/r?ref=main", "github:o/r?host=a b",
	}
}

func refusesHostile(t *testing.T, set *sources.Set, cases []Case) {
	t.Helper()
	refs := []string{"github:o/r", "git+https://example.org/r.git", "https://example.org/a"}
	for _, c := range cases {
		refs = append(refs, c.Request.Ref)
	}
	for _, ref := range Hostile() {
		for _, r := range []sources.Request{
			{Ref: ref},
			{Ref: ref, FetchURL: "https://example.org/r.git"},
			{Ref: ref, Unpack: true},
		} {
			spec, err := set.Parse(r)
			if !errors.Is(err, sources.ErrInvalid) {
				t.Errorf("%s: got %+v, %v, want an ErrInvalid", name(r), spec, err)
			} else if !terminal.IsSafe(err.Error()) {
				t.Errorf("%q: got %q, which drives a terminal", r.Ref, err)
			}
		}
	}
	for _, wish := range []sources.Tracking{
		{Branch: "-x"}, {Branch: "a b"}, {Branch: "a\nb"}, {Branch: "a..b"}, {Branch: "/a"}, {Branch: "a.lock"}, {Branch: "@"}, {Branch: "a\x1b[31m"}, {Branch: "*"},
		{Rev: "--upload-pack=id"}, {Rev: "a:b"}, {Rev: "HEAD~1"}, {Rev: "v1^{}"}, {Rev: "a\x00"}, {Rev: "a\u009b31m"},
		{Tags: "-x*"}, {Tags: "a b*"}, {Tags: "a\n*"}, {Tags: "v\x1b[31m*"}, {Tags: "v[1"}, {Tags: "v{1"},
		{Range: sources.Range{Constraint: "two"}}, {Range: sources.Range{Constraint: "<"}}, {Range: sources.Range{Constraint: "<2\x1b[31m"}}, {Tags: "*", Range: sources.Range{Constraint: "=>1"}},
		{Tags: "*", Range: sources.Range{MinAge: "7"}}, {Tags: "*", Range: sources.Range{MinAge: "0d"}}, {Tags: "*", Range: sources.Range{MinAge: "-1d"}}, {Tags: "*", Range: sources.Range{MinAge: "1d\x1b[31m"}},
		{Branch: "a", Tags: "*"}, {Branch: "a", Rev: "b"}, {Tags: "*", Release: true}, {Release: true, Rev: "b"},
		{Branch: "a", Range: sources.Range{Constraint: "<2"}}, {Branch: "a", Range: sources.Range{Prerelease: true}}, {Branch: "a", Range: sources.Range{MinAge: "7d"}},
		{Rev: "a", Range: sources.Range{Constraint: "<2"}}, {Rev: "a", Range: sources.Range{Prerelease: true}}, {Rev: "a", Range: sources.Range{MinAge: "7d"}},
	} {
		for _, ref := range refs {
			if spec, err := set.Parse(sources.Request{Ref: ref, Tracking: wish}); !errors.Is(err, sources.ErrInvalid) {
				t.Errorf("%s with %+v: got %+v, %v, want an ErrInvalid", ref, wish, spec, err)
			}
		}
	}
	for _, wish := range []sources.Checkout{
		{RootDir: "-x"}, {RootDir: "/etc"}, {RootDir: "../x"}, {RootDir: "a/../b"}, {RootDir: "a//b"}, {RootDir: "a/"}, {RootDir: "."}, {RootDir: "a\nb"}, {RootDir: "a\x1b[31m"},
		{SparseCheckout: sources.NewPatterns("--stdin")}, {SparseCheckout: sources.NewPatterns("a", "")}, {SparseCheckout: sources.NewPatterns("a\x00")}, {SparseCheckout: sources.NewPatterns("a\x1b[31m")},
	} {
		for _, ref := range refs {
			if spec, err := set.Parse(sources.Request{Ref: ref, Checkout: wish}); !errors.Is(err, sources.ErrInvalid) {
				t.Errorf("%s with %+v: got %+v, %v, want an ErrInvalid", ref, wish, spec, err)
			}
		}
	}
}

// Secret stands in every reference of [Secrets].
const Secret = "s3cr3t"

// Secrets returns references that carry credentials. No kind takes one, and no error repeats [Secret].
func Secrets() []sources.Request {
	return []sources.Request{
		{Ref: "https://user:s3cr3t@example.org/a"},
		{Ref: "https://s3cr3t@example.org/a"},
		{Ref: "https://:s3cr3t@example.org/a"},
		{Ref: "https://user:s3cr3t@example.org/r.git"},
		{Ref: "https://user:s3cr3t@github.com/o/r"},
		{Ref: "https://s3cr3t@github.com/o/r/tree/main"},
		{Ref: "https://user:s3cr3t@github.com/o/r/releases/download/v1/a"},
		{Ref: "https://user:s3cr3t%zz@example.org/a"},
		{Ref: "https://user:s3cr3t@example.org:port/a"},
		{Ref: "https://user:s3cr3t@exa mple.org/a"},
		{Ref: "https://user:s3cr3t/with/slash@example.org/a"},
		{Ref: "https://user:s3cr3t@example.org/a\n"},
		{Ref: "http://user:s3cr3t@example.org/a", Unpack: true},
		{Ref: "ftp://user:s3cr3t@example.org/a"},
		{Ref: "git+https://user:s3cr3t@example.org/r.git"},
		{Ref: "git+https://s3cr3t@example.org/r.git"},
		{Ref: "git+https://user:s3cr3t%zz@example.org/r.git"},
		{Ref: "git+https://user:s3cr3t/with/slash@example.org/r.git"},
		{Ref: "git+https://user:s3cr3t@example.org/r.git?x=1"},
		{Ref: "git+ftp://user:s3cr3t@example.org/r.git"},
		{Ref: "git+ssh://user:s3cr3t@example.org/r.git", FetchURL: "https://example.org/r.git"},
		{Ref: "git+ssh://user:s3cr3t@example.org/r.git"},
		{Ref: "ssh://user:s3cr3t@example.org/r.git"},
		{Ref: "git+ssh://git@example.org/r.git", FetchURL: "https://user:s3cr3t@example.org/r.git"},
		{Ref: "git+ssh://git@example.org/r.git", FetchURL: "https://user:s3cr3t%zz@example.org/r.git"},
		{Ref: "git+ssh://git@example.org/r.git", FetchURL: "https://user:s3cr3t/with/slash@example.org/r.git"},
		{Ref: "git+https://example.org/r.git", FetchURL: "https://s3cr3t@example.org/r.git"},
		{Ref: "github:o/r", FetchURL: "https://s3cr3t@example.org/r.git"},
		{Ref: "github:user:s3cr3t@o/r"},
		{Ref: "user:s3cr3t@example.org:o/r.git"},
		{Ref: "github:o/r?host=user:s3cr3t@example.org"},
		{Ref: "github:o/r", Host: "user:s3cr3t@example.org"},
	}
}

func refusesSecrets(t *testing.T, set *sources.Set) {
	t.Helper()
	for _, r := range Secrets() {
		spec, err := set.Parse(r)
		if !errors.Is(err, sources.ErrInvalid) {
			t.Errorf("%s: got %+v, %v, want an ErrInvalid", name(r), spec, err)
			continue
		}
		text := err.Error()
		if text += " " + AdviceOf(err); strings.Contains(text, Secret) {
			t.Errorf("%s: got %q, which repeats the secret", name(r), text)
		}
	}
}
