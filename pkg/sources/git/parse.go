package git

import (
	"cmp"
	"net/url"
	"regexp"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/follow"
)

var scpPattern = regexp.MustCompile(`^([A-Za-z0-9_.-]+@[A-Za-z0-9][A-Za-z0-9.-]*):([^:/][^:]*|/[^:]+)$`)

// parse reads "git+https://…", "git+http://…", "https://….git" and, with a URL that builds can fetch, "git+ssh://…",
// "ssh://…", "user@host:path" and "git+file:///…".
func parse(r sources.Request) (Spec, error) {
	remote, isGit := strings.CutPrefix(r.Ref, "git+")
	if m := scpPattern.FindStringSubmatch(r.Ref); m != nil {
		remote, isGit = "ssh://"+m[1]+"/"+strings.TrimPrefix(m[2], "/"), true
	}
	if !isGit && !strings.HasPrefix(remote, "ssh://") && !isGitAddress(remote) {
		return Spec{}, sources.ErrOtherKind
	}
	if err := sources.RefuseCredentials(remote); err != nil {
		return Spec{}, err
	}
	s := Spec{URL: remote, FetchURL: r.FetchURL, Tracking: r.Tracking, Checkout: r.Checkout, Access: r.Access, Name: r.StoreName}
	s.Rev = follow.LowerCommit(s.Rev)
	if s.FetchURL != "" {
		return s, cmp.Or(sources.ValidateURL(s.FetchURL), validateRemote(s.FetchURL))
	}
	if scheme, _, _ := strings.Cut(remote, "://"); scheme == "ssh" || scheme == "file" {
		err := sources.Invalid("a build cannot fetch over %s: nixpkgs' fetchgit has neither your keys nor your files", scheme)
		return Spec{}, sources.WithSettings(err, sources.Setting{Option: "fetch-url", Value: "https://…"})
	}
	return s, nil
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
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && strings.HasSuffix(u.Path, ".git")
}
