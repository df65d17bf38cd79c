package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/pinfetch/pinfetch/internal/gitcmd"
)

func TestAuthor(t *testing.T) {
	t.Parallel()
	const gitHub = "GITHUB_ACTIONS=true GITHUB_SERVER_URL=https://github.com GITHUB_REPOSITORY=a/b "
	tests := []struct {
		env, flag string
		want      gitcmd.Person // zero for an error
	}{
		{"", "", gitcmd.Person{Name: "pinfetch", Email: "pinfetch@noreply.localhost"}},
		{"GIT_AUTHOR_NAME=Ada GIT_AUTHOR_EMAIL=ada@example.org", "", gitcmd.Person{Name: "Ada", Email: "ada@example.org"}},
		{"GIT_AUTHOR_NAME=Ada", "", gitcmd.Person{Name: "pinfetch", Email: "pinfetch@noreply.localhost"}},
		{gitHub, "", gitcmd.Person{Name: "github-actions[bot]", Email: "41898282+github-actions[bot]@users.noreply.github.com"}},
		{gitHub + "GIT_AUTHOR_NAME=Ada GIT_AUTHOR_EMAIL=ada@example.org", "", gitcmd.Person{Name: "Ada", Email: "ada@example.org"}},
		{gitHub, "Ada Lovelace <ada@example.org>", gitcmd.Person{Name: "Ada Lovelace", Email: "ada@example.org"}},
		{"", "acme-bot[bot] <1+acme-bot[bot]@users.noreply.github.com>", gitcmd.Person{Name: "acme-bot[bot]", Email: "1+acme-bot[bot]@users.noreply.github.com"}},
		{"", "ada@example.org", gitcmd.Person{}},
		{"", "Ada <ada@example.org", gitcmd.Person{}},
		{"", " <ada@example.org>", gitcmd.Person{}},
		{"", "Ada <>", gitcmd.Person{}},
		{"", "Ada <a> <ada@example.org>", gitcmd.Person{}},
		{"", "Ada\n <ada@example.org>", gitcmd.Person{}},
		{"", "Ada <ada @example.org>", gitcmd.Person{}},
	}
	for _, tt := range tests {
		p := withEnv(tt.env)
		p.project, _ = p.ciProject()
		if got, err := p.author(tt.flag); got != tt.want || (err == nil) == (tt.want == gitcmd.Person{}) {
			t.Errorf("%s %q: got %+v, %v, want %+v", tt.env, tt.flag, got, err, tt.want)
		}
	}
}

// The lock's path counts from the root of the project, whatever the working directory; the lock need not be there.
func TestLockInProject(t *testing.T) { // not parallel: it changes the working directory
	root := t.TempDir()
	for _, dir := range []string{"pinfetch", "project/.git", "project/sub/pinfetch", "project/sub/deep", "outside"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{"pinfetch/pins.json", "project/sub/pinfetch/pins.json"} {
		if err := os.WriteFile(filepath.Join(root, file), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		dir, flag   string
		isElsewhere bool
		want        string // "" for an error
	}{
		{"project", "", false, "pinfetch/pins.json"}, // and not that of the directory above
		{"project/sub/deep", "", false, "sub/pinfetch/pins.json"},
		{"project/sub/deep", "", true, "pinfetch/pins.json"},
		{"project/sub", "pinfetch/pins.json", false, "sub/pinfetch/pins.json"},
		{"project/sub", "../nix/pins.json", false, "nix/pins.json"},
		{"project/sub", "../../pins.json", false, ""},
		{"project/sub", filepath.Join(root, "project/sub/pinfetch/pins.json"), false, "sub/pinfetch/pins.json"},
		{"project/sub", "nix/pins.json", true, "nix/pins.json"},
		{"outside", "", false, "pinfetch/pins.json"},
		{"outside", "nix/pins.json", false, "nix/pins.json"},
		{"outside", "../pins.json", false, ""},
		{"outside", "/pins.json", false, ""},
	}
	for _, tt := range tests {
		t.Chdir(filepath.Join(root, tt.dir))
		p := withEnv("")
		p.options.lockFile = tt.flag
		if got, err := p.lockInProject(tt.isElsewhere); got != tt.want || (err == nil) == (tt.want == "") {
			t.Errorf("%s %q %t: got %q, %v, want %q", tt.dir, tt.flag, tt.isElsewhere, got, err, tt.want)
		}
	}
}
