package url

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

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
		return "", sources.WithHint(sources.Invalid("%q is the same on every system", sources.RedactReference(ref)),
			"write %s in it, or give each system its own: --system x86_64-linux=https://…", placeholder)
	}
	urls := make(map[string]string)
	for _, word := range systems {
		system, url, isOwn := strings.Cut(word, "=")
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

// commonTitle is what the titles of all systems' files begin with.
func (s Spec) commonTitle() string {
	var title string
	for i, system := range slices.Sorted(maps.Keys(s.Systems.URLs())) {
		other, _ := split(s.Systems.URLs()[system])
		if i == 0 {
			title = other
		}
		for !strings.HasPrefix(other, title) {
			title = title[:len(title)-1]
		}
	}
	return strings.TrimRight(title, "-_.")
}
