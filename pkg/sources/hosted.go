package sources

import (
	"cmp"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/redact"
)

// Hosted is one repository on a forge and what to follow in it: commits, or files of releases. The Specs of most forges have
// this form.
type Hosted struct {
	Host  string `json:"host,omitzero"` // a host other than the kind's default
	Owner string `json:"owner"`         // may be a path: the groups of GitLab
	Repo  string `json:"repo"`
	Tracking
	Checkout
	File
	Access
	Name string `json:"name,omitzero"` // store name; default: nixpkgs' own
}

// Validate refuses what cannot be a repository in a URL, and settings that make no sense. The error is an [ErrInvalid].
func (h Hosted) Validate() error {
	if strings.Contains(h.Repo, "/") {
		return Invalid("%q is not a repository", redact.Reference(h.Owner+"/"+h.Repo))
	}
	return h.ValidateAt(h.Owner + "/" + h.Repo)
}

// ValidateAt is Validate for a forge whose repositories have a path instead of Owner and Repo.
func (h Hosted) ValidateAt(path string) error {
	if h.Host != "" && !hostPattern.MatchString(h.Host) {
		return Invalid("%q is not a host", redact.Reference(h.Host))
	}
	for part := range strings.SplitSeq(strings.TrimPrefix(path, "~"), "/") {
		if !isOwnerOrRepo(part) {
			return Invalid("%q is not a repository", redact.Reference(path))
		}
	}
	return cmp.Or(h.Tracking.Validate(), h.Checkout.Validate())
}

// FetchGit returns the call that checks out a commit of a repository, with what the settings ask for.
func (h Hosted) FetchGit(url, rev string) Fetch {
	return Fetch{
		Fetcher: FetchGit, URL: url, Rev: rev, Name: StoreName(h.Name), Access: h.Access,
		Submodules: h.Submodules, LFS: h.LFS, SparseCheckout: h.SparseCheckout, RootDir: h.RootDir,
	}
}

// AsGit returns a request for the same with git, at the URL of the repository; see [AsGit]. Git has tags, not releases.
func (h Hosted) AsGit(url string) Request {
	if h.Release {
		h.Release, h.Tags = false, "*"
	}
	return Request{Ref: "git+" + url, Tracking: h.Tracking, Checkout: h.Checkout, Access: h.Access, StoreName: h.Name}
}
