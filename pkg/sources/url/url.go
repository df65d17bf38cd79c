// Package url is the kind of source for files behind a URL: the file itself (fetchurl), or the contents of an
// archive (fetchzip).
//
// A plain URL has no newer version, so resolving it needs no network. A pin changes when its URL does, or when its content
// is hashed again on request.
package url

import (
	"cmp"
	"context"
	"net/url"
	"path"
	"regexp"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/forge"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/version"
)

// Spec is one file.
type Spec struct {
	URL         string  `json:"url,omitzero"`     // http or https
	Systems     Systems `json:"systems,omitzero"` // instead of URL: one for each system
	Unpack      bool    `json:"unpack,omitzero"`
	NoStripRoot bool    `json:"noStripRoot,omitzero"` // with Unpack: keep the archive's top-level directory
	Executable  bool    `json:"executable,omitzero"`  // without Unpack
	sources.Access
	Name string `json:"name,omitzero"` // store name; default: nixpkgs' own, if that builds
}

// Kind implements [sources.Spec].
func (Spec) Kind() string { return "url" }

// Validate implements [sources.Spec].
func (s Spec) Validate() error {
	if s.Systems != "" {
		return s.validateSystems()
	}
	if err := sources.ValidateURL(s.URL); err != nil {
		return err
	}
	advice, isPage := forge.IsPage(s.URL)
	switch {
	case strings.Contains(s.URL, "#"):
		return sources.Invalid("URL %q has a fragment, which is never fetched", s.URL)
	case isPage:
		return sources.WithHint(sources.Invalid("%q is a page for people, not a file", s.URL), "%s", advice)
	case s.NoStripRoot && !s.Unpack:
		err := &sources.OptionError{Options: []string{"no-strip-root"}, Problem: "applies to an archive's contents only"}
		return sources.WithSettings(err, sources.Setting{Option: "unpack"})
	case s.Executable && s.Unpack:
		return &sources.OptionError{Options: []string{"executable", "unpack"}, Problem: "exclude each other"}
	case !s.Unpack && forge.IsGenerated(s.URL):
		err := sources.Invalid("%q is generated for each download: its bytes may change while its contents do not", s.URL)
		return &sources.Advised{Err: err, Next: "pin the repository instead, or the archive's contents", Try: []sources.Setting{{Option: "unpack"}}}
	}
	f := s.fetch()
	if s.Unpack {
		f.Extension = "tar" // a valid one: the content will tell which it is
	}
	return f.Validate()
}

func (s Spec) fetch() sources.Fetch {
	if s.Unpack {
		return sources.Fetch{Fetcher: sources.FetchZip, URL: s.URL, StripRoot: !s.NoStripRoot, Name: s.Name, Access: s.Access}
	}
	f := sources.Fetch{Fetcher: sources.FetchURL, URL: s.URL, Executable: s.Executable, Name: s.Name, Access: s.Access}
	if f.Name == "" {
		f.Name = storeName(s.URL)
	}
	return f
}

// defaultNames matches the last components of URLs that nixpkgs' default turns into a valid store name (fetchurl takes
// baseNameOf of the URL, including the query).
var defaultNames = regexp.MustCompile(`^[0-9A-Za-z+_=-][0-9A-Za-z+._=-]*$`)

// maxDefaultName is in bytes, and leaves room in a store name for what fetchers add.
const maxDefaultName = 201

var storeForeign = regexp.MustCompile(`[^0-9A-Za-z+._=-]+`)

// storeName returns a store name if nixpkgs' default would not build, "" otherwise.
func storeName(text string) string {
	base := text[strings.LastIndexByte(text, '/')+1:]
	if len(base) <= maxDefaultName && defaultNames.MatchString(base) {
		return ""
	}
	name := strings.TrimLeft(storeForeign.ReplaceAllString(basename(text), "-"), ".-")
	if len(name) > 200 {
		name = name[len(name)-200:]
	}
	if name == "" {
		return "source"
	}
	return name
}

// basename returns the last component of a URL's path, decoded, "" if there is none.
func basename(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	if base := path.Base(u.Path); base != "/" && base != "." {
		return base
	}
	return ""
}

