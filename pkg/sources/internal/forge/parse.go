package forge

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/follow"
)

// Syntax is how people write references to the repositories of one forge.
type Syntax struct {
	Kind    string   // the kind of source; the site of this kind lays out its pages
	Name    string   // what people call the forge
	Schemes []string // of short references; Ask writes the first
	Path    string   // what a short reference names: "OWNER/REPO"
	Host    string   // the host of a reference that names none
	Groups  bool     // whether an owner is a path, as GitLab's groups are
	DotGit  bool     // whether an address that ends in ".git" is of this kind, not of any git repository
	AnyHost bool     // whether an address on a host that the user names is of this kind if nothing says which forge it is
	Release bool     // whether the kind follows releases
	Token   string   // the variable that holds a token for Host, or ""
}

// Parse reads a short reference, such as "gitlab:OWNER/REPO[?host=HOST]", or the address of a repository, a branch, a tag, a
// release or a commit in a browser.
func (s Syntax) Parse(r sources.Request) (sources.Hosted, error) {
	h := sources.Hosted{Host: strings.ToLower(r.Host), Tracking: follow.Short(r.Tracking), Checkout: r.Checkout, Access: r.Access, Name: r.StoreName}
	read := s.readAddress
	scheme, rest, _ := strings.Cut(r.Ref, ":")
	if slices.Contains(s.Schemes, scheme) {
		read, r.Ref = s.readShort, rest
	}
	if err := read(&h, r.Ref); err != nil {
		return sources.Hosted{}, err
	}
	if h.Host == s.Host {
		h.Host = ""
	}
	if r.Asset != "" && h.Tracking.IsOpen() {
		h.Release = true
	}
	systems, err := sources.ParseBySystem(r.Systems, func(system string) (string, error) { return system, nil })
	h.File = sources.File{
		Asset: r.Asset, Systems: systems,
		Content: sources.Content{Unpack: r.Unpack, NoStripRoot: r.NoStripRoot, Executable: r.Executable},
	}
	return h, err
}

// Ask is the inverse of Parse.
func (s Syntax) Ask(h sources.Hosted) sources.Request {
	if h.Host == s.Host {
		h.Host = ""
	}
	return sources.Request{
		Ref: s.Schemes[0] + ":" + h.Owner + "/" + h.Repo, Host: h.Host,
		Tracking: h.Tracking, Checkout: h.Checkout, Access: h.Access, StoreName: h.Name,
		Asset: h.Asset, Systems: h.Systems.Words(), Unpack: h.Unpack, NoStripRoot: h.NoStripRoot, Executable: h.Executable,
	}
}

// Validate refuses what cannot be a repository of the forge, and settings that make no sense.
func (s Syntax) Validate(h sources.Hosted) error {
	if h.Release && !s.Release {
		err := &sources.OptionError{Options: []string{"release"}, Problem: "does not apply to " + s.Name + " sources"}
		return sources.WithSettings(err, sources.Setting{Option: "tag", Value: "*"})
	}
	if h.File != (sources.File{}) && !s.Release {
		return &sources.OptionError{Options: []string{"asset"}, Problem: "does not apply to " + s.Name + " sources"}
	}
	if strings.Contains(h.Owner, "/") && !s.Groups {
		return sources.Invalid("%q is not %s", redact.Reference(h.Owner+"/"+h.Repo), s.Path)
	}
	return h.Validate()
}

// split splits the path of a repository.
func split(path string) (owner, repo string) {
	i := strings.LastIndexByte(path, '/')
	return path[:max(0, i)], strings.TrimSuffix(path[i+1:], ".git")
}

func (s Syntax) readShort(h *sources.Hosted, rest string) error {
	path, query, hasQuery := strings.Cut(rest, "?")
	path = strings.TrimSuffix(path, "/")
	repository, more := path, ""
	if parts := strings.SplitN(path, "/", 3); len(parts) == 3 && !s.Groups {
		repository, more = parts[0]+"/"+parts[1], parts[2]
	}
	h.Owner, h.Repo = split(repository)
	if hasQuery {
		if err := s.readQuery(h, query); err != nil {
			return err
		}
	}
	switch {
	case more != "":
		return &sources.Advised{
			Err:  sources.Invalid("%q is more than %s", redact.Reference(path), s.Path),
			Next: fmt.Sprintf("write %s:%s", s.Schemes[0], repository),
			Try:  []sources.Setting{{Option: "branch", Value: more}, {Option: "rev", Value: more}},
		}
	case !strings.Contains(path, "/"):
		return sources.Invalid("%q is not %s", redact.Reference(path), s.Path)
	}
	return nil
}

