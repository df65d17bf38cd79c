package release

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/template"
	"github.com/pinfetch/pinfetch/pkg/terminal"
)

// maxName is the length in bytes of the longest name of a file.
const maxName = 200

var word = lazyregexp.New(`^[0-9A-Za-z][0-9A-Za-z._+-]*$`)

// Validate refuses settings of a file that make no sense. The error is a [sources.ErrInvalid].
func Validate(h sources.Hosted) error {
	f := h.File
	if f == (sources.File{}) {
		return nil
	}
	conflict := func(problem string, options ...string) error {
		return &sources.OptionError{Options: options, Problem: problem}
	}
	switch {
	case f.Asset == "":
		for _, option := range [...]struct {
			name  string
			isSet bool
		}{{"system", f.Systems != ""}, {"unpack", f.Unpack}, {"no-strip-root", f.NoStripRoot}, {"executable", f.Executable}} {
			if option.isSet {
				return sources.WithSettings(conflict("does not apply to a repository, only to a file of a release", option.name), sources.Setting{Option: "asset"})
			}
		}
	case h.Private:
		return sources.WithHint(conflict("exclude each other: no fetcher of nixpkgs can download a file of a private repository's release", "asset", "private"),
			"leave out --asset to pin the repository")
	case !h.Checkout.IsPlain():
		var given []string
		r := sources.Request{Checkout: h.Checkout}
		for _, option := range r.Options() {
			if option.IsSet() {
				given = append(given, option.Name)
			}
		}
		return sources.WithHint(conflict("exclude each other: a file is no tree", append([]string{"asset"}, given...)...), "leave out --asset to pin the repository")
	case h.Branch != "":
		return sources.WithSettings(conflict("exclude each other: a branch has no files of releases", "asset", "branch"), sources.Setting{Option: "release"}, sources.Setting{Option: "tag", Value: "*"})
	case sources.IsCommit(h.Rev):
		return sources.WithHint(conflict("names a commit, which has no files of a release", "rev"), "give the tag of a release")
	}
	return cmp.Or(validateTemplate(f), f.Content.Validate())
}

func validateTemplate(f sources.File) error {
	shown := terminal.Shorten(f.Asset, maxName)
	if err := template.Validate(f.Asset); err != nil {
		return err
	}
	if len(f.Asset) > maxName || !terminal.IsSafe(f.Asset) || strings.ContainsAny(f.Asset, "/\\") || strings.Trim(f.Asset, ".") == "" {
		return sources.WithHint(sources.Invalid("%q is not the name of a file of a release", shown), "write a name such as tool-{version}-{system}.tar.gz")
	}
	perSystem := template.Has(f.Asset, "system")
	switch {
	case perSystem && f.Systems == "":
		return sources.WithSettings(sources.Invalid("%q contains {system}, but no system is given", shown), sources.Setting{Option: "system", Value: "x86_64-linux"})
	case !perSystem && f.Systems != "":
		return sources.WithHint(sources.Invalid("%q is the same on every system", shown), "write {system} in it, or leave out --system")
	}
	for system, text := range f.Systems.Texts() {
		if err := sources.ValidateSystem(system); err != nil {
			return err
		}
		if !word.MatchString(text) || len(text) > maxName {
			return sources.WithHint(sources.Invalid("%q cannot stand for %s in the name of a file", terminal.Shorten(text, maxName), system),
				"write a word that file names contain, such as %s=linux_amd64", system)
		}
	}
	return nil
}

// file is one of the files that a Spec wants.
type file struct{ system, word string }

// wanted returns the files that are wanted, in the order of systems.
func wanted(f sources.File) (files []file) {
	if f.Systems == "" {
		return []file{{}}
	}
	words := f.Systems.Texts()
	for _, system := range slices.Sorted(maps.Keys(words)) {
		files = append(files, file{system, words[system]})
	}
	return files
}

// name fills the template for a tag. The result may have wildcards.
func (w file) name(f sources.File, tag string) (string, error) {
	return template.Fill(f.Asset, template.Values{Version: sources.TagVersion(tag), Tag: tag, System: w.word}, nil)
}

const wildcards = "*?"

var wildcard = strings.NewReplacer(`\*`, `.*`, `\?`, `.`)

// matcher reports whether a file has a name, which may have wildcards.
func matcher(name string) func(string) bool {
	if !strings.ContainsAny(name, wildcards) {
		return func(other string) bool { return other == name }
	}
	return regexp.MustCompile(`^` + wildcard.Replace(regexp.QuoteMeta(name)) + `$`).MatchString
}

