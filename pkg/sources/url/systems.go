package url

import (
	"fmt"
	"maps"
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

// parseSystems reads "SYSTEM=URL", or "SYSTEM" alone where a reference has {system} in it.
func parseSystems(ref string, systems []string) (Systems, error) {
	if ref != "" && !strings.Contains(ref, placeholder) {
		return "", sources.WithHint(sources.Invalid("%q is the same on every system", redact.Reference(ref)),
			"write %s in it, or give each system its own URL, as x86_64-linux=https://…", placeholder)
	}
	urls := make(map[string]string)
	isUsed := ref == ""
	for _, word := range systems {
		system, url, isOwn := strings.Cut(word, "=")
		isUsed = isUsed || !isOwn
		if !isOwn {
			url = strings.ReplaceAll(ref, placeholder, system)
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

// file is a Spec for one system, "" for every system.
type file struct {
	system string
	Spec
}

// files returns a Spec with a URL for each system, in order, or the Spec itself.
func (s Spec) files() (files []file) {
	if s.Systems == "" {
		return []file{{"", s}}
	}
	urls := s.Systems.URLs()
	for _, system := range slices.Sorted(maps.Keys(urls)) {
		one := s
		one.URL, one.Systems = urls[system], ""
		files = append(files, file{system, one})
	}
	return files
}

func (s Spec) validateSystems() error {
	if s.URL != "" {
		return sources.Invalid("a source has either one URL or one for each system")
	}
	for _, file := range s.files() {
		if err := sources.ValidateSystem(file.system); err != nil {
			return err
		}
		if err := file.Validate(); err != nil {
			return fmt.Errorf("%s: %w", file.system, err)
		}
	}
	return nil
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
