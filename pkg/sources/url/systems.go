package url

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// placeholder stands for the system in a URL.
const placeholder = "{system}"

// parseSystems reads "SYSTEM=URL", or where a reference has {system} in it "SYSTEM=WORD", which says what to write there, or
// "SYSTEM" alone.
func parseSystems(ref string, systems []string) (sources.BySystem, error) {
	if ref != "" && !strings.Contains(ref, placeholder) {
		return "", sources.WithHint(sources.Invalid("%q is the same on every system", redact.Reference(ref)),
			"write %s in it, or give each system its own URL, as x86_64-linux=https://…", placeholder)
	}
	given, err := sources.ParseBySystem(systems, func(system string) (string, error) {
		if ref == "" {
			return "", sources.WithHint(sources.Invalid("system %s has no URL", system),
				"write %s=https://…, or a reference that contains %s", system, placeholder)
		}
		return system, nil
	})
	if err != nil {
		return "", err
	}
	urls, isUsed := given.Texts(), ref == ""
	for _, system := range slices.Sorted(maps.Keys(urls)) {
		if strings.Contains(urls[system], "://") {
			continue
		}
		if !systemWord.MatchString(urls[system]) || ref == "" {
			return "", sources.WithHint(sources.Invalid("%q cannot stand for the system %s in a URL", urls[system], system), "write a word such as amd64, or a whole URL")
		}
		urls[system], isUsed = strings.ReplaceAll(ref, placeholder, urls[system]), true
	}
	if !isUsed {
		return "", sources.Invalid("%q is not used: each system has its own URL", redact.Reference(ref))
	}
	return sources.NewBySystem(urls), nil
}

// systemWord matches what may stand for {system}.
var systemWord = lazyregexp.New(`^[0-9A-Za-z._+-]+$`)

// file is a Spec without placeholders for one system, "" for every system.
type file struct {
	system string
	Spec
}

// files returns a Spec with a URL for each system, in order, or the Spec itself, all with the version that facts name.
func (s Spec) files(facts sources.Facts) (files []file, err error) {
	urls := map[string]string{"": s.URL}
	if s.Systems != "" {
		urls = s.Systems.Texts()
	}
	for _, system := range slices.Sorted(maps.Keys(urls)) {
		one := s
		one.URL, one.Systems = urls[system], ""
		if one, err = one.at(facts); err != nil {
			return nil, withSystem(system, err)
		}
		files = append(files, file{system, one})
	}
	return files, nil
}

func (f file) validateSystem() error {
	if f.system == "" {
		return nil
	}
	return sources.ValidateSystem(f.system)
}

// withSystem adds to an error the system that it is about, if it is one's own.
func withSystem(system string, err error) error {
	if system == "" {
		return err
	}
	return fmt.Errorf("%s: %w", system, err)
}

// separators separate the words of a file's name.
const separators = "-_."

// commonWords returns the whole words with which all titles begin.
func commonWords(titles []string) string {
	if len(titles) == 1 {
		return titles[0]
	}
	common := slices.MinFunc(titles, func(a, b string) int { return len(a) - len(b) })
	for common != "" && slices.ContainsFunc(titles, func(t string) bool { return !beginsWithWords(t, common) }) {
		common = common[:len(common)-1]
	}
	return strings.TrimRight(common, separators)
}

// beginsWithWords reports whether title is words, or begins with words and a separator.
func beginsWithWords(title, words string) bool {
	rest, found := strings.CutPrefix(title, words)
	return found && (rest == "" || strings.ContainsAny(rest[:1]+words[len(words)-1:], separators))
}
