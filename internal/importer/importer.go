// Package importer reads what other tools locked: what each of their pins follows, and what it is locked at.
//
// It says both as a [sources.Request], so it knows no kinds of sources. Each tool has one file, which names the source of
// its format. The package does no I/O and prints nothing.
package importer

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/terminal"
)

var (
	// ErrUnknown is the class of files that no supported tool wrote.
	ErrUnknown = errors.New("not a lock of npins, niv, lon, gridlock, nvfetcher or Nix flakes")
	// ErrVersion is the class of formats that are newer than this package.
	ErrVersion = errors.New("unknown version of the format")
	// ErrConfig is the class of an nvfetcher.toml that is malformed.
	ErrConfig = errors.New("malformed nvfetcher.toml")
	// ErrOwn is the class of locks of pinfetch.
	ErrOwn = errors.New("it is a lock of pinfetch")
	// ErrEntry is the class of entries that contradict their tool's format.
	ErrEntry = errors.New("cannot read the entry")
	// ErrSkipped is the class of entries that are left out by default or have no counterpart.
	ErrSkipped = errors.New("not imported")
)

// Entry is one pin of another tool.
type Entry struct {
	Name   string          // as the tool has it: any text
	Follow sources.Request // what it follows
	// Otherwise, if set, is a branch to follow if upstream has no such tag as Follow names.
	Otherwise string

	At  string // the commit, tag or version that is locked; "" if there is none
	URL string // the file that is locked, if Follow has another address; "" if it has not
	// storeName is the file's, if Follow has a template for it.
	storeName string
	Facts     sources.Facts
	// Hash is the one that the tool recorded, for calls of Fetchers. It is zero if the tool hashes something else than
	// these do.
	Hash     hash.SRI
	Fetchers []sources.Fetcher
	Frozen   bool

	Warnings []string // what does not come along
	// Skip says why the entry is not imported, an [ErrSkipped] or an [ErrEntry]. Follow may be zero then.
	Skip error
	// Evaluated means that the entry is skipped only because it is of use while Nix evaluates.
	Evaluated bool
}

// Locked returns requests for the source as it is locked, each sufficient, the one that costs least first.
func (e Entry) Locked() (ways []sources.Request) {
	if e.URL != "" {
		ways = append(ways, sources.Request{Ref: e.URL, Unpack: e.Follow.Unpack, StoreName: cmp.Or(e.storeName, e.Follow.StoreName), Access: e.Follow.Access})
	}
	fixed := e.Follow
	if e.At != "" {
		fixed.Tracking = sources.Tracking{Rev: e.At}
	}
	return append(ways, fixed)
}

// What the hashes that tools record are of, as the fetchers that compute the same.
var (
	ofFile     = []sources.Fetcher{sources.FetchURL}
	ofArchive  = []sources.Fetcher{sources.FetchZip, sources.FetchFromGitHub}
	ofCheckout = []sources.Fetcher{sources.FetchGit}
)

// keep takes over a hash of what some fetchers hash. "" stands for a hash that the tool did not record.
func (e *Entry) keep(text string, fetchers []sources.Fetcher) {
	if text == "" {
		return
	}
	sri, err := hash.ParseAny(text)
	if err != nil {
		e.refuse("%v", err)
		return
	}
	e.Hash, e.Fetchers = sri, fetchers
}

func (e *Entry) skip(format string, args ...any) {
	e.Skip = fmt.Errorf("%w: %s", ErrSkipped, fmt.Sprintf(format, args...))
}

func (e *Entry) refuse(format string, args ...any) {
	e.Skip = fmt.Errorf("%w: %s", ErrEntry, fmt.Sprintf(format, args...))
}

// warn adds a warning.
func (e *Entry) warn(format string, args ...any) {
	e.Warnings = append(e.Warnings, fmt.Sprintf(format, args...))
}

// followBranch follows a branch, which is locked at a commit.
func (e *Entry) followBranch(branch, rev string) {
	e.At, e.Follow.Branch = rev, cmp.Or(branch, sources.DefaultBranch)
	if e.Follow.Branch != sources.DefaultBranch {
		e.Facts.Ref = "refs/heads/" + strings.TrimPrefix(branch, "refs/heads/")
	}
}

// lockTag says that a tag is locked, at a commit if it is known.
func (e *Entry) lockTag(tag, rev string) {
	tag = strings.TrimPrefix(tag, "refs/tags/")
	e.At = cmp.Or(rev, tag)
	if tag != "" {
		e.Facts.Ref, e.Facts.Version = "refs/tags/"+tag, sources.TagVersion(tag)
	}
}

// stay keeps a commit or tag for good.
func (e *Entry) stay(rev string) {
	e.At, e.Follow.Rev = rev, rev
}

// gitHub and gitURL are references to repositories.
func gitHub(owner, repo string) string { return "github:" + owner + "/" + repo }

func gitURL(address string) string {
	if strings.HasPrefix(address, "http://") || strings.HasPrefix(address, "https://") || strings.HasPrefix(address, "file://") {
		return "git+" + address
	}
	return address
}

// archivePattern matches GitHub's archives of a commit, branch or tag.
var archivePattern = lazyregexp.New(`^https://github\.com/([^/?#]+)/([^/?#]+)/archive/(?:refs/tags/)?([^?#]+?)\.(?:tar\.gz|zip)$`)

