package sources

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
	"github.com/pinfetch/pinfetch/pkg/redact"
)

// Fetcher names one of the four nixpkgs fetchers to which every source is reduced. The zero value names none.
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

// Fetch is one call of one nixpkgs fetcher, without its hash. It is comparable: pins with equal Fetches share one download,
// and a source whose Fetch did not change is not fetched again.
//
// Comments name the fetchers that take a field; all fetchers take the others. [Fetch.Validate] refuses a field that the
// fetcher does not take.
type Fetch struct {
	Fetcher Fetcher

	URL        string // fetchurl, fetchzip, fetchgit: http or https, without credentials
	Owner      string // fetchFromGitHub
	Repo       string // fetchFromGitHub
	GithubBase string // fetchFromGitHub: a GitHub Enterprise host; default github.com
	Rev        string // fetchgit, fetchFromGitHub: the full commit ID

	Name string // store name; default: nixpkgs' own

	Executable bool // fetchurl: mark the file executable; hashed as a NAR

	StripRoot bool   // fetchzip: drop the archive's top-level directory, of which there must be one
	Extension string // fetchzip: the archive's format, "tar.gz", "zip", …, which decides how it is unpacked

	Submodules     bool     // fetchgit
	LFS            bool     // fetchgit
	SparseCheckout Patterns // fetchgit
	RootDir        string   // fetchgit: keep only this directory of the checkout

	Access // how builds reach it
}

var (
	// extensionPattern matches the extensions that pinfetch locks, for each of which nixpkgs chooses the right unpacker
	// (pkgs/stdenv/generic/setup.sh).
	extensionPattern = lazyregexp.New(`^(tar|tar\.(gz|bz2|xz|lzma|zst|lz)|tgz|tbz2?|txz|zip)$`)
	// privatePattern is the form of the URLs to which the reader sends credentials (nix/fetchers.nix).
	privatePattern = lazyregexp.New(`^https://[A-Za-z0-9._-]+(:[0-9]+)?/`)
	hostPattern    = lazyregexp.New(`^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]+)?$`)
)

// Validate refuses a call that lacks a field its fetcher needs, has one its fetcher does not take, or has an unsafe value:
// all values end up in a builder's shell or in Nix code. The error is an [ErrInvalid].
func (f Fetch) Validate() error {
	own := Fetch{Fetcher: f.Fetcher, Name: f.Name, Access: f.Access} // the fields that the fetcher takes
	var err error
	switch f.Fetcher {
	case FetchURL:
		own.URL, own.Executable = f.URL, f.Executable
		err = validateDownload(f.URL)
	case FetchZip:
		own.URL, own.StripRoot, own.Extension = f.URL, f.StripRoot, f.Extension
		err = validateDownload(f.URL)
		if err == nil && !extensionPattern.MatchString(f.Extension) {
			err = Invalid("nixpkgs cannot unpack the extension %q", f.Extension)
		}
	case FetchGit:
		own.URL, own.Rev = f.URL, f.Rev
		own.Submodules, own.LFS, own.SparseCheckout, own.RootDir = f.Submodules, f.LFS, f.SparseCheckout, f.RootDir
		checkout := Checkout{SparseCheckout: f.SparseCheckout, RootDir: f.RootDir}
		err = cmp.Or(ValidateURL(f.URL), validateRev(f.Rev), checkout.Validate())
	case FetchFromGitHub:
		own.Owner, own.Repo, own.GithubBase, own.Rev = f.Owner, f.Repo, f.GithubBase, f.Rev
		err = cmp.Or(validateGitHub(f), validateRev(f.Rev))
	default:
		err = unknownFetcher(f.Fetcher)
	}
	switch {
	case err != nil:
		return err
	case f != own:
		return Invalid("%s does not take all of the given arguments", f.Fetcher)
	case f.Name != "" && (!storeNamePattern.MatchString(f.Name) || len(f.Name) > maxStoreName):
		return Invalid("name %q cannot name a store path", f.Name)
	case f.Private && f.URL != "" && !strings.HasPrefix(f.URL, "https://"):
		return WithHint(Invalid("URL %q is not https, and a private source sends credentials over https only", f.URL), "write https://")
	case f.Private && f.URL != "" && !privatePattern.MatchString(f.URL):
		return Invalid("URL %q is not https://HOST/…, the only form to which builds send credentials", redact.Address(f.URL))
	case f.Private && strings.Contains(f.GithubBase, ":"):
		return Invalid("%q has a port, and fetchFromGitHub sends credentials only to hosts without one", f.GithubBase)
	}
	return f.Access.Validate()
}

// Unpacks reports whether the unpacker that nixpkgs chooses by the call's extension unpacks an archive of another format,
// which is named as an extension (nixpkgs, pkgs/stdenv/generic/setup.sh). tar recognizes compressions by content, but needs
// a program for zstd and lzip, which the reader adds for their own extensions only.
func (f Fetch) Unpacks(format string) bool {
	switch f.Extension {
	case format:
		return true
	case "zip":
		return false
	case "tar.xz", "txz", "tar.lzma":
		return format == "tar.xz" || format == "tar.lzma"
	}
	return slices.Contains([]string{"tar", "tar.gz", "tar.bz2", "tar.xz"}, format)
}

// nameSuffix matches the extension in the name of an archive.
var nameSuffix = lazyregexp.New(`^https?://[^?#]*\.(tar(?:\.(?:gz|bz2|xz|lzma|zst|lz))?|tgz|tbz2?|txz|zip)(?:[?#]|$)`)

