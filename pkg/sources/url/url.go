// Package url is the kind of source for files behind a URL: the file itself (fetchurl) or the contents of an archive
// (fetchzip).
//
// A plain URL has no newer version, so resolving needs no network. A pin changes when its URL does, or when its content is
// hashed again on request.
package url

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/forge"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/version"
)

// Spec is one file.
type Spec struct {
	URL         string  `json:"url,omitzero"`         // http or https
	Systems     Systems `json:"systems,omitzero"`     // instead of URL: one for each system
	Unpack      bool    `json:"unpack,omitzero"`      // pin the contents of the archive
	NoStripRoot bool    `json:"noStripRoot,omitzero"` // only with Unpack: keep the archive's top-level directory
	Executable  bool    `json:"executable,omitzero"`  // not with Unpack: mark the file executable
	AllowHTML   bool    `json:"allowHTML,omitzero"`   // not with Unpack: accept a web page instead of a file
	sources.Access
	Name string `json:"name,omitzero"` // store name; default: nixpkgs' own if it is valid
}

// Kind implements [sources.Spec].
func (Spec) Kind() string { return "url" }

// AllowsHTML implements [sources.AllowsHTML].
func (s Spec) AllowsHTML() bool { return s.AllowHTML }

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
	case s.NoStripRoot && !s.Unpack:
		err := &sources.OptionError{Options: []string{"no-strip-root"}, Problem: "applies to an archive's contents only"}
		return sources.WithSettings(err, sources.Setting{Option: "unpack"})
	case s.Executable && s.Unpack:
		return &sources.OptionError{Options: []string{"executable", "unpack"}, Problem: "exclude each other"}
	case s.AllowHTML && s.Unpack:
		return &sources.OptionError{Options: []string{"allow-html", "unpack"}, Problem: "exclude each other"}
	case !s.Unpack && forge.IsGenerated(s.URL):
		err := sources.Invalid("%q is generated for each download: its bytes may change while its contents do not", s.URL)
		return &sources.Advised{Err: err, Next: "pin the repository instead, or the archive's contents", Try: []sources.Setting{{Option: "unpack"}}}
	}
	f := s.fetch()
	if s.Unpack {
		f.Extension = "tar" // the real one is found out when the archive is downloaded
	}
	return f.Validate()
}

// Accepts implements [sources.Spec].
func (s Spec) Accepts(r sources.Resolution) error { return r.Expect(s.calls()...) }

// calls returns the calls that fetch the files.
func (s Spec) calls() (calls []sources.Call) {
	for _, file := range s.files() {
		calls = append(calls, sources.Call{System: file.system, Fetch: file.fetch()})
	}
	return calls
}

func (s Spec) fetch() sources.Fetch {
	f := sources.Fetch{URL: sources.EscapeURL(s.URL), Name: sources.StoreName(s.Name), Access: s.Access}
	if s.Unpack {
		f.Fetcher, f.StripRoot = sources.FetchZip, !s.NoStripRoot
		return f
	}
	f.Fetcher, f.Executable, f.Name = sources.FetchURL, s.Executable, cmp.Or(f.Name, sources.FileName(f.URL))
	return f
}

// Codec returns what the kind is.
func Codec() sources.Codec {
	return sources.Define(sources.Definition{
		Name: "URL",
		References: []sources.Reference{
			{Form: "https://HOST/FILE", Help: "a file or an archive"},
		},
		Options: []string{"unpack", "no-strip-root", "executable", "allow-html", "system", "store-name", "private"},
		Instead: asRepository,
	}, parse, ask)
}

// New returns the kind. Resolving needs no client.
func New() sources.Kind {
	return sources.NewKind(Codec(), sources.Resolver[Spec]{Resolve: resolve})
}

