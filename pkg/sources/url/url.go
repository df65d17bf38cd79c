// Package url is the kind of source for files behind a URL: the file itself
// (fetchurl), or the contents of an archive (fetchzip).
//
// A URL names nothing that moves, so resolving it asks nobody: a pin changes when its
// URL does, or when the content is hashed again on request.
package url

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"path"
	"regexp"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/version"
)

// Spec is one file.
type Spec struct {
	URL         string  `json:"url,omitzero"`     // http or https
	Systems     Systems `json:"systems,omitzero"` // in place of URL: one for each system
	Unpack      bool    `json:"unpack,omitzero"`
	NoStripRoot bool    `json:"noStripRoot,omitzero"` // with Unpack: keep the archive's top-level directory
	Executable  bool    `json:"executable,omitzero"`  // without Unpack
	sources.Access
	Name string `json:"name,omitzero"` // store name; default: nixpkgs' own, where that one builds
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
	switch {
	case strings.Contains(s.URL, "#"):
		return sources.Invalid("URL %q has a fragment, which is never fetched", s.URL)
	case isPage(s.URL):
		return sources.WithHint(sources.Invalid("%q is a page of GitHub's and no file", s.URL),
			"a file of a repository is at https://raw.githubusercontent.com/OWNER/REPO/COMMIT/PATH, the repository itself is github:OWNER/REPO")
	case s.NoStripRoot && !s.Unpack:
		return sources.WithHint(sources.Invalid("--no-strip-root is about an archive's contents"), "add --unpack")
	case s.Executable && s.Unpack:
		return sources.Invalid("--executable is about a file, --unpack about an archive's contents")
	case !s.Unpack && isGenerated(s.URL):
		return sources.WithHint(sources.Invalid("%q is generated anew for each download, so that its bytes may change while its contents do not", s.URL),
			"add --unpack to pin the contents, or pin the repository, as github:OWNER/REPO --rev …")
	}
	f := s.fetch()
	if s.Unpack {
		f.Extension = "tar" // what it is, the content will say
	}
	return f.Validate()
}

func (s Spec) validateSystems() error {
	if s.URL != "" {
		return sources.Invalid("a source has one URL, or one for each system")
	}
	for system, one := range s.BySystem() {
		if err := sources.ValidateSystem(system); err != nil {
			return err
		}
		if err := one.Validate(); err != nil {
			return fmt.Errorf("%s: %w", system, err)
		}
	}
	return nil
}

// generated matches addresses of archives that forges make on request.
var generated = regexp.MustCompile(`^https?://(codeload\.github\.com/|api\.github\.com/repos/[^/]+/[^/]+/(tar|zip)ball|` +
	`[^/]+/[^/]+/[^/]+/archive/|[^/]+/.*/-/archive/|[^/]+/api/v4/projects/.*/repository/archive|bitbucket\.org/[^/]+/[^/]+/get/)`)

// pages matches addresses on GitHub that answer with a page for people.
var pages = regexp.MustCompile(`^https?://(www\.)?github\.com/[^/]+/[^/]+/(blob|issues|pulls?|wiki|actions|discussions|projects|commits|compare|blame)(/|$)`)

func isPage(text string) bool { return pages.MatchString(text) }

func isGenerated(text string) bool { return generated.MatchString(text) }

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

// defaultNames matches the last components of a URL that nixpkgs' own default turns into a name that builds
// (fetchurl: baseNameOf the URL, query and all).
var defaultNames = regexp.MustCompile(`^[0-9A-Za-z+_=-][0-9A-Za-z+._=-]*$`)

// maxDefaultName leaves room in a store name for what fetchers add.
const maxDefaultName = 201

var storeForeign = regexp.MustCompile(`[^0-9A-Za-z+._=-]+`)

// storeName returns a store name where nixpkgs' default would not build, else "".
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

// New returns the kind.
func New() sources.Kind {
	return sources.Define(sources.Actions[Spec]{Parse: parse, Resolve: resolve})
}

// parse takes every http and https URL that no other kind has taken, and those of several systems.
func parse(r sources.Request) (Spec, error) {
	if len(r.Systems) > 0 {
		systems, err := parseSystems(r.Ref, r.Systems)
		if err != nil {
			return Spec{}, err
		}
		return spec(r, "", systems)
	}
	if strings.Contains(r.Ref, placeholder) {
		return Spec{}, sources.WithHint(sources.Invalid("%s stands for systems, and none is named", placeholder),
			"name them: --system x86_64-linux --system aarch64-darwin")
	}
	u, err := url.Parse(r.Ref)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return Spec{}, sources.ErrOtherKind
	}
	if u.User != nil {
		return Spec{}, sources.WithHint(sources.Invalid("the URL carries credentials"),
			"leave them out and add the host to ~/.netrc: a lock holds no secrets")
	}
	if basename(r.Ref) == "" && u.RawQuery == "" {
		return Spec{}, sources.WithHint(sources.Invalid("%q names no file", r.Ref), "for a git repository write git+%s", r.Ref)
	}
	return spec(r, r.Ref, "")
}

func spec(r sources.Request, url string, systems Systems) (Spec, error) {
	s := Spec{
		URL: url, Systems: systems, Unpack: r.Unpack, NoStripRoot: r.NoStripRoot, Executable: r.Executable,
		Access: r.Access, Name: r.StoreName,
	}
	err := r.Allow("the URL", "--unpack", "--no-strip-root", "--executable", "--store-name", "--private", "--system")
	if err != nil {
		err = sources.WithHint(err, "for a git repository write git+%s", r.Ref)
	}
	return s, err
}

func resolve(_ context.Context, s Spec) (sources.Resolution, error) {
	_, number := split(s.URL)
	return sources.Resolution{Facts: sources.Facts{Version: number}, Fetch: s.fetch()}, nil
}

// Title implements [sources.Spec]: the file's name without version and suffix, or, where
// nothing is left of that, the repository's in the URLs of forges.
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
	// places matches path components of forges that are not a project's name.
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
