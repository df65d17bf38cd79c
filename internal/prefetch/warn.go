package prefetch

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/pinfetch/pinfetch/internal/gitcmd"
	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// maxNamed is how many paths a warning names; of more it tells the number.
const maxNamed = 3

// Warnings says what notices, sorted by kind, mean for a call: one sentence for each kind, with what to do.
func Warnings(f sources.Fetch, notices []hash.Notice) []string {
	var texts []string
	for start, end := 0, 0; start < len(notices); start = end {
		kind := notices[start].Kind
		for end < len(notices) && notices[end].Kind == kind {
			end++
		}
		texts = append(texts, warnOf(f, kind, notices[start:end]))
	}
	return texts
}

func warnOf(f sources.Fetch, kind hash.NoticeKind, notices []hash.Notice) string {
	var paths []string
	for _, n := range notices {
		text := fmt.Sprintf("%q", n.Path)
		if kind == hash.NameCollision {
			text += " and " + n.Detail
		}
		paths = append(paths, text)
	}
	names := enumerate(paths, len(notices) == hash.MaxNotices)
	one := len(notices) == 1
	switch kind {
	case hash.ExportSubst:
		return fmt.Sprintf("%s %s export-subst: the archive's content may change as branches and tags are added; for a stable hash pin a checkout: %s",
			names, choose(one, "sets", "set"), asCheckout(f, ""))
	case hash.LFSPointer:
		return fmt.Sprintf("%s %s, not the %s; %s", names, choose(one, "is a Git LFS pointer", "are Git LFS pointers"), choose(one, "file", "files"), lfsAdvice(f))
	case hash.EmptyGitlink:
		return fmt.Sprintf("%s %s, and empty; to have %s %s", names, choose(one, "is a submodule", "are submodules"), choose(one, "it", "them"), wish(f, "--submodules"))
	case hash.NameCollision:
		return fmt.Sprintf("%s are one name on macOS, where the hash will differ: build on Linux, or ask upstream to rename one", names)
	}
	return notices[0].String()
}

func choose(one bool, singular, plural string) string {
	if one {
		return singular
	}
	return plural
}

// enumerate names the first paths and counts the others.
func enumerate(paths []string, andMore bool) string {
	if len(paths) <= maxNamed {
		return strings.Join(paths, ", ")
	}
	number := fmt.Sprint(len(paths) - maxNamed)
	if andMore {
		number = "at least " + number
	}
	return fmt.Sprintf("%s and %s more", strings.Join(paths[:maxNamed], ", "), number)
}

func lfsAdvice(f sources.Fetch) string {
	if f.LFS {
		return "no .gitattributes hands it to Git LFS: ask upstream"
	}
	return "for the content " + wish(f, "--lfs")
}

// wish says how a git-hosted source is pinned with a flag that asks for another tree.
func wish(f sources.Fetch, flag string) string {
	if f.Fetcher == sources.FetchZip {
		return "pin a checkout: " + asCheckout(f, flag)
	}
	return "add " + flag
}

// asCheckout is the reference of the checkout that an archive was made of.
func asCheckout(f sources.Fetch, flag string) string {
	url := "git+https://…"
	if f.Fetcher == sources.FetchFromGitHub {
		url = fmt.Sprintf("git+https://%s/%s/%s", cmp.Or(f.GithubBase, "github.com"), f.Owner, f.Repo)
	}
	return strings.TrimSpace(url + " " + flag)
}

// warnOfCheckout says what is odd about a checkout, besides what is in its files.
func warnOfCheckout(w gitcmd.Worktree) []string {
	var texts []string
	if len(w.UpdateNone) > 0 {
		texts = append(texts, fmt.Sprintf("%s: .gitmodules says update = none; today's nixpkgs checks that out, as is pinned here, "+
			"and older ones (24.05) leave it empty and get another hash: use a newer nixpkgs, or leave out --submodules", enumerate(quoteAll(w.UpdateNone), false)))
	}
	for _, dir := range w.MissingDirs {
		text := fmt.Sprintf("sparse checkout %q: the commit has no such folder; check the spelling", dir)
		if strings.ContainsAny(dir, "*?[]!\\") {
			text = fmt.Sprintf("sparse checkout %q: the commit has no folder of that very name, and patterns mean nothing in git's cone mode; name each folder", dir)
		}
		texts = append(texts, text)
	}
	return texts
}

func quoteAll(paths []string) []string {
	quoted := make([]string, len(paths))
	for i, path := range paths {
		quoted[i] = fmt.Sprintf("%q", path)
	}
	return quoted
}
