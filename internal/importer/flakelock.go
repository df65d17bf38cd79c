package importer

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// The versions of flake.lock (Nix, src/libflake/lockfile.cc).
const minFlakeLock, maxFlakeLock = 5, 7

// flakeNode is a node of the graph of inputs.
type flakeNode struct {
	Inputs   map[string]jsontext.Value `json:"inputs"` // each the name of a node, or a path of inputs that it follows
	Locked   flakeRef                  `json:"locked"`
	Original flakeRef                  `json:"original"`
	Flake    *bool                     `json:"flake"` // default true
}

// flakeRef is a flake reference as attributes.
type flakeRef struct {
	Type         string `json:"type"`
	Owner        string `json:"owner"`
	Repo         string `json:"repo"`
	Host         string `json:"host"`
	URL          string `json:"url"`
	Ref          string `json:"ref"`
	Rev          string `json:"rev"`
	Submodules   bool   `json:"submodules"`
	LFS          bool   `json:"lfs"`
	NarHash      string `json:"narHash"`
	LastModified int64  `json:"lastModified"` // seconds since 1970
}

func isFlakeLock(top map[string]jsontext.Value) bool {
	return top["nodes"].Kind() == '{' && top["root"].Kind() == '"'
}

func readFlakeLock(top map[string]jsontext.Value, _ Files) (r Result, err error) {
	var version int
	var rootName string
	var nodes map[string]jsontext.Value
	if err := unmarshal(top, "version", &version); err != nil {
		return r, err
	}
	if version < minFlakeLock || version > maxFlakeLock {
		return r, fmt.Errorf("version %d, expected %d to %d: %w", version, minFlakeLock, maxFlakeLock, ErrVersion)
	}
	if err := unmarshal(top, "root", &rootName); err != nil {
		return r, err
	}
	if err := unmarshal(top, "nodes", &nodes); err != nil {
		return r, err
	}
	var root flakeNode
	if err := unmarshal(nodes, rootName, &root); err != nil {
		return r, err
	}
	for _, name := range slices.Sorted(maps.Keys(root.Inputs)) {
		r.Entries = append(r.Entries, readInput(name, root.Inputs[name], nodes))
	}
	return r, nil
}

// readInput reads an input of the flake itself.
func readInput(name string, input jsontext.Value, nodes map[string]jsontext.Value) Entry {
	e := Entry{Name: name}
	var path []string
	if json.Unmarshal(input, &path) == nil {
		e.skip("it follows the input %s of another flake", shown(strings.Join(path, "/")))
		return e
	}
	node, found := nodes[unquote(input)]
	if !found {
		e.refuse("there is no node %s", shown(string(input)))
		return e
	}
	return each(map[string]jsontext.Value{name: node}, flakeNode.read)[0]
}

func (n flakeNode) read(e *Entry) {
	l := n.Locked
	switch l.Type {
	case "github", "gitlab", "sourcehut":
		e.Facts.Date = day(l.LastModified)
		e.Follow.Ref, e.Follow.Host = l.Type+":"+unescape(l.Owner)+"/"+l.Repo, l.Host
		n.follow(e)
		e.keep(l.NarHash, ofArchive)
	case "git": // hashed as git archive in some versions of Nix
		e.Facts.Date = day(l.LastModified)
		e.Follow.Ref, e.Follow.Submodules, e.Follow.LFS = gitURL(l.URL), l.Submodules, l.LFS
		n.follow(e)
	case "tarball", "file": // Nix hashes a tree without what git cannot keep, and a file as a NAR
		e.Follow.Ref, e.Follow.Unpack = l.URL, l.Type == "tarball"
		if sources.IsCommit(l.Rev) {
			e.Facts = sources.Facts{Rev: l.Rev, Date: day(l.LastModified)}
		}
		if o := n.Original; o.URL != "" && o.URL != l.URL {
			e.Follow.Ref, e.Follow.Redirect, e.URL = o.URL, true, l.URL
		}
	case "path":
		e.skip("it is a local path")
	case "indirect":
		e.skip("it is an entry of a flake registry")
	default:
		e.refuse("unknown type %q", shown(l.Type))
	}
	if e.Skip == nil && (n.Flake == nil || *n.Flake) {
		e.Evaluated = true
		e.skip("it is a flake, which is of use while Nix evaluates: only inputs with flake = false are for builds")
	}
}

// named matches names that are rather those of branches than of tags: without a digit.
var named = lazyregexp.New(`^[^0-9]+$`)

// follow reads what an input follows. A bare name can be that of a branch or of a tag.
func (n flakeNode) follow(e *Entry) {
	ref, rev := n.Original.Ref, n.Locked.Rev
	tag, isTag := strings.CutPrefix(ref, "refs/tags/")
	switch {
	case rev == "":
		e.refuse("it has no revision")
	case n.Original.Rev != "":
		e.stay(rev) // the one that the hash is of
	case isTag:
		e.Follow.Rev = tag
		e.lockTag(tag, rev)
	case ref == "" || named.MatchString(ref) || strings.HasPrefix(ref, "refs/heads/"):
		e.followBranch(ref, rev)
	default:
		e.At, e.Follow.Rev, e.Otherwise = rev, ref, ref
	}
}

// unescape undoes the escapes of a group of groups on GitLab.
func unescape(owner string) string {
	if plain, err := url.PathUnescape(owner); err == nil {
		return plain
	}
	return owner
}
