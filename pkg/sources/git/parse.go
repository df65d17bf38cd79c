package git

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/sources"
)

var scpPattern = regexp.MustCompile(`^([A-Za-z0-9_.-]+@[A-Za-z0-9][A-Za-z0-9.-]*):([^:/][^:]*|/[^:]+)$`)

// parse reads "git+https://…", "git+http://…", "https://….git", and, with a URL that builds can fetch, "git+ssh://…",
// "ssh://…", "user@host:path" and "git+file:///…".
func parse(r sources.Request) (Spec, error) {
	remote, isGit := strings.CutPrefix(r.Ref, "git+")
	if m := scpPattern.FindStringSubmatch(r.Ref); m != nil {
		remote, isGit = "ssh://"+m[1]+"/"+strings.TrimPrefix(m[2], "/"), true
	}
	if !isGit && !strings.HasPrefix(remote, "ssh://") && !isGitAddress(remote) {
		return Spec{}, sources.ErrOtherKind
	}
	if u, err := url.Parse(remote); err == nil && u.User != nil {
		if _, secret := u.User.Password(); secret || u.Scheme != "ssh" {
			return Spec{}, sources.WithHint(sources.Invalid("the URL contains credentials"),
				"leave them out and add the host to ~/.netrc: a lock holds no secrets")
		}
	}
	s := Spec{URL: remote, FetchURL: r.FetchURL, Tracking: r.Tracking, Checkout: r.Checkout, Access: r.Access, Name: r.StoreName}
	if lower := strings.ToLower(s.Rev); sources.IsCommit(lower) {
		s.Rev = lower
	}
	if scheme, _, _ := strings.Cut(remote, "://"); (scheme == "ssh" || scheme == "file") && s.FetchURL == "" {
		err := sources.Invalid("a build cannot fetch over %s: nixpkgs' fetchgit has neither your keys nor your files", scheme)
		return Spec{}, sources.WithSettings(err, sources.Setting{Option: "fetch-url", Value: "https://…"})
	}
	if s.FetchURL != "" {
		if err := sources.ValidateURL(s.FetchURL); err != nil {
			return Spec{}, err
		}
		return s, validateRemote(s.FetchURL)
	}
	return s, nil
}

func isGitAddress(ref string) bool {
	u, err := url.Parse(ref)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && strings.HasSuffix(u.Path, ".git")
}
