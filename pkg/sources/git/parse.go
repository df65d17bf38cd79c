package git

import (
	"cmp"
	"net/url"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/follow"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/forge"
)

var scpPattern = lazyregexp.New(`^([A-Za-z0-9_.-]+@[A-Za-z0-9][A-Za-z0-9.-]*):([^:/][^:]*|/[^:]+)$`)

// versionPattern matches references with a version after the path, as pip and others write it.
var versionPattern = lazyregexp.New(`^(git\+.*/[^/@]+|.*\.git)@[^/@:]+$`)

// parse reads "git+https://…", "git+http://…", "https://….git" and, with a URL that builds can fetch, "git+ssh://…",
// "ssh://…", "user@host:path" and "git+file:///…".
func parse(r sources.Request) (Spec, error) {
	remote, isGit := strings.CutPrefix(r.Ref, "git+")
	if m := scpPattern.FindStringSubmatch(r.Ref); m != nil {
		remote, isGit = "ssh://"+m[1]+"/"+strings.TrimPrefix(m[2], "/"), true
	}
	if versionPattern.MatchString(r.Ref) {
		return Spec{}, sources.Invalid("it ends with a version, not with the path of a repository")
	}
	if !isGit && !strings.HasPrefix(remote, "ssh://") && !isGitAddress(remote) {
		return Spec{}, foreign(r)
	}
	if err := sources.RefuseCredentials(remote); err != nil {
		return Spec{}, err
	}
	s := Spec{
		URL: remote, FetchURL: r.FetchURL, Tracking: follow.Short(r.Tracking), Checkout: r.Checkout, Access: r.Access, Name: r.StoreName,
	}
	if err := s.refusePage(); err != nil {
		return Spec{}, err
	}
	if s.FetchURL != "" {
		return s, cmp.Or(sources.ValidateURL(s.FetchURL), validateRemote(s.FetchURL))
	}
	if scheme, _, _ := strings.Cut(remote, "://"); scheme == "ssh" || scheme == "file" {
		err := sources.Invalid("a build cannot fetch over %s: nixpkgs' fetchgit has neither your keys nor your files", scheme)
		return Spec{}, sources.WithSettings(err, sources.Setting{Option: "fetch-url", Value: "https://…"})
	}
	return s, nil
}

// foreign refuses the scheme of git's own protocol, for which https stands in.
func foreign(r sources.Request) error {
	rest, found := strings.CutPrefix(r.Ref, "git://")
	if !found || redact.Reference(r.Ref) != r.Ref {
		return sources.ErrOtherKind
	}
	path, query, _ := strings.Cut(rest, "?")
	values, _ := url.ParseQuery(query)
	if asked := follow.Query(values); asked != (sources.Tracking{}) {
		r.Tracking = asked
	}
	r.Ref = "git+https://" + path
	return sources.DidYouMean(sources.Invalid(`"git:" is not a scheme that pinfetch supports`), r)
}

// refusePage refuses the address of a page that shows more than the repository, and a query that says what to follow.
func (s Spec) refusePage() error {
	u, err := url.Parse(s.URL)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return nil
	}
	meant := ask(s)
	page, isPage := forge.ReadPage(s.URL)
	shown := sources.Tracking{Branch: page.Branch, Rev: page.Rev}
	asked := follow.Query(u.Query())
	switch {
	case asked != (sources.Tracking{}):
		u.RawQuery = ""
		meant.Ref, meant.Tracking = "git+"+u.String(), asked
	case isPage && (shown != (sources.Tracking{}) || !strings.HasSuffix(trimmed(page.Git), trimmed(u.Path))):
		meant.Ref, meant.Host = page.Reference(s.URL)
		if s.Tracking == (sources.Tracking{}) {
			meant.Tracking = shown
		}
	default:
		return nil
	}
	return sources.DidYouMean(sources.Invalid("git URL %q is more than the address of a repository", redact.Address(s.URL)), meant)
}

// trimmed drops what servers ignore at the end of a repository's address.
func trimmed(address string) string {
	return strings.TrimSuffix(strings.TrimRight(address, "/"), ".git")
}

// ask is the inverse of parse.
func ask(s Spec) sources.Request {
	return sources.Request{
		Ref: "git+" + s.URL, FetchURL: s.FetchURL,
		Tracking: s.Tracking, Checkout: s.Checkout, Access: s.Access, StoreName: s.Name,
	}
}

func isGitAddress(ref string) bool {
	u, err := url.Parse(ref)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && strings.HasSuffix(strings.TrimRight(u.Path, "/"), ".git")
}
