package release

import (
	"regexp"
	"strings"

	"github.com/agnivade/levenshtein"

	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// archWords and osWords match what file names say for the parts of a system double.
func archWords() map[string]string {
	return map[string]string{
		"x86_64": `x86[_-]64|amd64|x64|64bit|64`, "aarch64": `aarch64|arm64|armv8`, "i686": `i[3-6]86|386|x86|32bit|32`,
		"armv7l": `armv7[a-z]*|armhf|armv7l|arm`, "armv6l": `armv6[a-z]*|arm`, "riscv64": `riscv64[a-z]*`, "powerpc64le": `powerpc64le|ppc64le`, "s390x": `s390x`,
	}
}

func osWords() map[string]string {
	return map[string]string{
		"linux": `(?:(?:unknown|pc)[-_])?linux(?:[-_]?(?:gnu|musl|static)[a-z]*)?`, "darwin": `(?:apple[-_])?(?:darwin|mac[-_]?os|osx|mac)`,
		"freebsd": `(?:unknown[-_])?freebsd`, "netbsd": `(?:unknown[-_])?netbsd`, "windows": `(?:pc[-_])?windows(?:[-_](?:msvc|gnu))?`,
	}
}

// both are words for every architecture of a system.
const both = `universal2?|all`

// wordOf returns the pattern of what stands for a system in the names of files: architecture and operating system in either
// order. It is nil for a system that nobody knows.
func wordOf(system string) *regexp.Regexp {
	cpu, os, _ := strings.Cut(system, "-")
	arch, known := archWords()[cpu]
	platform, knownToo := osWords()[os]
	if !known || !knownToo {
		return nil
	}
	if os == "darwin" {
		arch += "|" + both
	}
	const sep = `[-_.]?`
	word := regexp.MustCompile(`(?i)(?:^|[^0-9a-z])((?:` + arch + `)` + sep + `(?:` + platform + `)|(?:` + platform + `)` + sep + `(?:` + arch + `))(?:$|[^0-9a-z])`)
	word.Longest()
	return word
}

// is64 matches what follows "x86" in another word.
var is64 = lazyregexp.New(`^[_-]64`)

// templates returns the templates that name a file for each of the systems that f wants, with the words that they need.
func templates(f sources.File, from Release) map[string]sources.BySystem {
	if f.Systems == "" {
		return similar(f, from)
	}
	fit := make(map[string]sources.BySystem)
	words := make(map[string]map[string]string) // by template and system
	systems := f.Systems.Texts()
	for system := range systems {
		word := wordOf(system)
		for _, asset := range from.Assets {
			if word == nil {
				break
			}
			at := word.FindStringSubmatchIndex(asset.Name)
			if at == nil || is64.MatchString(asset.Name[at[3]:]) {
				continue
			}
			name := general(asset.Name[:at[2]], from.Tag) + "{system}" + general(asset.Name[at[3]:], from.Tag)
			if words[name] == nil {
				words[name] = make(map[string]string)
			}
			text := asset.Name[at[2]:at[3]]
			if known := words[name][system]; known == "" || len(text) < len(known) || len(text) == len(known) && text < known {
				words[name][system] = text
			}
		}
	}
	for name, bySystem := range words {
		if len(bySystem) == len(systems) {
			fit[name] = sources.NewBySystem(bySystem)
		}
	}
	return fit
}

// similar returns the templates of the files that match f, because it is ambiguous or, if none does, of those that differ from
// it in less than half of the name.
func similar(f sources.File, from Release) map[string]sources.BySystem {
	name, _ := file{}.name(f, from.Tag)
	fit, near := make(map[string]sources.BySystem), make(map[string]sources.BySystem)
	for _, asset := range from.Assets {
		template := general(asset.Name, from.Tag)
		if matcher(name)(asset.Name) {
			fit[template] = ""
		} else if 2*levenshtein.ComputeDistance(name, asset.Name) < len(name) {
			near[template] = ""
		}
	}
	if len(fit) > 0 {
		return fit
	}
	return near
}

// general replaces the version of a tag in a file's name by a placeholder.
func general(name, tag string) string {
	number := sources.TagVersion(tag)
	if strings.ContainsAny(number, "0123456789") {
		return strings.ReplaceAll(name, number, "{version}")
	}
	return strings.ReplaceAll(name, tag, "{tag}")
}
