package url

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/template"
)

const tags = "refs/tags/"

// sample is a version that every placeholder can take a part of.
var sample = sources.Facts{Version: "1.2.3", Ref: tags + "v1.2.3"}

// validateTemplate refuses placeholders without a source of versions, the reverse, and placeholders that could lead anywhere
// or that several versions fill alike.
func (s Spec) validateTemplate() error {
	addresses := []string{s.URL}
	if s.Systems != "" {
		addresses = strings.Split(string(s.Systems), "\n")
	}
	for _, text := range append(addresses, s.Name) {
		if err := validatePlaceholders(text, s.From != nil); err != nil {
			return err
		}
	}
	switch {
	case s.From == nil:
		return nil
	case s.Redirect:
		return &sources.OptionError{Options: []string{"from", "redirect"}, Problem: "exclude each other"}
	case !slices.ContainsFunc(addresses, template.HasVersion):
		return sources.WithHint(sources.Invalid("%q is the same for every version", redact.Address(addresses[0])), "write {version} or {tag} in it")
	}
	return s.From.Validate()
}

var authority = lazyregexp.New(`^([a-z0-9_-]+ )?https?://[^/?#]*`)

func validatePlaceholders(text string, mayFollow bool) error {
	if !strings.ContainsAny(text, "{}") {
		return nil
	}
	safe, address := redact.Reference(text), authority.FindString(text)
	if err := template.Validate(text); err != nil {
		return err
	}
	switch {
	case template.HasVersion(text) && !mayFollow:
		err := sources.Invalid("%q needs a source of versions for {%s}", safe, template.Names(text)[0])
		return sources.WithSettings(err, sources.Setting{Option: "from", Value: "github:OWNER/REPO"})
	case template.Has(address):
		return sources.WithHint(sources.Invalid("%q has a placeholder in its host, which only you may choose", safe), "write the host in full")
	case template.HasVersion(text) && !template.IsWhole(text) && address != "":
		return sources.WithHint(sources.Invalid("%q is the same for several versions", safe), "write {version}, {version_underscore} or {tag} too")
	}
	return nil
}

// tagPattern matches names of tags that can stand in a URL.
var tagPattern = lazyregexp.New(`^[0-9A-Za-z@][0-9A-Za-z@._+~!/-]{0,127}$`)

// values returns what facts put into a URL. The error is a [sources.ErrInvalid] if that could lead elsewhere.
func values(facts sources.Facts) (template.Values, error) {
	tag := ""
	if name, isTag := strings.CutPrefix(facts.Ref, tags); isTag && tagPattern.MatchString(name) && !strings.Contains(name, "..") {
		tag = name
	}
	if !sources.IsVersion(facts.Version) {
		return template.Values{}, sources.WithSettings(sources.Invalid("version %.80q cannot stand in a URL", facts.Version),
			sources.Setting{Option: "constraint"}, sources.Setting{Option: "rev"})
	}
	return template.Values{Version: facts.Version, Tag: tag}, nil
}

// at returns the Spec of one file with the version that facts name.
func (s Spec) at(facts sources.Facts) (Spec, error) {
	if s.From == nil {
		return s, nil
	}
	v, err := values(facts)
	if err != nil {
		return s, err
	}
	path, _, _ := strings.Cut(s.URL, "?")
	base := path[strings.LastIndexByte(path, '/')+1:]
	if s.URL, err = template.Fill(s.URL, v, escape); err != nil {
		return s, err
	}
	if s.Name == "" && !s.Unpack && !template.HasVersion(base) {
		s.Name = versionedName(base, v.Version)
	} else if s.Name, err = template.Fill(s.Name, v, sources.StoreWord); err != nil {
		return s, err
	}
	s.From = nil
	return s, nil
}

// escape writes a value in a path or a query. In a query, "+" would be a space.
func escape(value string) string { return strings.ReplaceAll(url.PathEscape(value), "+", "%2B") }

var extension = lazyregexp.New(`\.[A-Za-z][0-9A-Za-z]*$`)

// versionedName returns a store name for a file whose own name is the same for every version.
func versionedName(base, version string) string {
	title := suffixes.ReplaceAllString(base, "")
	if title == base {
		title = extension.ReplaceAllString(base, "")
	}
	name := strings.TrimLeft(sources.StoreWord(cmp.Or(title, "source")+"-"+version+base[len(title):]), ".-")
	return cmp.Or(sources.FileStoreName("/"+name), name)
}
