package importer

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/pinfetch/pinfetch/pkg/sources"
)

// maxNpins is the newest version of npins/sources.json (npins, libnpins/src/versions.rs).
const maxNpins = 8

// npinsPin is a pin of any type and version (npins, libnpins/src/pins).
type npinsPin struct {
	Type string `json:"type"`

	Repository        jsontext.Value `json:"repository"` // of version 0, a string
	Branch            string         `json:"branch"`
	Revision          string         `json:"revision"`
	Submodules        bool           `json:"submodules"`
	Version           string         `json:"version"` // of a GitRelease, its tag
	VersionUpperBound string         `json:"version_upper_bound"`
	ReleasePrefix     string         `json:"release_prefix"`
	PreReleases       bool           `json:"pre_releases"`

	Name      string `json:"name"`
	Artifact  string `json:"artifact"`
	URL       string `json:"url"`
	LockedURL string `json:"locked_url"` // version 7 and older
	UpdateURL string `json:"update_url"` // version 8
	Unpack    bool   `json:"unpack"`

	ImageName string `json:"image_name"`
	ImageTag  string `json:"image_tag"`

	Hash   string `json:"hash"`
	Frozen bool   `json:"frozen"`

	Owner         string `json:"owner"`          // version 0
	RepositoryURL string `json:"repository_url"` // version 0
	TarballURL    string `json:"tarball_url"`    // version 0
}

// npinsRepository is where a git repository is.
type npinsRepository struct {
	Type         string `json:"type"`
	Owner        string `json:"owner"`
	Repo         string `json:"repo"`
	RepoPath     string `json:"repo_path"`
	Server       string `json:"server"`
	URL          string `json:"url"`
	PrivateToken string `json:"private_token"`
}

func isNpins(top map[string]jsontext.Value) bool {
	return top["pins"].Kind() == '{' && top["version"].Kind() == '0'
}

func readNpins(top map[string]jsontext.Value, _ Files) (Result, error) {
	var version int
	var pins map[string]jsontext.Value
	if err := unmarshal(top, "version", &version); err != nil {
		return Result{}, err
	}
	if version < 0 || version > maxNpins {
		return Result{}, fmt.Errorf("version %d, expected 0 to %d: %w", version, maxNpins, ErrVersion)
	}
	if err := unmarshal(top, "pins", &pins); err != nil {
		return Result{}, err
	}
	return Result{Entries: each(pins, npinsPin.read)}, nil
}

func (p npinsPin) read(e *Entry) {
	e.Frozen = p.Frozen
	switch p.Type {
	case "Git":
		p.readRepository(e)
		e.followBranch(p.Branch, p.Revision)
	case "GitHub": // version 0
		e.Follow.Ref = gitHub(p.Owner, unquote(p.Repository))
		e.keep(p.Hash, ofArchive)
		e.followBranch(p.Branch, p.Revision)
	case "GitRelease":
		p.readRepository(e)
		p.followReleases(e)
		e.lockTag(p.Version, p.Revision)
	case "GitHubRelease": // version 0, which records no revision
		e.Follow.Ref = gitHub(p.Owner, unquote(p.Repository))
		e.keep(p.Hash, ofArchive)
		p.followReleases(e)
		_, tag, _ := strings.Cut(p.TarballURL, "/tarball/")
		e.lockTag(tag, "")
	case "PyPi":
		e.Follow.Ref, e.Follow.Constraint = "pypi:"+p.Name, p.bound()
		e.At, e.URL, e.Facts.Version = p.Version, p.URL, p.Version
		e.keep(p.Hash, ofFile)
	case "Url":
		e.Follow.Ref = p.URL
		p.readFile(e, p.Unpack)
	case "MutableUrl":
		e.Follow.Ref, e.Follow.Redirect, e.URL = p.UpdateURL, true, p.URL
		p.readFile(e, p.Unpack)
	case "Tarball": // version 7 and older
		e.Follow.Ref, e.Follow.Redirect, e.URL = p.URL, p.LockedURL != "", p.LockedURL
		p.readFile(e, true)
	case "Channel":
		e.Follow.Ref, e.Follow.Redirect, e.URL = "https://channels.nixos.org/"+p.Name+"/"+orElse(p.Artifact, "nixexprs.tar.xz"), true, p.URL
		p.readFile(e, true)
		e.Evaluated = true
		e.skip("a channel is of use while Nix evaluates, not in builds")
	case "Container":
		e.skip("%s is a container image, which nixpkgs' dockerTools.pullImage fetches", shown(p.ImageName+":"+p.ImageTag))
	default:
		e.refuse("unknown type %q", shown(p.Type))
	}
	if isOpen := e.At == "" && e.URL == "" && strings.HasPrefix(p.Type, "Git"); isOpen && e.Skip == nil {
		e.refuse("it has never been fetched: it has no revision")
	}
}