// Codec returns what the kind is.
func Codec() sources.Codec {
	return sources.Define(sources.Definition[Spec]{
		Name: "URL",
		References: []sources.Reference{
			{Form: "https://HOST/FILE", Help: "a file or an archive"},
		},
		Options: []string{"unpack", "no-strip-root", "executable", "system", "store-name", "private"},
		Instead: func(r sources.Request) string { return "for a git repository write git+" + r.Ref },
		Parse:   parse,
	})
}

// New returns the kind. Resolving needs no client.
func New() sources.Kind {
	return sources.NewKind(Codec(), sources.Resolver[Spec]{Resolve: resolve})
}

// parse takes every http and https URL that no kind before it has taken, and URLs for several systems.
func parse(r sources.Request) (Spec, error) {
	s := Spec{
		Unpack: r.Unpack, NoStripRoot: r.NoStripRoot, Executable: r.Executable, Access: r.Access, Name: r.StoreName,
	}
	if len(r.Systems) > 0 {
		systems, err := parseSystems(r.Ref, r.Systems)
		s.Systems = systems
		return s, err
	}
	if strings.Contains(r.Ref, placeholder) {
		err := sources.Invalid("%s stands for a system, but no system is given", placeholder)
		return Spec{}, sources.WithSettings(err, sources.Setting{Option: "system", Value: "x86_64-linux"})
	}
	u, err := url.Parse(r.Ref)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return Spec{}, sources.ErrOtherKind
	}
	if u.User != nil {
		return Spec{}, sources.WithHint(sources.Invalid("the URL contains credentials"),
			"leave them out and add the host to ~/.netrc: a lock holds no secrets")
	}
	if basename(r.Ref) == "" && u.RawQuery == "" {
		return Spec{}, sources.WithHint(sources.Invalid("%q does not name a file", r.Ref), "for a git repository write git+%s", r.Ref)
	}
	s.URL = r.Ref
	return s, nil
}

// resolve needs no network: it returns one call, or one for each system.
func resolve(_ context.Context, s Spec) (sources.Resolution, error) {
	if s.Systems != "" {
		return s.resolveSystems(), nil
	}
	_, number := split(s.URL)
	return sources.Resolution{Facts: sources.Facts{Version: number}, Calls: []sources.Call{{Fetch: s.fetch()}}}, nil
}

// Title implements [sources.Spec] with the file's name without version and suffix or, if nothing is left of it, the name of
// the repository in the URL of a forge.
func (s Spec) Title() string {
	if s.Systems != "" {
		return s.commonTitle()
	}
	title, _ := split(s.URL)
	return title
}

var (
	suffixes = regexp.MustCompile(`(?i)\.(tar\.[a-z0-9]+|tgz|tbz2?|txz|tar|zip|gz|bz2|xz|zst|lz|7z|jar|whl|crate|gem|deb|rpm|exe|appimage|git|js|css|json|txt|sh|py|patch|diff|pdf|html|c|h)$`)
	numbered = regexp.MustCompile(`(?:^|[-_.])[vV]?([0-9]+(?:\.[0-9]+)+(?:[-.]?(?:alpha|beta|rc|pre)[-.]?[0-9]*)?)`)
	// places matches path components of forges that are not the name of a project.
	places = regexp.MustCompile(`^(-|archive|refs|tags|heads|releases|download|downloads|raw|get|latest|files?|tar|tarball|zip|zipball|v[0-9]+)$`)
)

// split finds a file's title and version in its URL; either may be "".
func split(text string) (title, number string) {
	u, err := url.Parse(text)
	if err != nil {
		return "", ""
	}
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	defer func() { title = cmp.Or(title, suffixes.ReplaceAllString(parts[len(parts)-1], "")) }()
	for i := len(parts) - 1; i >= 0; i-- {
		base := suffixes.ReplaceAllString(parts[i], "")
		if m := numbered.FindStringSubmatchIndex(base); m != nil {
			if number == "" {
				if v, ok := version.Parse(base[m[2]:m[3]]); ok {
					number = v.String()
				}
			}
			title = cmp.Or(title, base[:m[0]])
		} else if title == "" && !places.MatchString(base) {
			title = base
		}
	}
	return title, number
}