func (s Syntax) readQuery(h *sources.Hosted, query string) error {
	values, err := url.ParseQuery(query)
	host := strings.ToLower(values.Get("host"))
	if err != nil || len(values) != 1 || len(values["host"]) != 1 || host == "" {
		err := sources.Invalid("%q is not a query of a %s reference: only ?host=HOST is", redact.Reference(query), s.Name)
		if asked := follow.Query(values); asked != (sources.Tracking{}) {
			h.Tracking = asked
			return sources.DidYouMean(err, s.Ask(*h))
		}
		return sources.WithSettings(err, sources.Setting{Option: "branch"}, sources.Setting{Option: "rev"})
	}
	if h.Host != "" && h.Host != host {
		return &sources.OptionError{Options: []string{"host"}, Problem: fmt.Sprintf("%s contradicts ?host=%s", h.Host, host)}
	}
	h.Host = host
	return nil
}

// readAddress reads what a browser shows. The address of a file is left to other kinds.
func (s Syntax) readAddress(h *sources.Hosted, ref string) error {
	u, err := url.Parse(ref)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return sources.ErrOtherKind
	}
	u.Host = strings.TrimSuffix(strings.TrimPrefix(strings.ToLower(u.Host), "www."), ":443")
	path := strings.Trim(u.Path, "/")
	switch {
	case !s.owns(u.Host, path, h.Host), h.Host == "" && !s.DotGit && strings.HasSuffix(path, ".git"):
		return sources.ErrOtherKind
	case h.Host != "" && h.Host != u.Host:
		return &sources.OptionError{Options: []string{"host"}, Problem: h.Host + " contradicts the address"}
	}
	if err := sources.RefuseCredentials(ref); err != nil && s.Token != "" {
		return sources.WithHint(err, "leave them out and set %s or add the host to ~/.netrc: a lock holds no secrets", s.Token)
	} else if err != nil {
		return err
	}
	groups := s.site().known.FindStringSubmatch(path)
	if groups == nil {
		return sources.Invalid("%q names no repository", redact.Address(ref))
	}
	h.Host = u.Host
	h.Owner, h.Repo = split(groups[1])
	found, err := s.readPage(*h, u, strings.Join(groups[2:], ""))
	switch {
	case err != nil:
		return err
	case found == sources.Tracking{}:
		return nil
	case h.Tracking != sources.Tracking{}:
		return sources.DidYouMean(sources.Invalid("the address and the options both say what to follow"), s.Ask(*h))
	}
	h.Tracking = follow.Short(found)
	return nil
}

// owns reports whether an address is one of the forge's: on a public host or, if the user says that the host is a forge's, on
// a host whose name or pages are those of this forge.
func (s Syntax) owns(host, path, asked string) bool {
	if slices.Contains(s.site().hosts, host) {
		return true
	}
	other, found := siteOf(host, path)
	return host != "" && host == asked && (found && other.kind == s.Kind || !found && s.AnyHost)
}

func (s Syntax) site() site {
	all := sites()
	return all[slices.IndexFunc(all, func(other site) bool { return other.kind == s.Kind })]
}

// readPage reads what a page of a repository shows: rest is its path below the repository. A fragment only says how a
// browser shows it.
func (s Syntax) readPage(h sources.Hosted, u *url.URL, rest string) (sources.Tracking, error) {
	site, query := s.site(), u.Query()
	page, isPage := site.read(site.known, "https://"+u.Host+"/", strings.Trim(u.Path, "/"), query)
	what, name := site.shows(rest)
	switch {
	case !isPage || what == file && query.Has("raw"):
		return sources.Tracking{}, sources.ErrOtherKind
	case rest == "":
		if asked := follow.Query(query); asked != (sources.Tracking{}) {
			h.Tracking = asked
			return sources.Tracking{}, sources.DidYouMean(sources.Invalid("the address of a repository has no query"), s.Ask(h))
		}
		return sources.Tracking{}, nil
	case what == latest:
		return sources.Tracking{Release: true}, nil
	case !site.pinned.MatchString(rest), strings.Contains(rest, separator):
	case what == branch && name != "" && page.Branch != "": // the whole rest: the branch may have a slash in its name
		return follow.Query(url.Values{"ref": {name}}), nil
	default:
		return sources.Tracking{Rev: page.Rev}, nil
	}
	if h.Tracking == (sources.Tracking{}) {
		h.Tracking = sources.Tracking{Branch: page.Branch, Rev: page.Rev}
	}
	meant := []sources.Request{s.Ask(h)}
	if page.File != "" {
		meant = append([]sources.Request{{Ref: page.File}}, meant...)
	} else if what == wiki {
		meant[0] = sources.Request{Ref: "git+" + page.Git}
	}
	return sources.Tracking{}, sources.DidYouMean(sources.Invalid("this is a web page, not a file"), meant...)
}
