package sources

import (
	"cmp"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"

	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/terminal"
)

// Fetcher names one of the four nixpkgs fetchers that every source reduces to.
// The zero value is none.
type Fetcher string

const (
	FetchURL        Fetcher = "fetchurl"        // pkgs/build-support/fetchurl: one file, hashed flat
	FetchZip        Fetcher = "fetchzip"        // pkgs/build-support/fetchzip: an archive, unpacked
	FetchGit        Fetcher = "fetchgit"        // pkgs/build-support/fetchgit: a checkout without .git
	FetchFromGitHub Fetcher = "fetchFromGitHub" // pkgs/build-support/fetchgithub: GitHub's archive of a commit
)

// IsKnown reports whether it is one of the four.
func (f Fetcher) IsKnown() bool {
	switch f {
	case FetchURL, FetchZip, FetchGit, FetchFromGitHub:
		return true
	}
	return false
}

// Fetch is one call of one nixpkgs fetcher as plain data, without its hash.
// It is comparable: two pins with equal Fetches share one download, and a
// source whose Fetch did not change is not fetched again.
//
// Which fields a fetcher takes, and no others, is in the comments; [Fetch.Validate]
// holds them to it.
type Fetch struct {
	Fetcher Fetcher

	URL        string // fetchurl, fetchzip, fetchgit: http or https, without credentials
	Owner      string // fetchFromGitHub
	Repo       string // fetchFromGitHub
	GithubBase string // fetchFromGitHub: a GitHub Enterprise host; default github.com
	Rev        string // fetchgit, fetchFromGitHub: the full commit ID

	Name string // store name; default: nixpkgs' own

	Executable bool // fetchurl: mark the file executable (hashed as a NAR)

	StripRoot bool   // fetchzip: the archive's one top-level directory is dropped
	Extension string // fetchzip: what the archive is, "tar.gz", "zip", …; chooses the unpacker

	Submodules     bool     // fetchgit
	LFS            bool     // fetchgit
	SparseCheckout Patterns // fetchgit
	RootDir        string   // fetchgit: only this folder of the checkout

	Access // what builds need to get at it
}

// Patterns is a list of sparse-checkout patterns, one a line, so that the list is comparable.
type Patterns string

// NewPatterns joins patterns, none of which holds a line break.
func NewPatterns(patterns ...string) Patterns { return Patterns(strings.Join(patterns, "\n")) }

// List returns the patterns, nil if there are none.
func (p Patterns) List() []string {
	if p == "" {
		return nil
	}
	return strings.Split(string(p), "\n")
}

// MarshalJSON writes the list as an array of strings.
func (p Patterns) MarshalJSON() ([]byte, error) { return json.Marshal(p.List()) }

// UnmarshalJSON reads an array of strings.
func (p *Patterns) UnmarshalJSON(data []byte) error {
	var list []string
	if err := json.Unmarshal(data, &list); err != nil {
		return err
	}
	for _, pattern := range list {
		if pattern == "" || strings.Contains(pattern, "\n") {
			return Invalid("sparse-checkout pattern %q is none", pattern)
		}
	}
	*p = NewPatterns(list...)
	return nil
}

// extensionPattern matches the values of fetchzip's extension that pinfetch locks. Each makes
// nixpkgs' unpackers (pkgs/stdenv/generic/setup.sh) choose the right program.
var extensionPattern = regexp.MustCompile(`^(tar|tar\.(gz|bz2|xz|lzma|zst|lz)|tgz|tbz2?|txz|zip)$`)

