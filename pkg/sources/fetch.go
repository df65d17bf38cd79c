package sources

import (
	"cmp"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pinfetch/pinfetch/pkg/redact"
)

// Fetcher names one of the four nixpkgs fetchers that every source reduces to. The zero value names none.
type Fetcher string

const (
	FetchURL        Fetcher = "fetchurl"        // pkgs/build-support/fetchurl: one file, hashed flat
	FetchZip        Fetcher = "fetchzip"        // pkgs/build-support/fetchzip: an archive, unpacked
	FetchGit        Fetcher = "fetchgit"        // pkgs/build-support/fetchgit: a checkout without .git
	FetchFromGitHub Fetcher = "fetchFromGitHub" // pkgs/build-support/fetchgithub: GitHub's archive of a commit
)

// UnmarshalText refuses any other name. The error is an [ErrInvalid].
func (f *Fetcher) UnmarshalText(text []byte) error {
	*f = Fetcher(text)
	switch *f {
	case FetchURL, FetchZip, FetchGit, FetchFromGitHub:
		return nil
	}
	return unknownFetcher(*f)
}

func unknownFetcher(f Fetcher) error {
	return Invalid("unknown fetcher %q, expected fetchurl, fetchzip, fetchgit or fetchFromGitHub", f)
}

// Fetch is one call of one nixpkgs fetcher as plain data, without its hash. It is comparable: pins with equal
// Fetches share one download, and a source whose Fetch did not change is not fetched again.
//
// The comments say which fetchers take which field. [Fetch.Validate] refuses a field that the fetcher does not take.
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
	RootDir        string   // fetchgit: only this directory of the checkout

	Access // how builds reach it
}

// extensionPattern matches the values of fetchzip's extension that pinfetch locks. From each, nixpkgs'
// unpackers (pkgs/stdenv/generic/setup.sh) choose the right program.
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

// Validate refuses a call that lacks a field its fetcher needs, has one its fetcher does not take, or has an
// unsafe value: everything here ends up in a builder's shell or in Nix code. The error is an [ErrInvalid].
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
		return Invalid("%s does not take all of the given arguments", f.Fetcher)
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
		return unknownFetcher(f.Fetcher)
	}
	if (f.Fetcher == FetchGit || f.Fetcher == FetchFromGitHub) && !IsCommit(f.Rev) {
		return Invalid("rev %q is not a full commit ID", f.Rev)
	}
	if f.Fetcher == FetchZip && !extensionPattern.MatchString(f.Extension) {
		return Invalid("nixpkgs cannot unpack the extension %q", f.Extension)
	}
	if f.Name != "" && (!storeNamePattern.MatchString(f.Name) || len(f.Name) > maxStoreName) {
		return Invalid("name %q cannot name a store path", f.Name)
	}
	if err := f.Access.Validate(); err != nil {
		return err
	}
	if f.Private && f.URL != "" && !strings.HasPrefix(f.URL, "https://") {
		return WithHint(Invalid("URL %q is not https, and a private source sends credentials over https only", f.URL), "write https://")
	}
	return Checkout{SparseCheckout: f.SparseCheckout, RootDir: f.RootDir}.Validate()
}

func validateGitHub(f Fetch) error {
	if !isOwnerRepo(f.Owner) || !isOwnerRepo(f.Repo) {
		return Invalid("%q is not a GitHub repository", redact.Reference(f.Owner+"/"+f.Repo))
	}
	if f.GithubBase != "" && !hostPattern.MatchString(f.GithubBase) {
		return Invalid("%q is not a host", redact.Reference(f.GithubBase))
	}
	return nil
}

// ValidateURL refuses what no fetcher can fetch or no lock may hold: a scheme other than http and https, a missing
// host, credentials, control characters, white space. The error is an [ErrInvalid] and never repeats a password.
func ValidateURL(text string) error {
	if !utf8.ValidString(text) {
		return Invalid("URL %q contains bytes that are not UTF-8", redact.Reference(text))
	}
	for _, r := range text {
		if r == ' ' || !unicode.IsPrint(r) || strings.ContainsRune("\"'`\\<>{}|^", r) {
			return Invalid("URL %q contains a character that is not allowed in a URL", redact.Reference(text))
		}
	}
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return Invalid("%q is not a URL", redact.Reference(text))
	case u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return Invalid("URL %q is neither http nor https", redact.Reference(text))
	case u.User != nil:
		return Invalid("URL %q contains credentials", redact.Reference(text))
	case !strings.HasPrefix(text, u.Scheme+"://"):
		return WithHint(Invalid("URL %q does not begin with %s://", text, u.Scheme), "write the scheme in lower case")
	}
	return nil
}

// String says what is fetched, for people: "github.com/o/r@rev", or the URL.
func (f Fetch) String() string {
	if f.Fetcher == FetchFromGitHub {
		return fmt.Sprintf("%s/%s/%s@%s", cmp.Or(f.GithubBase, "github.com"), f.Owner, f.Repo, f.Rev)
	}
	if f.Rev != "" {
		return f.URL + "@" + f.Rev
	}
	return f.URL
}