// NamedExtension returns the extension of the archive that a URL names, in its long form: "tar.gz" for "a.tgz". It is ""
// if the URL names none.
func (f Fetch) NamedExtension() string {
	suffix := nameSuffix.FindStringSubmatch(f.URL)
	if suffix == nil {
		return ""
	}
	long := map[string]string{"tgz": "tar.gz", "tbz": "tar.bz2", "tbz2": "tar.bz2", "txz": "tar.xz"}
	return cmp.Or(long[suffix[1]], suffix[1])
}

// IsMisnamed reports whether the archive's URL names a format that nixpkgs does not unpack by the call's extension. Either
// the URL or the extension is wrong.
func (f Fetch) IsMisnamed() bool {
	format := f.NamedExtension()
	return f.Fetcher == FetchZip && format != "" && !f.Unpacks(format)
}

// IsCommit reports whether text is a full commit ID: 40 or 64 lower-case hex digits.
func IsCommit(text string) bool {
	return hash.IsCommit(text)
}

func validateRev(rev string) error {
	if !IsCommit(rev) {
		return Invalid("rev %q is not a full commit ID", rev)
	}
	return nil
}

func validateGitHub(f Fetch) error {
	if !isOwnerOrRepo(f.Owner) || !isOwnerOrRepo(f.Repo) {
		return Invalid("%q is not a GitHub repository", redact.Reference(f.Owner+"/"+f.Repo))
	}
	if f.GithubBase != "" && !hostPattern.MatchString(f.GithubBase) {
		return Invalid("%q is not a host", redact.Reference(f.GithubBase))
	}
	return nil
}

// isOwnerOrRepo reports whether GitHub may have an owner or repository of this name.
func isOwnerOrRepo(name string) bool {
	return name != "" && name != "." && name != ".." && !strings.ContainsFunc(name, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '_' || r == '.' || r == '-')
	})
}

// ValidateURL refuses what no fetcher can fetch or no lock may contain: a scheme other than http and https, a missing host,
// credentials, control characters, white space. The error is an [ErrInvalid] and does not repeat credentials.
func ValidateURL(text string) error {
	safe := redact.Reference(text)
	if !utf8.ValidString(text) {
		return Invalid("URL %q contains bytes that are not UTF-8", safe)
	}
	for _, r := range text {
		if r == ' ' || !unicode.IsPrint(r) || strings.ContainsRune("\"'`\\<>{}|^", r) {
			return Invalid("URL %q contains a character that is not allowed in a URL", safe)
		}
	}
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return Invalid("%q is not a URL", safe)
	case u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return Invalid("URL %q is neither http nor https", safe)
	case u.User == nil && !strings.HasPrefix(text, u.Scheme+"://"):
		return WithHint(Invalid("URL %q does not begin with %s://", text, u.Scheme), "write the scheme in lower case")
	}
	return RefuseCredentials(text)
}

var (
	// curlGlobs escapes what curl expands in a URL (curl(1), "URL"). ValidateURL refuses braces.
	curlGlobs = strings.NewReplacer("[", "%5B", "]", "%5D")
	// dotSegment matches what curl removes from the path of a URL (RFC 3986, section 5.2.4).
	dotSegment = lazyregexp.New(`^https?://[^?#]*/\.\.?([/?#]|$)`)
)

// EscapeURL returns a URL in the form in which curl, with which nixpkgs downloads, fetches it unchanged: brackets outside of
// the host are escaped, and "." and ".." are removed from the path.
func EscapeURL(text string) string {
	if u, err := url.Parse(text); err == nil && dotSegment.MatchString(text) {
		text = new(url.URL).ResolveReference(u).String()
	}
	start := strings.Index(text, "://") + len("://")
	if end := strings.IndexAny(text[start:], "/?#"); end >= 0 {
		start += end
		return text[:start] + curlGlobs.Replace(text[start:])
	}
	return text
}

// validateDownload refuses a URL that curl does not fetch unchanged.
func validateDownload(text string) error {
	if err := ValidateURL(text); err != nil {
		return err
	}
	if escaped := EscapeURL(text); escaped != text {
		return WithHint(Invalid("URL %q contains [, ], /./ or /../, which curl rewrites", redact.Reference(text)), "write %s", escaped)
	}
	return nil
}

// RefuseCredentials refuses a URL with a password, with a user (except for ssh), or with a token or signature in its query. The
// error is an [ErrCredentials] and does not repeat them.
func RefuseCredentials(text string) error {
	u, err := url.Parse(text)
	if err != nil {
		return nil
	}
	for parameter := range u.Query() {
		if redact.GrantsAccess(parameter) {
			return WithHint(&credentialsError{redact.Reference(text)},
				"find an address without %s: a lock holds no secrets, and signed addresses expire", parameter)
		}
	}
	if u.User == nil {
		return nil
	}
	if _, hasPassword := u.User.Password(); u.Scheme == "ssh" && !hasPassword {
		return nil
	}
	return WithHint(&credentialsError{redact.Reference(text)},
		"leave them out and add the host to ~/.netrc: a lock holds no secrets")
}

// String describes for people what is fetched: "github.com/o/r@rev", or the URL.
func (f Fetch) String() string {
	text := f.URL
	if f.Fetcher == FetchFromGitHub {
		text = fmt.Sprintf("%s/%s/%s", cmp.Or(f.GithubBase, "github.com"), f.Owner, f.Repo)
	}
	if f.Rev != "" {
		text += "@" + f.Rev
	}
	return text
}