var (
	storeNamePattern = regexp.MustCompile(`^[0-9a-zA-Z+\-_?=][0-9a-zA-Z+\-._?=]*$`)
	hostPattern      = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]+)?$`)
)

// maxStoreName is the longest store name in bytes (Nix, src/libstore/path.hh).
const maxStoreName = 211

// IsCommit reports whether text is a full commit ID: 40 or 64 lower-case hex digits.
func IsCommit(text string) bool {
	return (len(text) == 40 || len(text) == 64) && strings.Trim(text, "0123456789abcdef") == ""
}

// isOwnerRepo reports whether text may be an owner or a repository of GitHub.
func isOwnerRepo(text string) bool {
	for i := range len(text) {
		switch c := text[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '_', c == '.', c == '-':
		default:
			return false
		}
	}
	return text != "" && text != "." && text != ".."
}

// Validate reports the first field that this fetcher needs and lacks, does not
// take, or must not hold: everything here ends up in a builder's shell or in Nix code.
// The error is an [ErrInvalid].
func (f Fetch) Validate() error {
	if err := f.validateFields(); err != nil {
		return err
	}
	allowed := f
	switch f.Fetcher {
	case FetchURL:
		allowed = Fetch{URL: f.URL, Executable: f.Executable}
	case FetchZip:
		allowed = Fetch{URL: f.URL, StripRoot: f.StripRoot, Extension: f.Extension}
	case FetchGit:
		allowed = Fetch{
			URL: f.URL, Rev: f.Rev,
			Submodules: f.Submodules, LFS: f.LFS, SparseCheckout: f.SparseCheckout, RootDir: f.RootDir,
		}
	case FetchFromGitHub:
		allowed = Fetch{Owner: f.Owner, Repo: f.Repo, GithubBase: f.GithubBase, Rev: f.Rev}
	}
	allowed.Fetcher, allowed.Name, allowed.Access = f.Fetcher, f.Name, f.Access
	if allowed != f {
		return Invalid("%s does not take every argument that is given", f.Fetcher)
	}
	return nil
}

func (f Fetch) validateFields() error {
	switch f.Fetcher {
	case FetchURL, FetchZip, FetchGit:
		if err := ValidateURL(f.URL); err != nil {
			return err
		}
	case FetchFromGitHub:
		if err := validateGitHub(f); err != nil {
			return err
		}
	default:
		return Invalid("unknown fetcher %q, want fetchurl, fetchzip, fetchgit or fetchFromGitHub", f.Fetcher)
	}
	if (f.Fetcher == FetchGit || f.Fetcher == FetchFromGitHub) && !IsCommit(f.Rev) {
		return Invalid("rev %q is no full commit ID", f.Rev)
	}
	if f.Fetcher == FetchZip && !extensionPattern.MatchString(f.Extension) {
		return Invalid("extension %q is none that nixpkgs unpacks", f.Extension)
	}
	if f.Name != "" && (!storeNamePattern.MatchString(f.Name) || len(f.Name) > maxStoreName) {
		return Invalid("name %q cannot name a store path", f.Name)
	}
	if err := f.Access.Validate(); err != nil {
		return err
	}
	if f.Private && f.URL != "" && !strings.HasPrefix(f.URL, "https://") {
		return WithHint(Invalid("URL %q is not https, and credentials go over nothing else", f.URL), "write https, or leave out --private")
	}
	return ValidateCheckout(f.SparseCheckout, f.RootDir)
}

func validateGitHub(f Fetch) error {
	if !isOwnerRepo(f.Owner) || !isOwnerRepo(f.Repo) {
		return Invalid("%q is no GitHub repository", redact.Reference(f.Owner+"/"+f.Repo))
	}
	if f.GithubBase != "" && !hostPattern.MatchString(f.GithubBase) {
		return Invalid("%q is no host", redact.Reference(f.GithubBase))
	}
	return nil
}

// ValidateURL refuses what no fetcher can fetch or no lock may hold: another
// scheme than http and https, no host, credentials, control characters or white space.
// The error is an [ErrInvalid] and never repeats a password.
func ValidateURL(text string) error {
	if !utf8.ValidString(text) {
		return Invalid("URL %q holds bytes that are no UTF-8", redact.Reference(text))
	}
	if !terminal.IsSafe(text) || strings.ContainsAny(text, " \"'`\\<>{}|^") {
		return Invalid("URL %q contains a character that is not allowed in a URL", redact.Reference(text))
	}
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return Invalid("%q is no URL", redact.Reference(text))
	case u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return Invalid("URL %q is neither http nor https", redact.Reference(text))
	case u.User != nil:
		return Invalid("URL %q carries credentials", redact.Reference(text))
	case !strings.HasPrefix(text, u.Scheme+"://"):
		return WithHint(Invalid("URL %q does not begin with %s://", text, u.Scheme), "write its scheme in lower case")
	}
	return nil
}

// ValidateCheckout refuses sparse-checkout patterns and folders that git would
// read as options or that leave the checkout. The error is an [ErrInvalid].
func ValidateCheckout(patterns Patterns, rootDir string) error {
	for _, p := range patterns.List() {
		if p == "" || strings.HasPrefix(p, "-") || !terminal.IsSafe(p) {
			return Invalid("sparse-checkout pattern %q is none", p)
		}
	}
	if rootDir == "" {
		return nil
	}
	for part := range strings.SplitSeq(rootDir, "/") {
		if part == "" || part == "." || part == ".." || part == ".git" || strings.HasPrefix(rootDir, "-") || !terminal.IsSafe(rootDir) {
			return Invalid("root directory %q is no folder of a checkout", rootDir)
		}
	}
	return nil
}

// String names what is fetched, for people: "github:o/r@rev", or the URL.
func (f Fetch) String() string {
	if f.Fetcher == FetchFromGitHub {
		return fmt.Sprintf("%s/%s/%s@%s", cmp.Or(f.GithubBase, "github.com"), f.Owner, f.Repo, f.Rev)
	}
	if f.Rev != "" {
		return f.URL + "@" + f.Rev
	}
	return f.URL
}