func orElse(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

// unquote returns the text of a JSON string, "" for any other value.
func unquote(value jsontext.Value) (text string) {
	_ = json.Unmarshal(value, &text) // an empty repository is refused
	return text
}

// readFile reads the hash of a file.
func (p npinsPin) readFile(e *Entry, unpack bool) {
	e.Follow.Unpack = unpack
	if unpack {
		e.keep(p.Hash, ofArchive)
		return
	}
	e.keep(p.Hash, ofFile)
}

// readRepository reads the repository, and the hash: of an archive if it has a URL, else of what nix-prefetch-git checks out.
func (p npinsPin) readRepository(e *Entry) {
	fetchers := ofArchive
	if p.URL == "" || p.Submodules {
		fetchers = ofCheckout
	}
	e.Follow.Submodules = p.Submodules
	var r npinsRepository
	switch {
	case p.RepositoryURL != "": // version 0
		r.Type, r.URL, fetchers = "Git", p.RepositoryURL, ofCheckout
	case json.Unmarshal(p.Repository, &r) != nil:
		e.refuse("it names no repository")
		return
	}
	e.keep(p.Hash, fetchers)
	if err := r.locate(&e.Follow); err != nil {
		e.Skip = err
	}
	if r.PrivateToken != "" {
		e.Follow.Private = true
		e.warn("npins keeps a token for %s in its file; it is not copied: set it for the host in ~/.netrc, "+
			"and consider it known to whoever can read that file", shown(r.Server))
	}
}

// locate writes the reference of a repository.
func (r npinsRepository) locate(request *sources.Request) error {
	switch r.Type {
	case "GitHub":
		request.Ref = gitHub(r.Owner, r.Repo)
	case "GitLab":
		request.Ref, request.Host = onForge("gitlab", r.Server, strings.Trim(r.RepoPath, "/"))
	case "Forgejo":
		request.Ref, request.Host = onForge("forgejo", r.Server, r.Owner+"/"+r.Repo)
	case "Git":
		request.Ref = gitURL(r.URL)
	default:
		return fmt.Errorf("%w: unknown repository type %q", ErrEntry, shown(r.Type))
	}
	return nil
}

// onForge returns the reference of a repository on a forge. A server that is more than https and a host has to do as a
// plain git repository.
func onForge(kind, server, path string) (ref, host string) {
	u, err := url.Parse(server)
	if err != nil || u.Scheme != "https" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.Host == "" {
		return gitURL(strings.TrimRight(server, "/") + "/" + path + ".git"), ""
	}
	return kind + ":" + path, u.Host
}

func (p npinsPin) followReleases(e *Entry) {
	e.Follow.Tags = escapeGlob(p.ReleasePrefix) + "*"
	e.Follow.Constraint, e.Follow.Prerelease = p.bound(), p.PreReleases
}

// bound writes the exclusive upper bound as a constraint.
func (p npinsPin) bound() string {
	if p.VersionUpperBound == "" {
		return ""
	}
	return "<" + strings.TrimPrefix(p.VersionUpperBound, "v")
}

var globSpecial = strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`, "]", `\]`, "{", `\{`, "}", `\}`, "!", `\!`)

// escapeGlob returns a glob that matches a text only.
func escapeGlob(text string) string { return globSpecial.Replace(text) }
