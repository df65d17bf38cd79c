package importer

import (
	"cmp"
	"path"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// nvConfig is nvfetcher.toml: by package, where versions come from and how sources are fetched (nvfetcher, README.md).
type nvConfig map[string]nvIntent

type nvIntent struct {
	err error // the table cannot be read

	Src struct {
		GitHub        string `toml:"github"`
		GitHubTag     string `toml:"github_tag"`
		Git           string `toml:"git"`
		Branch        string `toml:"branch"`
		PyPI          string `toml:"pypi"`
		Manual        string `toml:"manual"`
		Webpage       string `toml:"webpage"`
		Regex         string `toml:"regex"`
		OpenVSX       string `toml:"openvsx"`
		VSMarketplace string `toml:"vsmarketplace"`
		IncludeRegex  string `toml:"include_regex"`
		ExcludeRegex  string `toml:"exclude_regex"`
		Ignored       string `toml:"ignored"`
		Prefix        string `toml:"prefix"`
		FromPattern   string `toml:"from_pattern"`
		Aur           string `toml:"aur"`
		ArchPkg       string `toml:"archpkg"`
		Repology      string `toml:"repology"`
		HTTPHeader    string `toml:"httpheader"`
		Cmd           string `toml:"cmd"`
		UsePreRelease bool   `toml:"use_pre_release"`
	} `toml:"src"`
	Fetch struct {
		URL           string `toml:"url"`
		Tarball       string `toml:"tarball"`
		PyPI          string `toml:"pypi"`
		OpenVSX       string `toml:"openvsx"`
		VSMarketplace string `toml:"vsmarketplace"`
	} `toml:"fetch"`
	URL struct {
		Name string `toml:"name"` // in the store
	} `toml:"url"`
}

// readNvConfig reads the tables, each on its own. The error says where the file is malformed.
func readNvConfig(data []byte) (nvConfig, error) {
	var tables map[string]toml.Primitive
	meta, err := toml.Decode(string(data), &tables)
	if err != nil {
		return nil, err
	}
	config := make(nvConfig)
	for name, table := range tables {
		var intent nvIntent
		intent.err = meta.PrimitiveDecode(table, &intent)
		config[name] = intent
	}
	return config, nil
}

// follow changes an entry, which stays at what is locked, to follow what the configuration says.
func (c nvConfig) follow(e *Entry, p nvPackage) {
	n, found := c[e.Name]
	switch {
	case !found:
		e.warn("it stays at what is locked: nvfetcher.toml has no table for it")
	case n.err != nil:
		e.warn("it stays at what is locked: its table in nvfetcher.toml cannot be read: %v", n.err)
	case e.At != "":
		n.followRepository(e)
	default:
		n.followFile(e, p)
	}
}

// followRepository follows refs of the repository itself.
func (n nvIntent) followRepository(e *Entry) {
	s, locked := n.Src, e.Follow.Tracking
	e.Follow.Tracking = sources.Tracking{}
	isSame := func(ref string) bool { return address(ref) == address(e.Follow.Ref) }
	switch {
	case s.Manual != "":
		e.Follow.Tracking = locked
		return
	case s.GitHub != "" && isSame("github:"+s.GitHub):
		e.Follow.Prerelease = s.UsePreRelease
		if strings.HasPrefix(e.Follow.Ref, "github:") {
			e.Follow.Release = true
		} else {
			e.Follow.Tags = "*"
		}
	case s.GitHubTag != "" && isSame("github:"+s.GitHubTag):
		e.Follow.Tags = n.tags(e)
	case s.Git != "" && isSame(s.Git) && sources.IsCommit(e.At):
		e.followBranch(s.Branch, e.At)
		return
	}
	if e.Follow.IsOpen() {
		e.Follow.Tracking = locked
		e.warn("it stays at what is locked: its versions come from %s, which has no counterpart", n.origin())
		return
	}
	if !sources.IsCommit(e.At) {
		e.lockTag(e.At, "")
	}
}

// address is a repository's address, for comparison.
func address(ref string) string {
	ref = strings.TrimPrefix(strings.ToLower(ref), "git+")
	if rest, found := strings.CutPrefix(ref, "github:"); found {
		ref = "https://github.com/" + rest
	}
	return strings.TrimSuffix(strings.TrimRight(ref, "/"), ".git")
}

// origin says where versions come from.
func (n nvIntent) origin() string {
	s := n.Src
	for _, from := range []struct{ option, value string }{
		{"github", s.GitHub}, {"github_tag", s.GitHubTag}, {"git", s.Git}, {"pypi", s.PyPI}, {"webpage", s.Webpage}, {"openvsx", s.OpenVSX},
		{"vsmarketplace", s.VSMarketplace}, {"aur", s.Aur}, {"archpkg", s.ArchPkg}, {"repology", s.Repology}, {"httpheader", s.HTTPHeader}, {"cmd", s.Cmd},
	} {
		if from.value != "" {
			return "src." + from.option + " = " + shown(from.value)
		}
	}
	return "an unknown source"
}

// tags returns the glob for the tags that the configuration includes.
func (n nvIntent) tags(e *Entry) string {
	if s := n.Src; s.ExcludeRegex != "" || s.Ignored != "" {
		e.warn("exclude_regex and ignored have no counterpart: all version tags count")
	}
	if n.Src.IncludeRegex == "" {
		return "*"
	}
	tags, ok := globOf(n.Src.IncludeRegex)
	if !ok {
		e.warn("include_regex %q cannot be written as a glob: it follows the newest of all version tags", shown(n.Src.IncludeRegex))
		return "*"
	}
	return tags
}

// regexParts matches the parts of a regular expression that a glob can express: classes of version numbers with or
// without repetition, any text, literal characters.
var regexParts = lazyregexp.New(`^(?:(\\d[+*]|\[0-9.]+[+*]|\[0-9\\.]+[+*]|\[0-9][+*]|\.[*+])|\\([^0-9A-Za-z])|([^][\\.*+?(){}|^$]))`)

// globOf writes a regular expression, which has to match a whole name, as a glob that matches at least the same.
func globOf(regex string) (glob string, ok bool) {
	rest := strings.TrimSuffix(strings.TrimPrefix(regex, "^"), "$")
	for rest != "" {
		m := regexParts.FindStringSubmatch(rest)
		if m == nil {
			return "", false
		}
		if m[1] != "" {
			glob += "*"
		} else {
			glob += escapeGlob(m[2] + m[3])
		}
		rest = rest[len(m[0]):]
	}
	return strings.ReplaceAll(glob, "**", "*"), glob != ""
}

// followFile follows a package, or fills versions into an address.
func (n nvIntent) followFile(e *Entry, p nvPackage) {
	dotted := func(name string) string { return strings.Replace(name, ".", "/", 1) }
	switch s, f := n.Src, n.Fetch; {
	case f.PyPI != "" && f.PyPI == s.PyPI:
		n.followPackage(e, "pypi:"+f.PyPI, p.Version)
	case f.OpenVSX != "" && f.OpenVSX == s.OpenVSX:
		n.followPackage(e, "openvsx:"+dotted(f.OpenVSX), p.Version)
	case f.VSMarketplace != "" && f.VSMarketplace == s.VSMarketplace:
		n.followPackage(e, "vscode:"+dotted(f.VSMarketplace), p.Version)
	case s.Manual == "":
		n.followAddress(e, p, cmp.Or(f.URL, f.Tarball))
	}
}

func (n nvIntent) followPackage(e *Entry, ref, version string) {
	e.URL, e.At, e.Facts.Version, e.storeName = e.Follow.Ref, version, version, e.Follow.StoreName
	e.Follow = sources.Request{Ref: ref}
}

// followAddress follows the versions that stand for $ver in an address.
func (n nvIntent) followAddress(e *Entry, p nvPackage, template string) {
	if !strings.Contains(template, "$ver") || strings.ReplaceAll(template, "$ver", p.Version) != e.Follow.Ref {
		e.warn("it stays at what is locked: nvfetcher.toml has no address with $ver that means it")
		return
	}
	s, follow, placeholder := n.Src, e.Follow, "{version}"
	tag, isTag := s.Prefix+p.Version, true
	switch {
	case s.GitHub != "":
		follow.From, follow.Release, follow.Prerelease = "github:"+s.GitHub, true, s.UsePreRelease
	case s.GitHubTag != "":
		follow.From, follow.Tags = "github:"+s.GitHubTag, n.tags(e)
	case s.PyPI != "":
		follow.From, isTag = "pypi:"+s.PyPI, false
	case s.Webpage != "" && s.Regex != "":
		follow.From, follow.Match, isTag = s.Webpage, s.Regex, false
	default:
		e.warn("it stays at what is locked: its versions come from %s, which has no counterpart", n.origin())
		return
	}
	e.URL, e.At, e.Facts.Version, e.storeName = e.Follow.Ref, p.Version, p.Version, e.Follow.StoreName
	if isTag && s.FromPattern == "" {
		e.lockTag(tag, "")
		if s.Prefix == "" {
			placeholder = "{tag}"
		} else {
			e.Facts.Version = p.Version
		}
	}
	follow.Ref = strings.ReplaceAll(template, "$ver", placeholder)
	switch {
	case n.URL.Name != "":
		follow.StoreName = strings.ReplaceAll(n.URL.Name, "$ver", placeholder)
	case !follow.Unpack && follow.StoreName == "" && !strings.Contains(path.Base(template), "$ver"):
		e.storeName = cmp.Or(sources.FileStoreName(e.URL), path.Base(e.URL)) // with the version, the store path would be another
		follow.StoreName = e.storeName
	}
	e.Follow = follow
}
