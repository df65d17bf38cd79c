package importer

import (
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/pinfetch/pinfetch/pkg/sources"
)

// nvPackage is a package of _sources/generated.json (nvfetcher, src/NvFetcher/Types.hs).
type nvPackage struct {
	Version string `json:"version"`
	Date    string `json:"date"` // in a form that the user chose
	Pinned  bool   `json:"pinned"`
	Src     struct {
		Type            string   `json:"type"`
		Owner           string   `json:"owner"`
		Repo            string   `json:"repo"`
		URL             string   `json:"url"`
		Rev             string   `json:"rev"` // a commit or a tag
		SHA256          string   `json:"sha256"`
		Name            string   `json:"name"` // in the store
		FetchSubmodules bool     `json:"fetchSubmodules"`
		DeepClone       bool     `json:"deepClone"`
		LeaveDotGit     bool     `json:"leaveDotGit"`
		SparseCheckout  []string `json:"sparseCheckout"`
	} `json:"src"`
}

func isNvfetcher(top map[string]jsontext.Value) bool { return len(top) > 0 && hasMembers(top, "src") }

func readNvfetcher(top map[string]jsontext.Value, beside Files) (Result, error) {
	config, err := readNvConfig(beside.NvfetcherConfig)
	if err != nil {
		return Result{}, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	r := Result{Entries: each(top, func(p nvPackage, e *Entry) {
		if p.read(e); e.Skip == nil && beside.NvfetcherConfig != nil {
			config.follow(e, p)
		}
	})}
	if beside.NvfetcherConfig == nil {
		r.Warnings = []string{"it does not say what to follow, and there is no nvfetcher.toml beside it that does: its pins stay at what is locked"}
	}
	return r, nil
}

// read reads what is locked; what to follow stands in nvfetcher.toml only.
func (p nvPackage) read(e *Entry) {
	s := p.Src
	e.Frozen, e.Follow.StoreName = p.Pinned, s.Name
	switch s.Type {
	case "github":
		e.Follow.Ref = gitHub(s.Owner, s.Repo)
		p.readGit(e, ofArchive)
	case "git":
		e.Follow.Ref = gitURL(s.URL)
		p.readGit(e, ofCheckout)
	case "url":
		e.Follow.Ref = s.URL
		e.keep(s.SHA256, ofFile)
	case "tarball":
		e.Follow.Ref, e.Follow.Unpack = s.URL, true
		e.keep(s.SHA256, ofArchive)
	case "docker":
		e.skip("it is a container image, which nixpkgs' dockerTools.pullImage fetches")
	default:
		e.refuse("unknown type %q", shown(s.Type))
	}
	if e.Skip == nil && strings.HasPrefix(s.URL, "file:") {
		e.skip("it is a local path")
	}
}

func (p nvPackage) readGit(e *Entry, fetchers []sources.Fetcher) {
	s := p.Src
	if s.DeepClone || s.LeaveDotGit {
		asked := "deepClone"
		if s.LeaveDotGit {
			asked = "leaveDotGit"
		}
		e.Follow.Rev = s.Rev
		e.Skip = fmt.Errorf("%w: %w", ErrSkipped, sources.RefuseDotGit(asked))
		return
	}
	e.Follow.Submodules, e.Follow.SparseCheckout = s.FetchSubmodules, sources.NewPatterns(s.SparseCheckout...)
	if s.FetchSubmodules || len(s.SparseCheckout) > 0 {
		fetchers = ofCheckout
	}
	e.keep(s.SHA256, fetchers)
	if facts := (sources.Facts{Date: p.Date}); sources.IsCommit(s.Rev) && facts.Validate() == nil {
		e.Facts = facts
	}
	e.stay(s.Rev)
}
