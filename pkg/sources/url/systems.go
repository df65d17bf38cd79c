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

// placeholder stands in a URL for the system.
const placeholder = "{system}"

// Systems are URLs by their systems, one "SYSTEM URL" a line in order, so that they are comparable.
type Systems string

func newSystems(urls map[string]string) Systems {
	var lines []string
	for _, system := range slices.Sorted(maps.Keys(urls)) {
		lines = append(lines, system+" "+urls[system])
	}
	return Systems(strings.Join(lines, "\n"))
}

// URLs returns the URLs by their systems.
func (s Systems) URLs() map[string]string {
	urls := make(map[string]string)
	for line := range strings.Lines(string(s)) {
		system, url, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		urls[system] = url
	}
	return urls
}

// MarshalJSON writes an object of URLs by their systems.
func (s Systems) MarshalJSON() ([]byte, error) {
	return json.Marshal(s.URLs(), json.Deterministic(true))
}

// UnmarshalJSON reads what MarshalJSON writes.
func (s *Systems) UnmarshalJSON(data []byte) error {
	var urls map[string]string
	if err := json.Unmarshal(data, &urls); err != nil {
		return err
	}
	if len(urls) == 0 {
		return sources.Invalid(`"systems" names no system`)
	}
	for system, url := range urls {
		if err := sources.ValidateSystem(system); err != nil {
			return err
		}
		if err := sources.ValidateURL(url); err != nil {
			return fmt.Errorf("%s: %w", system, err)
		}
	}
	*s = newSystems(urls)
	return nil
}

// parseSystems reads "SYSTEM=URL", or "SYSTEM" alone where a reference has {system} in it.
func parseSystems(ref string, systems []string) (Systems, error) {
	if ref != "" && !strings.Contains(ref, placeholder) {
		return "", sources.WithHint(sources.Invalid("%q is the same on every system", redact.Reference(ref)),
			"write %s in it, or give each system its own: --system x86_64-linux=https://…", placeholder)
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
			return "", sources.Invalid("--system %s is given twice", system)
		case url == "":
			return "", sources.WithHint(sources.Invalid("--system %s has no URL", system),
				"write --system %s=https://…, or give a reference with %s in it", system, placeholder)
		}
		urls[system] = url
	}
	if !isUsed {
		return "", sources.Invalid("%q stands for no system: each --system has a URL of its own", redact.Reference(ref))
	}
	return newSystems(urls), nil
}

// BySystem implements [sources.PerSystem].
func (s Spec) BySystem() map[string]sources.Spec {
	specs := make(map[string]sources.Spec)
	for system, url := range s.Systems.URLs() {
		one := s
		one.URL, one.Systems = url, ""
		specs[system] = one
	}
	return specs
}

// separators stand between the words of a file's name.
const separators = "-_."

// commonTitle is what the titles of all systems' files begin with, in whole words.
func (s Spec) commonTitle() string {
	var titles []string
	for _, url := range s.Systems.URLs() {
		title, _ := split(url)
		titles = append(titles, title)
	}
	common := slices.MinFunc(titles, func(a, b string) int { return len(a) - len(b) })
	for common != "" && slices.ContainsFunc(titles, func(t string) bool { return !beginsWithWords(t, common) }) {
		common = common[:len(common)-1]
	}
	return strings.TrimRight(common, separators)
}

// beginsWithWords reports whether a title begins with words, and goes on with another one or not at all.
func beginsWithWords(title, words string) bool {
	rest, found := strings.CutPrefix(title, words)
	return found && (rest == "" || strings.ContainsAny(rest[:1], separators) || strings.ContainsAny(words[len(words)-1:], separators))
}
