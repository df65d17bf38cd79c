package forge

import "regexp"

var gitHub = forge{
	generated: regexp.MustCompile(`^https?://(codeload\.github\.com/|api\.github\.com/repos/[^/]+/[^/]+/(tar|zip)ball)`),
	pages:     regexp.MustCompile(`^https?://(www\.)?github\.com/[^/]+/[^/]+/(blob|issues|pulls?|wiki|actions|discussions|projects|commits|compare|blame)(/|$)`),
	hosts:     []string{"github.com"}, compare: "compare",
	advice: "pin a file of a repository as https://raw.githubusercontent.com/OWNER/REPO/COMMIT/PATH, the repository itself as github:OWNER/REPO",
}
