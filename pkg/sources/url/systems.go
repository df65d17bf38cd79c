package url

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// placeholder stands for the system in a URL.
const placeholder = "{system}"

// Systems are URLs by system, one "SYSTEM URL" per line in order, so that they are comparable.
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
	for line := range strings.Lines(string(s)) {
		system, url, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		urls[system] = url
	}
	return urls
}

// MarshalJSON writes an object of URLs by system.
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
		return sources.Invalid(`"systems" is empty`)
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

// bySystem returns a Spec for each system, in order.
func (s Spec) bySystem() iter.Seq2[string, Spec] {
	urls := s.Systems.URLs()
	return func(yield func(string, Spec) bool) {
		for _, system := range slices.Sorted(maps.Keys(urls)) {
			one := s
			one.URL, one.Systems = urls[system], ""
			if !yield(system, one) {
				return
			}
		}
	}
}

func (s Spec) validateSystems() error {
	if s.URL != "" {
		return sources.Invalid("a source has either one URL or one for each system")
	}
	for system, one := range s.bySystem() {
		if err := sources.ValidateSystem(system); err != nil {
			return err
		}
		if err := one.Validate(); err != nil {
			return fmt.Errorf("%s: %w", system, err)
		}
	}
	return nil
}

// resolveSystems returns a call for each system. A version is a fact only if all files share it.
func (s Spec) resolveSystems() (r sources.Resolution) {
	for system, one := range s.bySystem() {
		_, number := split(one.URL)
		if len(r.Calls) == 0 {
			r.Version = number
		} else if number != r.Version {
			r.Version = ""
		}
		r.Calls = append(r.Calls, sources.Call{System: system, Fetch: one.fetch()})
	}
	return r
}

// separators stand between words of a file's name.
const separators = "-_."

// commonTitle returns the whole words with which the titles of all systems' files begin.
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
