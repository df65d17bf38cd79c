package forge

import "regexp"

var gitLab = forge{
	generated: regexp.MustCompile(`^https?://[^/]+/(.*/-/archive/|api/v4/projects/.*/repository/archive)`),
	hosts:     []string{"gitlab.com", "gitlab.freedesktop.org", "gitlab.gnome.org", "salsa.debian.org", "invent.kde.org"},
	compare:   "-/compare",
}
