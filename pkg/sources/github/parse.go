package github

import (
	"net/url"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// parse reads "github:OWNER/REPO[?host=HOST]" and the addresses of a
// repository, a branch, a release and a commit on github.com.
func parse(r sources.Request) (Spec, error) {
	s := Spec{Host: r.Host, Tracking: r.Tracking, Checkout: r.Checkout, Access: r.Access, Name: r.StoreName}
	var err error
	if rest, found := strings.CutPrefix(r.Ref, "github:"); found {
		err = s.parseShort(rest)
	} else {
		err = s.parseAddress(r.Ref)
	}
	if err != nil {
		return Spec{}, err
	}
	if s.Host == DefaultHost {
		s.Host = ""
	}
	s.Rev = lowerCommit(s.Rev)
	return s, r.Allow("the GitHub source", sources.GitFlags("--host", "--release")...)
}

func (s *Spec) parseShort(rest string) error {
	path, query, hasQuery := strings.Cut(rest, "?")
	if hasQuery {
		values, err := url.ParseQuery(query)
		host := values.Get("host")
		if err != nil || len(values) != 1 || len(values["host"]) != 1 || host == "" {
			return sources.WithHint(sources.Invalid("%q is no query of a GitHub reference", redact.Reference(query)),
				"only ?host=HOST can stand there; use --branch or --rev to say what to follow")
		}
		if s.Host != "" && s.Host != host {
			return sources.Invalid("--host %s contradicts ?host=%s", s.Host, host)
		}
		s.Host = host
	}
	parts := strings.Split(strings.TrimSuffix(path, "/"), "/")
	if len(parts) > 2 {
		return sources.WithHint(sources.Invalid("%q is more than OWNER/REPO", redact.Reference(path)),
			"to follow a branch use github:%s/%s --branch %[3]s, to pin a tag or commit --rev %[3]s", parts[0], parts[1], strings.Join(parts[2:], "/"))
	}
	if len(parts) != 2 {
		return sources.Invalid("%q is not OWNER/REPO", redact.Reference(path))
	}
	s.Owner, s.Repo = parts[0], strings.TrimSuffix(parts[1], ".git")
	return nil
}

// parseAddress reads what a browser shows. An address of something else, such as a release's file, is another kind's.
func (s *Spec) parseAddress(ref string) error {
	u, err := url.Parse(ref)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return sources.ErrOtherKind
	}
	host := strings.TrimSuffix(strings.TrimPrefix(strings.ToLower(u.Host), "www."), ":443")
	switch {
	case host != DefaultHost && (s.Host == "" || host != s.Host):
		return sources.ErrOtherKind
	case s.Host != "" && s.Host != host:
		return sources.Invalid("--host %s contradicts the address", s.Host)
	}
	if u.User != nil {
		return sources.WithHint(sources.Invalid("the address carries credentials"),
			"leave them out and set GITHUB_TOKEN or a netrc entry: a lock holds no secrets")
	}
	parts := strings.SplitN(strings.Trim(u.Path, "/"), "/", 4)
	if len(parts) < 2 {
		return sources.Invalid("%q names no repository", ref)
	}
	s.Owner, s.Repo = parts[0], strings.TrimSuffix(parts[1], ".git")
	var found sources.Tracking
	switch rest := strings.Join(parts[2:], "/"); {
	case rest == "":
	case strings.HasPrefix(rest, "tree/"):
		found.Branch = strings.TrimPrefix(rest, "tree/")
	case strings.HasPrefix(rest, "releases/tag/"):
		found.Rev = strings.TrimPrefix(rest, "releases/tag/")
	case strings.HasPrefix(rest, "commit/"):
		found.Rev = strings.TrimPrefix(rest, "commit/")
	default:
		return sources.ErrOtherKind
	}
	if u.RawQuery != "" {
		return sources.Invalid("the address has a query, which says nothing of a repository")
	}
	if (found != sources.Tracking{}) {
		if s.Tracking != (sources.Tracking{}) {
			return sources.Invalid("the address names what to follow, and a flag names something else")
		}
		s.Tracking = found
		s.Tracking.Rev = lowerCommit(s.Tracking.Rev)
	}
	return nil
}

func lowerCommit(rev string) string {
	if lower := strings.ToLower(rev); sources.IsCommit(lower) {
		return lower
	}
	return rev
}
