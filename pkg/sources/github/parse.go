package github

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/follow"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/forge"
)

// parse reads "github:OWNER/REPO[?host=HOST]", for which "gh:" may stand too, and the addresses of a repository, a branch,
// a release and a commit.
func parse(r sources.Request) (Spec, error) {
	s := Spec{Host: r.Host, Tracking: follow.Short(r.Tracking), Checkout: r.Checkout, Access: r.Access, Name: r.StoreName}
	var err error
	switch scheme, rest, _ := strings.Cut(r.Ref, ":"); scheme {
	case "github", "gh":
		err = s.parseShort(rest)
	default:
		err = s.parseAddress(r.Ref)
	}
	if err != nil {
		return Spec{}, err
	}
	if s.Host == DefaultHost {
		s.Host = ""
	}
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
	parts := strings.Split(strings.TrimSuffix(path, "/"), "/")
	if len(parts) >= 2 {
		s.Owner, s.Repo = parts[0], strings.TrimSuffix(parts[1], ".git")
	}
	if hasQuery {
		if err := s.parseQuery(query); err != nil {
			return err
		}
	}
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
	return nil
}

func (s *Spec) parseQuery(query string) error {
	values, err := url.ParseQuery(query)
	host := values.Get("host")
	if err != nil || len(values) != 1 || len(values["host"]) != 1 || host == "" {
		err := sources.Invalid("%q is not a query of a GitHub reference: only ?host=HOST is", redact.Reference(query))
		if asked := follow.Query(values); asked != (sources.Tracking{}) {
			s.Tracking = asked
			return sources.DidYouMean(err, ask(*s))
		}
		return sources.WithSettings(err, sources.Setting{Option: "branch"}, sources.Setting{Option: "rev"})
	}
	if s.Host != "" && s.Host != host {
		return &sources.OptionError{Options: []string{"host"}, Problem: fmt.Sprintf("%s contradicts ?host=%s", s.Host, host)}
	}
	s.Host = host
	return nil
}

// parseAddress reads what a browser shows. The address of a file is left to other kinds.
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
	parts := strings.SplitN(strings.Trim(u.Path, "/"), "/", 3)
	if len(parts) < 2 {
		return sources.Invalid("%q names no repository", redact.Address(ref))
	}
	s.Owner, s.Repo = parts[0], strings.TrimSuffix(parts[1], ".git")
	found := sources.Tracking{}
	if len(parts) == 3 {
		if found, err = s.parsePage(u, parts[2]); err != nil {
			return err
		}
	} else if asked := follow.Query(u.Query()); asked != (sources.Tracking{}) {
		s.Tracking = asked
		return sources.DidYouMean(sources.Invalid("the address of a repository has no query"), ask(*s))
	}
	switch {
	case found == sources.Tracking{}:
		return nil
	case s.Tracking != sources.Tracking{}:
		return sources.DidYouMean(sources.Invalid("the address and the options both say what to follow"), ask(*s))
	}
	s.Tracking = follow.Short(found)
	return nil
}

// parsePage reads the path of a page below a repository. A query or a fragment only says how a browser shows it.
func (s Spec) parsePage(u *url.URL, path string) (sources.Tracking, error) {
	page, isPage := forge.ReadPage("https://" + DefaultHost + u.EscapedPath())
	view, name, _ := strings.Cut(path, "/")
	switch {
	case !isPage || view == "blob" && u.Query().Has("raw"):
		return sources.Tracking{}, sources.ErrOtherKind
	case view == "tree" && name != "" && page.Branch != "": // the whole rest: the branch may have a slash in its name
		return follow.Query(url.Values{"ref": {name}}), nil
	case path == "releases/latest":
		return sources.Tracking{Release: true}, nil
	case slices.Contains([]string{"tree", "commit", "releases", "tags", "branches"}, view):
		return sources.Tracking{Rev: page.Rev}, nil
	}
	meant := s
	if s.Tracking == (sources.Tracking{}) {
		meant.Tracking = sources.Tracking{Branch: page.Branch, Rev: page.Rev}
	}
	requests := []sources.Request{ask(meant)}
	address := "https://" + u.Host
	if _, file, found := strings.Cut(page.File, "/raw/"); found {
		raw := fmt.Sprintf("%s/%s/%s/raw/%s", address, s.Owner, s.Repo, file)
		if s.Host == "" {
			raw = fmt.Sprintf("https://raw.githubusercontent.com/%s/%s/%s", s.Owner, s.Repo, file)
		}
		requests = append([]sources.Request{{Ref: raw}}, requests...)
	} else if strings.HasSuffix(page.Git, ".wiki.git") {
		requests[0] = sources.Request{Ref: "git+" + address + strings.TrimPrefix(page.Git, "https://"+DefaultHost)}
	}
	return sources.Tracking{}, sources.DidYouMean(sources.Invalid("this is a web page, not a file"), requests...)
}
