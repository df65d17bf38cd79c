// Package url is the kind of source for files behind a URL: the file itself (fetchurl) or the contents of an archive
// (fetchzip).
//
// A plain URL has no newer version, so resolving needs no network. A pin changes when its URL does, or when its content is
// hashed again on request. Two kinds of URL follow something: one with {version} or another placeholder takes its versions
// from a source of any other kind, and one that redirects may lock what it redirects to.
package url

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/forge"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/page"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/template"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/version"
)

// Spec is one file.
type Spec struct {
	URL      string           `json:"url,omitzero"`      // http or https; with From, it has placeholders (package template)
	Systems  sources.BySystem `json:"systems,omitzero"`  // instead of URL: one for each system
	From     sources.Spec     `json:"from,omitzero"`     // whose versions are put into the URL
	Redirect bool             `json:"redirect,omitzero"` // not with From: lock what the URL redirects to
	sources.Content
	AllowHTML bool `json:"allowHTML,omitzero"` // not with Unpack: accept a web page instead of a file
	sources.Access
	Name string `json:"name,omitzero"` // store name; default: nixpkgs' own if it is valid; with From, it may have placeholders
}

// Kind implements [sources.Spec].
func (Spec) Kind() string { return "url" }

// AllowsHTML implements [sources.AllowsHTML].
func (s Spec) AllowsHTML() bool { return s.AllowHTML }

// Followed implements [sources.Follower].
func (s Spec) Followed() sources.Spec { return s.From }

// IsOpen implements [sources.Chooser].
func (s Spec) IsOpen() bool { return s.From != nil && sources.IsOpen(s.From) }

// Validate implements [sources.Spec].
func (s Spec) Validate() error {
	if err := s.validateTemplate(); err != nil {
		return err
	}
	if s.Systems != "" && s.URL != "" {
		return sources.Invalid("a source has either one URL or one for each system")
	}
	files, err := s.files(sample)
	if err != nil {
		return err
	}
	for _, file := range files {
		if err := cmp.Or(file.validateSystem(), file.validate()); err != nil {
			return withSystem(file.system, err)
		}
	}
	return nil
}