// parse accepts every http and https URL, and URLs for several systems.
func parse(r sources.Request) (Spec, error) {
	s := Spec{Unpack: r.Unpack, NoStripRoot: r.NoStripRoot, Executable: r.Executable, AllowHTML: r.AllowHTML, Access: r.Access, Name: r.StoreName}
	if len(r.Systems) > 0 {
		systems, err := parseSystems(r.Ref, r.Systems)
		if err != nil {
			return s, err
		}
		s.Systems = systems
		for _, file := range s.files() {
			if err := refusePage(r, file.URL); err != nil {
				return s, fmt.Errorf("%s: %w", file.system, err)
			}
		}
		return s, nil
	}
	if strings.Contains(r.Ref, placeholder) {
		err := sources.Invalid("%s stands for a system, but no system is given", placeholder)
		return Spec{}, sources.WithSettings(err, sources.Setting{Option: "system", Value: "x86_64-linux"})
	}
	u, err := url.Parse(r.Ref)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return Spec{}, sources.ErrOtherKind
	}
	if err := sources.RefuseCredentials(r.Ref); err != nil {
		return Spec{}, err
	}
	if u.Host == "" {
		return Spec{}, sources.Invalid("%q names no host", redact.Reference(r.Ref))
	}
	if err := refusePage(r, r.Ref); err != nil {
		return Spec{}, err
	}
	if strings.Trim(u.Path, "/.") == "" && u.RawQuery == "" && !r.AllowHTML {
		return Spec{}, sources.DidYouMean(sources.Invalid("%q does not name a file", r.Ref), asRepository(r))
	}
	s.URL = r.Ref
	return s, nil
}

// asRepository returns the request for a git repository at the same address.
func asRepository(r sources.Request) sources.Request {
	r.Ref = "git+" + r.Ref
	return r
}

// refusePage refuses the address of a repository's web page.
func refusePage(r sources.Request, address string) error {
	page, isPage := forge.ReadPage(address)
	if !isPage || r.AllowHTML {
		return nil
	}
	repository := sources.Request{Tracking: r.Tracking, Checkout: r.Checkout, Access: r.Access, StoreName: r.StoreName}
	repository.Ref, repository.Host = page.Reference(address)
	if r.Tracking == (sources.Tracking{}) {
		repository.Tracking = sources.Tracking{Branch: page.Branch, Rev: page.Rev}
	}
	meant := []sources.Request{repository}
	if page.File != "" {
		r.Ref, r.Systems = page.File, nil
		meant = []sources.Request{r, repository}
	}
	return sources.DidYouMean(sources.Invalid("this is a web page, not a file"), meant...)
}

// ask is the inverse of parse.
func ask(s Spec) sources.Request {
	return sources.Request{
		Ref: s.URL, Systems: s.Systems.words(), Unpack: s.Unpack, NoStripRoot: s.NoStripRoot, Executable: s.Executable, AllowHTML: s.AllowHTML,
		Access: s.Access, StoreName: s.Name,
	}
}

func resolve(_ context.Context, s Spec) (sources.Resolution, error) {
	r := sources.Resolution{Calls: s.calls()}
	for i, file := range s.files() {
		_, number := split(file.URL)
		if i == 0 {
			r.Version = number
		} else if number != r.Version {
			r.Version = "" // a version is a fact only if all files share it
		}
	}
	return r, nil
}

// Title implements [sources.Spec] with the file's name without version and suffix or, if nothing is left, the name of the
// repository in the URL of a forge. For several systems, it is the words with which all titles begin.
func (s Spec) Title() string {
	var titles []string
	for _, file := range s.files() {
		title, _ := split(file.URL)
		titles = append(titles, title)
	}
	return commonWords(titles)
}

var (
	suffixes = regexp.MustCompile(`(?i)\.(tar\.[a-z0-9]+|tgz|tbz2?|txz|tar|zip|gz|bz2|xz|zst|lz|7z|jar|whl|crate|gem|deb|rpm|` +
		`exe|appimage|git|js|css|json|txt|sh|py|patch|diff|pdf|html|c|h)$`)
	numbered = regexp.MustCompile(`(?:^|[-_.])[vV]?([0-9]+(?:\.[0-9]+)+(?:[-.]?(?:alpha|beta|rc|pre)[-.]?[0-9]*)?)`)
	// places matches path components of forges that do not name a project.
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
