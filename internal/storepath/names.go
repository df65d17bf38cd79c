package storepath

import (
	"cmp"
	"slices"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/sources"
)

// source is the name of everything that is unpacked, unless nixpkgs' config.fetchedSourceNameDefault says otherwise.
const source = "source"

// Names returns the names that generations of nixpkgs give what a call fetches, the present default first. With a name of its
// own, a call has only that.
//
// Since 24.11, config.fetchedSourceNameDefault chooses between "source", "REPO-REV-source" and "REPO-REV-FETCHER-source"
// (lib/sources.nix, repoRevToName). fetchgit has a rule of its own: "REPO-REV", or "REPO-DIRECTORY" with a rootDir
// (pkgs/build-support/fetchgit).
func Names(f sources.Fetch) []string {
	var names []string
	rev := f.Rev[:min(len(f.Rev), 7)]
	switch {
	case f.Name != "":
		names = []string{f.Name}
	case f.Fetcher == sources.FetchURL:
		names = []string{f.URL[strings.LastIndexByte(f.URL, '/')+1:]}
	case f.Fetcher == sources.FetchFromGitHub:
		repo := urlToName(f.Repo)
		names = []string{source, repo + "-" + rev + "-source", repo + "-" + rev + "-github-source"}
	case f.Fetcher == sources.FetchZip:
		repo := urlToName(f.URL)
		names = []string{source, repo + "-source", repo + "-unpacked-source"}
	case f.Fetcher == sources.FetchGit:
		repo, old := urlToName(f.URL), strings.TrimSuffix(base(f.URL), ".git")
		names = []string{repo + "-" + rev, old + "-" + rev, source, repo + "-" + rev + "-source", repo + "-" + rev + "-git-source"}
		if f.RootDir != "" { // the first has been in nixpkgs since rootDir has
			names = append([]string{repo + "-" + f.RootDir, repo + "-" + rev + "-" + base(f.RootDir)}, names...)
		}
	}
	for i, name := range names {
		names[i] = sanitize(name)
	}

	return unique(names)
}

// base is the last component of a URL, as Nix's baseNameOf has it.
func base(url string) string {
	url = strings.TrimSuffix(url[strings.LastIndexByte(url, ':')+1:], "/")
	return url[strings.LastIndexByte(url, '/')+1:]
}

// urlToName is lib.sources.urlToName: the base name without extensions of repositories and archives.
func urlToName(url string) string {
	name := base(url)
	for {
		dot := strings.LastIndexByte(name, '.')
		if dot < 0 || !slices.Contains([]string{"git", "tar", "zip", "gz", "tgz", "bz", "tbz", "bz2", "tbz2", "lzma", "txz", "xz", "zstd"}, name[dot+1:]) {
			return name
		}
		name = name[:dot]
	}
}

// maxName is the length in bytes of the longest name of a derivation.
const maxName = 207

// sanitize is lib.strings.sanitizeDerivationName, which mkDerivation applies to every name.
func sanitize(name string) string {
	name = sources.StoreWord(strings.TrimLeft(name, "."))
	if len(name) > maxName {
		name = name[len(name)-maxName:]
	}
	return cmp.Or(name, "unknown")
}

// unique drops what occurs again.
func unique(names []string) (kept []string) {
	for _, name := range names {
		if !slices.Contains(kept, name) {
			kept = append(kept, name)
		}
	}
	return kept
}