// Result is what a file says.
type Result struct {
	Tool     string   // "npins"
	Entries  []Entry  // in name order
	Warnings []string // about all of them
}

// format is the lock of one tool.
type format struct {
	tool string
	is   func(map[string]jsontext.Value) bool
	read func(map[string]jsontext.Value, Files) (Result, error)
}

func formats() []format {
	return []format{
		{"npins", isNpins, readNpins},
		{"lon", isLon, readLon},
		{"gridlock", isGridlock, readGridlock},
		{"flake.lock", isFlakeLock, readFlakeLock},
		{"nvfetcher", isNvfetcher, readNvfetcher},
		{"niv", isNiv, readNiv},
	}
}

// Files are what stands beside a lock.
type Files struct {
	NvfetcherConfig []byte // nvfetcher.toml; nil if there is none
}

// maxSize is the size in bytes of the largest file that is read.
const maxSize = 64 << 20

// Read recognizes a file by its content. The error is an [ErrUnknown], [ErrVersion], [ErrOwn] or [ErrConfig], or says where
// the file is malformed. Entries that cannot be read are in the result.
func Read(data []byte, beside Files) (Result, error) {
	if len(data) > maxSize || len(beside.NvfetcherConfig) > maxSize {
		return Result{}, fmt.Errorf("more than %d bytes: %w", maxSize, ErrUnknown)
	}
	var top map[string]jsontext.Value
	if err := json.Unmarshal(data, &top); err != nil {
		if len(data) > 0 && strings.ContainsAny(string(data[:min(len(data), 64)]), "{") {
			return Result{}, fmt.Errorf("%w: %w", ErrUnknown, err)
		}
		return Result{}, ErrUnknown
	}
	switch {
	case top == nil:
		return Result{}, ErrUnknown
	case isOwn(top):
		return Result{}, ErrOwn
	}
	for _, f := range formats() {
		if !f.is(top) {
			continue
		}
		r, err := f.read(top, beside)
		if err != nil {
			return Result{}, fmt.Errorf("%s: %w", f.tool, err)
		}
		for i := range r.Entries {
			r.Entries[i].skipNixpkgs()
			r.Entries[i].refuseLong()
			r.Entries[i].refuseQualified()
		}
		r.Tool = f.tool
		return r, nil
	}
	return Result{}, ErrUnknown
}

// isOwn reports whether the file is a lock of pinfetch, which has the keys of npins' at its top.
func isOwn(top map[string]jsontext.Value) bool {
	var pins map[string]jsontext.Value
	return unmarshal(top, "pins", &pins) == nil && len(pins) > 0 && hasMembers(pins, "source")
}

var nixpkgs = lazyregexp.New(`(?i)^(github:|.*//github\.com/|git@github\.com:)nixos/nixpkgs(\.git)?/?$`)

// skipNixpkgs skips nixpkgs, which only evaluation needs.
func (e *Entry) skipNixpkgs() {
	if e.Skip == nil && nixpkgs.MatchString(e.Follow.Ref) {
		e.Evaluated = true
		e.skip("nixpkgs is of use while Nix evaluates, not in builds")
	}
}

// maxText is the length in bytes of the longest name or address that an entry may have.
const maxText = 4096

// refuseLong refuses what no repository and no file is called, so that messages stay short.
func (e *Entry) refuseLong() {
	texts := []string{e.Follow.Ref, e.At, e.URL, e.storeName, e.Otherwise}
	for _, option := range e.Follow.Options() {
		if text, isText := option.Field.(*string); isText {
			texts = append(texts, *text)
		}
	}
	for _, text := range texts {
		if len(text) > maxText {
			e.Follow = sources.Request{}
			e.refuse("it has a value of %d bytes", len(text))
		}
	}
}

// refuseQualified refuses names of repositories and packages that would say more in a reference, such as another host.
func (e *Entry) refuseQualified() {
	for _, ref := range []string{e.Follow.Ref, e.Follow.From} {
		if !strings.Contains(ref, "://") && strings.ContainsAny(ref, "?#") {
			e.Follow = sources.Request{}
			e.refuse("%q is not a name", shown(ref))
		}
	}
}

// unmarshal decodes the value of a key, and leaves out alone if there is none.
func unmarshal(top map[string]jsontext.Value, key string, out any) error {
	value, found := top[key]
	if !found {
		return nil
	}
	if err := json.Unmarshal(value, out); err != nil {
		return fmt.Errorf("%q: %w", key, err)
	}
	return nil
}

// each reads the entries of an object, each on its own, so that one that cannot be read leaves the others.
func each[T any](objects map[string]jsontext.Value, read func(object T, e *Entry)) (entries []Entry) {
	for _, name := range slices.Sorted(maps.Keys(objects)) {
		e := Entry{Name: name}
		var object T
		if err := json.Unmarshal(objects[name], &object); err != nil {
			e.refuse("%v", err)
		} else {
			read(object, &e)
		}
		entries = append(entries, e)
	}
	return entries
}

// shown is text from a file as an error or warning shows it.
func shown(text string) string {
	const most = 100 // bytes
	return terminal.Shorten(redact.Reference(text), most)
}
