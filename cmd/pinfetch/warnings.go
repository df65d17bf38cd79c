package main

import (
	"cmp"
	"fmt"
	"net/url"
	"strings"

	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/internal/prefetch"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// maxNamed is how many paths a warning names; further ones are counted.
const maxNamed = 3

// warningsOf returns everything a user should know about an outcome, one sentence each.
func warningsOf(o engine.Outcome) []string {
	var texts []string
	if o.Moved != nil {
		texts = append(texts, o.Moved.Error())
	}
	if o.Notice != "" {
		texts = append(texts, o.Notice)
	}
	if o.Lower != "" && o.HeldBack.By == sources.ByWithdrawal {
		texts = append(texts, fmt.Sprintf("upstream withdrew the locked %s (%s); to go back to %s use --allow-downgrade", o.Old.Version, o.HeldBack.Why, o.Lower))
	} else if o.Lower != "" {
		texts = append(texts, fmt.Sprintf("the newest version is now %s, lower than the locked %s; to accept it use --allow-downgrade", o.Lower, o.Old.Version))
	}
	if o.MovedTo != "" {
		texts = append(texts, movedText(o))
	}
	if o.Foreign != "" {
		texts = append(texts, fmt.Sprintf("the newest version tag is now %s, but the locked version %s has another scheme; "+
			"to follow that tag's scheme run: %s",
			o.Foreign, o.Old.Version, setCommand(o.Name, sources.Setting{Option: "tag", Value: schemeGlob(o.Foreign)})))
	}
	texts = append(texts, schemeWarnings(o.Choice)...)
	for _, w := range o.Warnings {
		git, _ := sources.AsGit(o.Source)
		texts = append(texts, warningText(w.Fetch, git.Ref, w.Warning))
	}
	if o.Status == engine.Added && isNixCode(o.Source) {
		texts = append(texts, "this is Nix code: importing it from a pin builds during evaluation (import-from-derivation), which is slow "+
			"and often forbidden; keep it a flake input or builtins.fetchTarball, and pin here what builds need (docs/border.md)")
	}
	return texts
}

// movedText says where a repository moved, and how to follow it there.
func movedText(o engine.Outcome) string {
	text := fmt.Sprintf("the repository moved to %s, and the old address may stop working", o.MovedTo)
	if request, found := movedRequest(o.Source, o.MovedTo); found {
		text += "; to follow it run: " + moveCommand(o.Name, request)
	}
	return text
}

// movedRequest returns a request for the same source, or for one that takes its versions from there, at another address; if
// possible of the same kind.
func movedRequest(source sources.Spec, address string) (moved sources.Request, found bool) {
	request := codecs().Request(source)
	ref, repository := &request.Ref, followed(source)
	if request.From != "" {
		ref = &request.From
	}
	scheme, _, _ := strings.Cut(*ref, ":")
	tries := [][2]string{{"git+" + address, request.Host}, {address, request.Host}}
	if u, err := url.Parse(address); err == nil {
		tries = append(tries, [2]string{scheme + ":" + strings.TrimSuffix(strings.TrimPrefix(u.Path, "/"), ".git"), u.Host})
	}
	for _, try := range tries {
		*ref, request.Host = try[0], try[1]
		spec, err := codecs().Parse(request)
		if err == nil && (!found || followed(spec).Kind() == repository.Kind()) {
			moved, found = codecs().Request(spec), true
		}
	}
	return moved, found
}

// followed returns the source that a URL takes its versions from, or the source itself.
func followed(source sources.Spec) sources.Spec { return cmp.Or(sources.Followed(source), source) }

// schemeWarnings names the schemes of version tags that an added pin does not follow.
func schemeWarnings(c sources.Choice) (texts []string) {
	for _, other := range c.Others {
		date := ""
		if !other.Date.IsZero() {
			date = other.Date.Format(" (2006-01-02)")
		}
		texts = append(texts, fmt.Sprintf("there are other version tags, newest %s%s; to follow them instead, use --tag %s",
			other.Newest, date, quote(other.Tags)))
	}
	if c.Undated != nil {
		texts = append(texts, fmt.Sprintf("which version tags are current is a guess: %v", c.Undated))
	}
	return texts
}

// schemeGlob returns a glob for tags of the same scheme: "v20*" for "v2024.1", "v*" for "v1.2".
func schemeGlob(tag string) string {
	number := sources.TagVersion(tag)
	before := strings.TrimSuffix(tag, number)
	switch {
	case sources.SameScheme(number, "2000-01-01"):
		return before + number[:min(2, len(number))] + "*"
	case before == "":
		return "{?,??,???}[._-]*"
	}
	return before + "*"
}

// isNixCode reports whether a source is of no use at build time, only for evaluation.
func isNixCode(s sources.Spec) bool { return s.Title() == "nixpkgs" || s.Title() == "nixexprs" }

// warningText says what a warning means for a call, and what to do about it. git is a reference to the repository that an
// archive was made of, "" if that is unknown.
func warningText(f sources.Fetch, git string, w prefetch.Warning) string {
	if w.Kind == prefetch.FromMirror {
		return fmt.Sprintf("read from %s, because upstream failed: %s", w.Names[0], w.Names[1])
	}
	names := enumerate(w.Names, w.More)
	one := len(w.Names) == 1
	switch w.Kind {
	case prefetch.ExportSubst:
		return fmt.Sprintf("%s %s export-subst: the archive may change as branches and tags are added; for a stable hash pin a checkout: %s",
			names, choose(one, "sets", "set"), cmp.Or(git, anyGit))
	case prefetch.LFSPointer:
		return fmt.Sprintf("%s %s, not the %s; %s", names, choose(one, "is a Git LFS pointer", "are Git LFS pointers"), choose(one, "file", "files"), lfsAdvice(f, git))
	case prefetch.EmptySubmodule:
		return fmt.Sprintf("%s %s; to include %s, %s", names, choose(one, "is an empty submodule", "are empty submodules"), choose(one, "it", "them"), addFlag(f, git, "--submodules"))
	case prefetch.NameCollision:
		return fmt.Sprintf("%s are the same name on macOS, where the hash will differ: build on Linux, or ask upstream to rename one", names)
	case prefetch.ForcedSubmodule:
		return fmt.Sprintf("%s: .gitmodules says update = none; current nixpkgs checks it out, as pinned here, but versions before 25.11 "+
			"leave it empty and get another hash: use a newer nixpkgs, or leave out --submodules", names)
	case prefetch.MissingDirectory:
		return fmt.Sprintf("sparse checkout %s: the commit has no such directory; check the spelling, and note that git's cone mode has no patterns", names)
	}
	return fmt.Sprintf("%s: %s", w.Kind, names)
}

func choose(one bool, singular, plural string) string {
	if one {
		return singular
	}
	return plural
}

// enumerate names the first names and counts the others.
func enumerate(names []string, more bool) string {
	if len(names) <= maxNamed {
		return strings.Join(names, ", ")
	}
	number := fmt.Sprint(len(names) - maxNamed)
	if more {
		number = "at least " + number
	}
	return fmt.Sprintf("%s and %s more", strings.Join(names[:maxNamed], ", "), number)
}

func lfsAdvice(f sources.Fetch, git string) string {
	if f.LFS {
		return "no .gitattributes assigns it to Git LFS: ask upstream"
	}
	return "for the content, " + addFlag(f, git, "--lfs")
}

// anyGit stands for a reference to a git repository.
const anyGit = "git+https://…"

// addFlag says how to pin a source with a flag that asks for another tree. Archives of no known repository cannot have it.
func addFlag(f sources.Fetch, git, flag string) string {
	if f.Fetcher == sources.FetchZip && git == "" {
		return "pin a checkout: " + anyGit + " " + flag
	}
	return "add " + flag
}