// find returns the file of a release, or what is wrong.
func (w file) find(f sources.File, r Release) (found Asset, problem string) {
	name, err := w.name(f, r.Tag)
	if err != nil {
		return Asset{}, err.Error()
	}
	isNamed := matcher(name)
	for _, asset := range r.Assets {
		switch {
		case !isNamed(asset.Name):
		case found.Name != "":
			return Asset{}, fmt.Sprintf("%q matches %s and %s", name, found.Name, asset.Name)
		default:
			found = asset
		}
	}
	if found.Name == "" {
		return Asset{}, fmt.Sprintf("%q is missing", terminal.Shorten(name, maxName))
	}
	return found, ""
}

// missing says which wanted file a release does not have, "" if it has all.
func missing(f sources.File, r Release) string {
	if f.Asset == "" {
		return ""
	}
	for _, w := range wanted(f) {
		if _, problem := w.find(f, r); problem != "" {
			return problem
		}
	}
	return ""
}

// files returns the calls that fetch the wanted files of a release. A digest of the bytes that a fetcher hashes is the hash.
func (r *resolver[S]) files(s S, from Release) (sources.Resolution, error) {
	h := s.Hosted()
	found := sources.Resolution{Facts: factsOf(from)}
	for _, w := range wanted(h.File) {
		asset, problem := w.find(h.File, from)
		if problem != "" {
			return sources.Resolution{}, r.noFile(s, from, problem)
		}
		if r.forge.Download != nil {
			found.Moved = movedTo(s.GitURL(), asset.URL)
			asset.URL = r.forge.Download(s, from.Tag, asset.Name)
		}
		call := sources.Call{System: w.system, Fetch: h.Content.Fetch(asset.URL, h.Name)}
		if sri, ok := asset.Digest.SRI(); ok && call.Fetcher == sources.FetchURL && !call.Executable {
			call.Hash = sri
		} else {
			call.Digest = asset.Digest
		}
		found.Calls = append(found.Calls, call)
	}
	return found, nil
}

// movedTo returns the address for git of a repository on the same host if the address of a file says that the repository moved
// there, else "".
func movedTo(git, address string) string {
	repository, _, isDownload := strings.Cut(address, "/releases/download/")
	from, err := url.Parse(git)
	to, toErr := url.Parse(repository + ".git")
	if !isDownload || err != nil || toErr != nil || from.Host != to.Host || strings.EqualFold(from.Path, to.Path) || sources.ValidateURL(to.String()) != nil {
		return ""
	}
	return to.String()
}

// DownloadURL returns the address that GitHub and Forgejo give a file of a release.
func DownloadURL(repository, tag, name string) string {
	return repository + "/releases/download/" + url.PathEscape(tag) + "/" + url.PathEscape(name)
}

// IsFile reports whether an address may be that of a file of a tag's release. hasName reports whether a name is the wanted one.
type IsFile func(address, tag string, hasName func(string) bool) bool

// IsDownload returns the IsFile of forges where tag and name determine an address.
func IsDownload(download func(tag, name string) string) IsFile {
	return func(address, tag string, hasName func(string) bool) bool {
		name := sources.FileName(address)
		return hasName(name) && address == download(tag, name)
	}
}

// Accepts reports the first call that does not fetch a wanted file of the locked tag. The error is a [sources.ErrInvalid].
func Accepts(h sources.Hosted, r sources.Resolution, isFile IsFile) error {
	tag := tagOf(r.Facts)
	if tag == "" {
		return sources.Invalid("the pin has a file of a release, but no tag")
	}
	var want []sources.Call
	for i, w := range wanted(h.File) {
		name, err := w.name(h.File, tag)
		if err != nil {
			return err
		}
		call := sources.Call{System: w.system}
		if i < len(r.Calls) {
			address := r.Calls[i].URL
			if !isFile(address, tag, matcher(name)) {
				return sources.Invalid("the pin fetches %q, which is not the file %q of release %q", terminal.Shorten(redact.Reference(address), maxName), name, tag)
			}
			call.Fetch = h.Content.Fetch(address, h.Name)
		}
		want = append(want, call)
	}
	return r.Expect(want...)
}

// Hash is the digest of a file as forges write it: "sha256:" and hex. Other text is none: the file is downloaded then.
func Hash(text string) hash.Digest {
	algorithm, sum, _ := strings.Cut(text, ":")
	digest, err := hash.ParseDigest(algorithm, sum)
	if err != nil {
		return ""
	}
	return digest
}
