package url

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// placeholder stands for the system in a URL.
const placeholder = "{system}"

// Systems are URLs by system. So that they are comparable, they are lines "SYSTEM URL" in the order of systems.
type Systems string

func newSystems(urls map[string]string) Systems {
	var lines []string
	for _, system := range slices.Sorted(maps.Keys(urls)) {
		lines = append(lines, system+" "+urls[system])
	}
	return Systems(strings.Join(lines, "\n"))
}

// URLs returns the URLs by system.
func (s Systems) URLs() map[string]string {
	urls := make(map[string]string)
	for line := range strings.SplitSeq(string(s), "\n") {
		system, url, _ := strings.Cut(line, " ")
		urls[system] = url
	}
	return urls
}

// words returns the URLs as a user gives them, SYSTEM=URL.
func (s Systems) words() []string {
	if s == "" {
		return nil
	}
	return strings.Split(strings.ReplaceAll(string(s), " ", "="), "\n")
}

// MarshalJSON returns an object of URLs by system.
func (s Systems) MarshalJSON() ([]byte, error) {
	return json.Marshal(s.URLs(), json.Deterministic(true))
}

// UnmarshalJSON reads an object of URLs by system.
func (s *Systems) UnmarshalJSON(data []byte) error {
	var urls map[string]string
	if err := json.Unmarshal(data, &urls); err != nil {
		return err
	}
	if len(urls) == 0 {
		return sources.Invalid(`"systems" is empty`)
	}
	for system, url := range urls {
		if err := sources.ValidateSystem(system); err != nil {
			return err
		}
		if strings.Contains(url, "\n") {
			return sources.Invalid("the URL for %s contains a line break", system)
		}
	}
	*s = newSystems(urls)
	return nil
}

// parseSystems reads "SYSTEM=URL", or where a reference has {system} in it "SYSTEM=WORD", which says what to write there, or
// "SYSTEM" alone.
func parseSystems(ref string, systems []string) (Systems, error) {
	if ref != "" && !strings.Contains(ref, placeholder) {
		return "", sources.WithHint(sources.Invalid("%q is the same on every system", redact.Reference(ref)),
			"write %s in it, or give each system its own URL, as x86_64-linux=https://…", placeholder)
	}
	urls := make(map[string]string)
	isUsed := ref == ""
	for _, word := range systems {
		system, url, _ := strings.Cut(word, "=")
		if !strings.Contains(url, "://") {
			if !systemWord.MatchString(url) {
				return "", sources.WithHint(sources.Invalid("%q cannot stand for the system %s in a URL", url, system), "write a word such as amd64, or a whole URL")
			}
			url, isUsed = strings.ReplaceAll(ref, placeholder, cmp.Or(url, system)), true
		}
		_, twice := urls[system]
		switch err := sources.ValidateSystem(system); {
		case err != nil:
			return "", err
		case twice:
			return "", sources.Invalid("system %s is given twice", system)
		case url == "":
			return "", sources.WithHint(sources.Invalid("system %s has no URL", system),
				"write %s=https://…, or a reference that contains %s", system, placeholder)
		}
		urls[system] = url
	}
	if !isUsed {
		return "", sources.Invalid("%q is not used: each system has its own URL", redact.Reference(ref))
	}
	return newSystems(urls), nil
}

// systemWord matches what may stand for {system}, and nothing.
var systemWord = regexp.MustCompile(`^[0-9A-Za-z._+-]*$`)

// file is a Spec without placeholders for one system, "" for every system.
type file struct {
	system string
	Spec
}

// files returns a Spec with a URL for each system, in order, or the Spec itself, all with the version that facts name.
func (s Spec) files(facts sources.Facts) (files []file, err error) {
	urls := map[string]string{"": s.URL}
	if s.Systems != "" {
		urls = s.Systems.URLs()
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