// validate refuses a file that cannot be fetched.
func (s Spec) validate() error {
	if err := cmp.Or(sources.ValidateURL(s.URL), s.Content.Validate()); err != nil {
		return err
	}
	switch {
	case strings.Contains(s.URL, "#"):
		return sources.Invalid("URL %q has a fragment, which is never fetched", s.URL)
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

// Accepts implements [sources.Spec]. What a URL redirects to may be anywhere.
func (s Spec) Accepts(r sources.Resolution) error {
	calls, err := s.calls(r.Facts)
	if err != nil {
		return err
	}
	for i := range calls {
		if s.Redirect && i < len(r.Calls) {
			redirected := s
			redirected.URL = r.Calls[i].URL
			if err := validateTarget(redirected.URL); err != nil {
				return fmt.Errorf("the pin fetches from %s: %w", hostOf(redirected.URL), err)
			}
			calls[i].Fetch = redirected.fetch()
		}
	}
	return r.Expect(calls...)
}

// calls returns the calls that fetch the files of the version that facts name.
func (s Spec) calls(facts sources.Facts) (calls []sources.Call, err error) {
	files, err := s.files(facts)
	for _, file := range files {
		calls = append(calls, sources.Call{System: file.system, Fetch: file.fetch()})
	}
	return calls, err
}

func (s Spec) fetch() sources.Fetch {
	f := s.Content.Fetch(s.URL, s.Name)
	f.Access = s.Access
	return f
}

// Codec returns what the kind is. Versions can be taken from the other kinds.
func Codec(others ...sources.Codec) sources.Codec {
	l := lister{codecs: append(slices.Clone(others), page.Codec())}
	return sources.Define(sources.Definition{
		Name: "URL",
		References: []sources.Reference{
			{Form: "https://HOST/FILE", Help: "a file or an archive"},
			{Form: "https://HOST/{version}/FILE", Help: "the newest of --from"},
		},
		Options: []string{"unpack", "no-strip-root", "executable", "allow-html", "system", "store-name", "private", "redirect", "from"},
		Instead: asRepository, Listed: l.codecs, FollowOptions: followOptions,
	}, l.parse, l.ask)
}

// New returns the kind. It finds redirects with locator, reads pages through transport (see [page.New]), and takes versions
// from the other kinds.
func New(locator Locator, transport http.RoundTripper, others ...sources.Kind) sources.Kind {
	var codecs []sources.Codec
	for _, kind := range others {
		codecs = append(codecs, kind.Codec)
	}
	return sources.NewKind(Codec(codecs...), resolver{
		locator, sources.NewSet(append(slices.Clone(others), page.New(transport))...),
	}.functions())
}

// parse accepts every http and https URL, and URLs for several systems.
func (l lister) parse(r sources.Request) (Spec, error) {
	s := Spec{
		Content:   sources.Content{Unpack: r.Unpack, NoStripRoot: r.NoStripRoot, Executable: r.Executable},
		AllowHTML: r.AllowHTML, Redirect: r.Redirect,
		Access: r.Access, Name: r.StoreName,
	}
	if err := s.parseAddress(r); err != nil {
		return s, err
	}
	var err error
	s.From, err = l.parseFrom(r)
	return s, err
}

func (s *Spec) parseAddress(r sources.Request) (err error) {
	if len(r.Systems) > 0 {
		if s.Systems, err = parseSystems(r.Ref, r.Systems); err != nil {
			return err
		}
		urls := s.Systems.Texts()
		for _, system := range slices.Sorted(maps.Keys(urls)) {
			if err := refusePage(r, urls[system]); err != nil {
				return withSystem(system, err)
			}
		}
		return nil
	}
	plain := strings.NewReplacer("{", "", "}", "").Replace(r.Ref) // a host cannot have braces
	u, err := url.Parse(plain)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return sources.ErrOtherKind
	}
	if template.Has(r.Ref, "system") {
		err := sources.Invalid("%s stands for a system, but no system is given", placeholder)
		return sources.WithSettings(err, sources.Setting{Option: "system", Value: "x86_64-linux"})
	}
	if err := sources.RefuseCredentials(r.Ref); err != nil {
		return err
	}
	if u.Host == "" {
		return sources.Invalid("%q names no host", redact.Reference(r.Ref))
	}
	if err := refusePage(r, r.Ref); err != nil {
		return err
	}
	if strings.Trim(u.Path, "/.") == "" && u.RawQuery == "" && !r.AllowHTML && !r.Redirect {
		return sources.DidYouMean(sources.Invalid("%q does not name a file", r.Ref), asRepository(r))
	}
	s.URL = r.Ref
	return nil
}

// asRepository returns the request for a git repository at the same address, or an address with placeholders as it is.
func asRepository(r sources.Request) sources.Request {
	if r.From == "" {
		r.Ref = "git+" + r.Ref
	}
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
func (l lister) ask(s Spec) sources.Request {
	r := l.askFrom(s.From)
	r.Ref, r.Systems, r.Unpack, r.NoStripRoot, r.Executable, r.AllowHTML = s.URL, s.Systems.Words(), s.Unpack, s.NoStripRoot, s.Executable, s.AllowHTML
	r.Redirect, r.Access, r.StoreName = s.Redirect, s.Access, s.Name
	return r
}

// Title implements [sources.Spec] with the file's name without version and suffix or, if nothing is left, the name of the
// repository in the URL of a forge. For several systems, it is the words with which all titles begin. If the name is
// nothing but a version, it is the title of what lists the versions.
func (s Spec) Title() string {
	const unlikely = "90210"
	files, _ := s.files(sources.Facts{Version: unlikely + ".1.1", Ref: tags + "v" + unlikely + ".1.1"}) // the caller validates
	var titles []string
	for _, file := range files {
		title, _ := split(file.URL)
		titles = append(titles, title)
	}
	title := ""
	if len(titles) > 0 {
		title = commonWords(titles)
	}
	if s.From != nil && (title == "" || strings.Contains(title, unlikely)) {
		return s.From.Title()
	}
	return title
}

var (
	suffixes = lazyregexp.New(`(?i)\.(tar\.[a-z0-9]+|tgz|tbz2?|txz|tar|zip|gz|bz2|xz|zst|lz|7z|jar|whl|crate|gem|deb|rpm|` +
		`exe|appimage|git|js|css|json|txt|sh|py|patch|diff|pdf|html|c|h)$`)
	numbered = lazyregexp.New(`(?:^|[-_.])[vV]?([0-9]+(?:\.[0-9]+)+(?:[-.]?(?:alpha|beta|rc|pre)[-.]?[0-9]*)?)`)
	// places matches path components of forges that do not name a project.
	places = lazyregexp.New(`^(-|archive|refs|tags|heads|releases|download|downloads|raw|get|latest|files?|tar|tarball|zip|zipball|v[0-9]+)$`)
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
