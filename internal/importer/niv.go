package importer

import (
	"cmp"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// nivSource is a source of niv (niv, nix/sources.nix) or a package of gridlock, which has the same fields.
type nivSource struct {
	Type       string `json:"type"`
	Owner      string `json:"owner"`
	Repo       string `json:"repo"` // of type git, a URL
	Branch     string `json:"branch"`
	Ref        string `json:"ref"`
	Tag        string `json:"tag"`
	Rev        string `json:"rev"`
	URL        string `json:"url"`
	SHA256     string `json:"sha256"`
	Submodules bool   `json:"submodules"`
}

// isNiv reports whether every value is an object with a field that niv knows. niv records no version.
func isNiv(top map[string]jsontext.Value) bool {
	return hasMembers(top, "type", "url", "repo", "rev", "sha256", "url_template")
}

// hasMembers reports whether every value is an object that has one of some members.
func hasMembers(top map[string]jsontext.Value, names ...string) bool {
	for _, value := range top {
		var object map[string]jsontext.Value
		if value.Kind() != '{' || unmarshal(map[string]jsontext.Value{"": value}, "", &object) != nil {
			return false
		}
		found := false
		for _, name := range names {
			_, has := object[name]
			found = found || has
		}
		if !found {
			return false
		}
	}
	return true
}

func readNiv(top map[string]jsontext.Value, _ Files) (Result, error) {
	return Result{Entries: each(top, nivSource.read)}, nil
}

func (s nivSource) read(e *Entry) {
	switch s.Type {
	case "git":
		s.readGit(e)
	case "", "tarball", "builtin-tarball":
		s.readTarball(e)
	case "file", "builtin-url":
		e.Follow.Ref = s.URL
		e.keep(s.SHA256, ofFile)
	case "local":
		e.skip("it is a local path")
	default:
		e.refuse("unknown type %q", shown(s.Type))
	}
}

// readGit reads what niv fetches with builtins.fetchGit, of which it records no hash.
func (s nivSource) readGit(e *Entry) {
	e.Follow.Ref, e.Follow.Submodules = gitURL(s.Repo), s.Submodules
	tag, isTag := strings.CutPrefix(s.Ref, "refs/tags/")
	if tag = cmp.Or(s.Tag, tag); s.Tag != "" || isTag {
		e.Follow.Rev = tag
		e.lockTag(tag, s.Rev)
		return
	}
	e.followBranch(cmp.Or(s.Ref, s.Branch), s.Rev)
}

// readTarball reads an archive: of a repository on GitHub if its address says so.
func (s nivSource) readTarball(e *Entry) {
	e.keep(s.SHA256, ofArchive)
	m := archivePattern.FindStringSubmatch(s.URL)
	switch {
	case m == nil:
		e.Follow.Ref, e.Follow.Unpack = s.URL, true
	case m[3] == s.Rev && len(s.Rev) >= 40:
		e.Follow.Ref = gitHub(m[1], m[2])
		e.followBranch(s.Branch, s.Rev)
	default: // a version that niv keeps until it is told another
		e.Follow.Ref = gitHub(m[1], m[2])
		e.stay(m[3])
	}
}
