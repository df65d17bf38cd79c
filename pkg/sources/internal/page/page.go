// Package page finds versions in the text of a page or of a JSON document.
//
// It is a kind of source whose versions other kinds follow. By itself it would only pin the document.
package page

import (
	"cmp"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strings"

	"github.com/theory/jsonpath"

	"github.com/pinfetch/pinfetch/pkg/sources"
)

// Spec is one document, and where versions stand in it.
type Spec struct {
	URL   string `json:"url"`               // http or https
	Match string `json:"match,omitzero"`    // a regular expression (RE2) with one group, or a group "version"
	Path  string `json:"jsonPath,omitzero"` // instead of Match: a JSONPath (RFC 9535) to strings or numbers
	sources.Versions
}

// Kind implements [sources.Spec].
func (Spec) Kind() string { return "page" }

// Title implements [sources.Spec] with the name of the document, or of its host.
func (s Spec) Title() string {
	u, err := url.Parse(s.URL)
	if err != nil {
		return ""
	}
	base := strings.Trim(path.Base(u.Path), "/.")
	return cmp.Or(strings.TrimSuffix(base, path.Ext(base)), u.Hostname())
}

// Validate implements [sources.Spec].
func (s Spec) Validate() error {
	if err := cmp.Or(sources.ValidateURL(s.URL), s.Versions.Validate()); err != nil {
		return err
	}
	switch {
	case s.MinAge != "":
		return &sources.OptionError{Options: []string{"min-age"}, Problem: "needs the dates of versions, which a page does not have"}
	case s.Match != "" && s.Path != "":
		return &sources.OptionError{Options: []string{"match", "json-path"}, Problem: "exclude each other"}
	case s.Match == "" && s.Path == "":
		err := sources.Invalid("nothing says where versions stand in the page")
		return sources.WithSettings(err, sources.Setting{Option: "match"}, sources.Setting{Option: "json-path"})
	case s.Path != "":
		if _, err := jsonpath.Parse(s.Path); err != nil {
			return sources.WithHint(sources.Invalid("JSON path %q: %v", s.Path, err), `write a path such as "$.releases[*].version" (RFC 9535)`)
		}
		return nil
	}
	_, _, err := s.regex()
	return err
}

// regex returns the regular expression and which of its groups matches versions.
func (s Spec) regex() (*regexp.Regexp, int, error) {
	re, err := regexp.Compile(s.Match)
	if err != nil {
		return nil, 0, sources.WithHint(sources.Invalid("regex %q: %v", s.Match, err), "write it in the syntax of RE2 (github.com/google/re2/wiki/Syntax)")
	}
	group := re.SubexpIndex("version")
	if group < 0 && re.NumSubexp() == 1 {
		group = 1
	}
	if group < 0 {
		return nil, 0, sources.WithHint(sources.Invalid("regex %q has %d groups", s.Match, re.NumSubexp()),
			"put one group around the version, as in 'tool-([0-9.]+)\\.tar', or name it (?P<version>…)")
	}
	return re, group, nil
}

// call fetches the document.
func (s Spec) call() sources.Fetch {
	return sources.Fetch{Fetcher: sources.FetchURL, URL: sources.EscapeURL(s.URL), Name: "page"}
}

// Accepts implements [sources.Spec].
func (s Spec) Accepts(r sources.Resolution) error { return r.Expect(sources.Call{Fetch: s.call()}) }

// Codec returns what the kind is.
func Codec() sources.Codec {
	return sources.Define(sources.Definition{
		Name:       "page",
		References: []sources.Reference{{Form: "https://HOST/PAGE", Help: "a page or JSON document that names versions"}},
		Options:    []string{"match", "json-path", "constraint", "prerelease", "min-age", "rev"},
	}, parse, ask)
}

func parse(r sources.Request) (Spec, error) {
	if u, err := url.Parse(r.Ref); err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return Spec{}, sources.ErrOtherKind
	}
	return Spec{URL: r.Ref, Match: r.Match, Path: r.Path, Versions: sources.VersionsOf(r.Tracking)}, nil
}

// ask is the inverse of parse.
func ask(s Spec) sources.Request {
	return sources.Request{Ref: s.URL, Match: s.Match, Path: s.Path, Tracking: s.Tracking()}
}

// New returns the kind. It reads documents through transport, which adds credentials, follows redirects and limits sizes.
func New(transport http.RoundTripper) sources.Kind {
	return sources.NewKind(Codec(), newReader(transport).resolver())
}
