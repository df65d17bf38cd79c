package gitiles

import (
	"net/url"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/follow"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/forge"
)

// parse reads "gitiles:HOST/PATH" and the addresses of a repository, a branch, a tag and a commit on googlesource.com. After
// "gitiles:", the address may be on any host, without "https://".
func parse(r sources.Request) (Spec, error) {
	s := Spec{Tracking: follow.Short(r.Tracking), Checkout: r.Checkout, Access: r.Access, Name: r.StoreName}
	address, isShort := strings.CutPrefix(r.Ref, "gitiles:")
	if isShort {
		address = "https://" + strings.TrimPrefix(address, "https://")
	}
	u, err := url.Parse(address)
	switch {
	case !isShort && (err != nil || u.Scheme != "https" && u.Scheme != "http" || !strings.HasSuffix(strings.ToLower(u.Host), ".googlesource.com")):
		return Spec{}, sources.ErrOtherKind
	case err != nil:
		return Spec{}, sources.Invalid("%q is not HOST/PATH", redact.Reference(r.Ref))
	}
	if err := sources.RefuseCredentials(address); err != nil {
		return Spec{}, err
	}
	path, page, _ := strings.Cut(strings.Trim(u.Path, "/"), "/+")
	s.Host, s.Path = strings.TrimSuffix(strings.ToLower(u.Host), ":443"), strings.TrimSuffix(path, ".git")
	if s.Path == "" {
		return Spec{}, sources.Invalid("%q names no repository", redact.Address(address))
	}
	if public, found := strings.CutPrefix(s.Path, "a/"); found {
		if s.Path = public; !s.Private {
			err := sources.Invalid("%q asks for a login", redact.Address(address))
			return Spec{}, sources.WithSettings(err, sources.Setting{Option: "private"})
		}
	}
	shown, err := s.read(u, page)
	switch {
	case err != nil:
		return Spec{}, err
	case shown == sources.Tracking{}:
		return s, nil
	case s.Tracking != sources.Tracking{}:
		return Spec{}, sources.DidYouMean(sources.Invalid("the address and the options both say what to follow"), ask(s))
	}
	return s.Following(shown), nil
}

// read returns what a page shows whose path below the repository is what follows "/+". A file is left to other kinds.
func (s Spec) read(u *url.URL, page string) (sources.Tracking, error) {
	branch, isBranch := strings.CutPrefix(page, "/refs/heads/")
	tag, isTag := strings.CutPrefix(page, "/refs/tags/")
	asked := follow.Query(u.Query())
	switch commit := strings.TrimPrefix(page, "/"); {
	case strings.HasPrefix(page, "archive/"), u.Query().Has("format"):
		return sources.Tracking{}, sources.ErrOtherKind
	case asked != sources.Tracking{}:
		return sources.Tracking{}, sources.DidYouMean(sources.Invalid("the address of a repository has no query"), ask(s.Following(asked)))
	case isBranch: // the whole rest: the branch may have a slash in its name
		return follow.Short(sources.Tracking{Branch: branch}), nil
	case isTag:
		return follow.Short(sources.Tracking{Rev: tag}), nil
	case sources.IsCommit(strings.ToLower(commit)):
		return follow.Short(sources.Tracking{Rev: commit}), nil
	case page == "", page == "refs":
		return sources.Tracking{}, nil
	}
	if found, _ := forge.ReadPage(u.String()); s.Tracking == (sources.Tracking{}) {
		s.Tracking = sources.Tracking{Branch: found.Branch, Rev: found.Rev}
	}
	return sources.Tracking{}, sources.DidYouMean(sources.Invalid("this is a web page, not a file"), ask(s))
}

// ask is the inverse of parse.
func ask(s Spec) sources.Request {
	return sources.Request{
		Ref: "gitiles:" + s.Host + "/" + s.Path, Tracking: s.Tracking, Checkout: s.Checkout, Access: s.Access, StoreName: s.Name,
	}
}
