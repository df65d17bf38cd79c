package github

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/follow"
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
	s.Rev = follow.LowerCommit(s.Rev)
	return s, nil
}

// ask is the inverse of parse.
func ask(s Spec) sources.Request {
	return sources.Request{
		Ref: "github:" + s.Owner + "/" + s.Repo, Host: s.Host,
		Tracking: s.Tracking, Checkout: s.Checkout, Access: s.Access, StoreName: s.Name,
	}
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
	if err := sources.RefuseCredentials(ref); err != nil {
		return sources.WithHint(err, "leave them out and set GITHUB_TOKEN or add the host to ~/.netrc: a lock holds no secrets")
	}
	parts := strings.SplitN(strings.Trim(u.Path, "/"), "/", 4)
	if len(parts) < 2 {
		return sources.Invalid("%q names no repository", ref)
	}
	s.Owner, s.Repo = parts[0], strings.TrimSuffix(parts[1], ".git")
	var found sources.Tracking
	rest := strings.Join(parts[2:], "/")
	if branch, isTree := strings.CutPrefix(rest, "tree/"); isTree {
		found.Branch = branch
	} else if tag, isRelease := strings.CutPrefix(rest, "releases/tag/"); isRelease {
		found.Rev = tag
	} else if commit, isCommit := strings.CutPrefix(rest, "commit/"); isCommit {
		found.Rev = commit
	} else if rest != "" {
		return sources.ErrOtherKind
	}
	switch {
	case u.RawQuery != "":
		return sources.Invalid("the address of a repository has no query")
	case found == sources.Tracking{}:
		return nil
	case s.Tracking != sources.Tracking{}:
		return sources.Invalid("the address and the options both say what to follow")
	}
	s.Tracking = found
	return nil
}
