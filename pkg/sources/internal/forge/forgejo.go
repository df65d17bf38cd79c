package forge

import "regexp"

// forgejoOrGitea have the same addresses. GitHub's archives on its own host have the same form.
var forgejoOrGitea = forge{
	generated: regexp.MustCompile(`^https?://[^/]+/[^/]+/[^/]+/archive/`),
	hosts:     []string{"codeberg.org", "gitea.com"}, compare: "compare",
}
