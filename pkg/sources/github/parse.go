package github

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// parse reads "github:OWNER/REPO[?host=HOST]" and the addresses of a repository, a branch, a release and a commit.
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
	return s, nil
}

func (s *Spec) parseShort(rest string) error {
	path, query, hasQuery := strings.Cut(rest, "?")
	if hasQuery {
		values, err := url.ParseQuery(query)
		host := values.Get("host")
		if err != nil || len(values) != 1 || len(values["host"]) != 1 || host == "" {
			err := sources.Invalid("%q is not a query of a GitHub reference: only ?host=HOST is", redact.Reference(query))
			return sources.WithSettings(err, sources.Setting{Option: "branch"}, sources.Setting{Option: "rev"})
		}
		if s.Host != "" && s.Host != host {
			return &sources.OptionError{Options: []string{"host"}, Problem: fmt.Sprintf("%s contradicts ?host=%s", s.Host, host)}
		}
		s.Host = host
	}
	parts := strings.Split(strings.TrimSuffix(path, "/"), "/")
	if len(parts) > 2 {
		rest := strings.Join(parts[2:], "/")
		return &sources.Advised{
			Err:  sources.Invalid("%q is more than OWNER/REPO", redact.Reference(path)),
			Next: fmt.Sprintf("write github:%s/%s", parts[0], parts[1]),
			Try:  []sources.Setting{{Option: "branch", Value: rest}, {Option: "rev", Value: rest}},
		}
	}
	if len(parts) != 2 {
		return sources.Invalid("%q is not OWNER/REPO", redact.Reference(path))
	}
	s.Owner, s.Repo = parts[0], strings.TrimSuffix(parts[1], ".git")
	return nil
}

// parseAddress reads what a browser shows. Any other address, such as that of a release's file, is left to other kinds.
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
		return &sources.OptionError{Options: []string{"host"}, Problem: s.Host + " contradicts the address"}
	}
	if u.User != nil {
		return sources.WithHint(sources.Invalid("the address contains credentials"),
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
		return sources.Invalid("the address has a query, which no address of a repository has")
	}
	if (found != sources.Tracking{}) {
		if s.Tracking != (sources.Tracking{}) {
			return sources.Invalid("the address and the options both say what to follow")
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
