package gitcmd_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/internal/gitcmd"
)

// newProject makes a repository with one commit, and returns its directory and an environment for git.
func newProject(t *testing.T) (dir string, env []string) {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=Ada", "GIT_AUTHOR_EMAIL=ada@example.org", "GIT_COMMITTER_NAME=Ada", "GIT_COMMITTER_EMAIL=ada@example.org",
	}
	run(t, "git", "init", "-q", "-b", "main", dir)
	if err := os.WriteFile(filepath.Join(dir, "lock"), []byte("1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"add", "lock"}, {"commit", "-q", "-m", "one"}} {
		if _, err := (gitcmd.Project{Env: env, Dir: dir}).Run(t.Context(), nil, args...); err != nil {
			t.Fatal(err)
		}
	}
	return dir, env
}

// A directory of a project that is itself a bare repository runs nothing, also with a git that does not
// know safe.bareRepository.
func TestEmbeddedRepository(t *testing.T) {
	t.Parallel()
	dir, env := newProject(t)
	_, touch := marker(t)
	embedded := filepath.Join(dir, "pinfetch")
	for _, name := range []string{"objects", "refs/heads", "hooks", "below"} {
		if err := os.MkdirAll(filepath.Join(embedded, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	writeScript(t, filepath.Join(embedded, "hooks", "pre-commit"), touch)
	for name, body := range map[string]string{
		"HEAD": "ref: refs/heads/main\n", "lock": "1\n",
		"config": "[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = ..\n\tfsmonitor = \"" + touch + "; false\"\n\tpager = " + touch +
			"\n[alias]\n\tstatus = !" + touch + "\n\trev-parse = !" + touch + "\n[gpg]\n\tprogram = " + touch + "\n[commit]\n\tgpgSign = true\n",
	} {
		if err := os.WriteFile(filepath.Join(embedded, name), []byte(body), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	git, err := exec.LookPath("git")
	if err != nil {
		t.Fatal(err)
	}
	old := t.TempDir()
	writeScript(t, filepath.Join(old, "git"), `test "$1" = -c && shift 2; exec `+git+` "$@"`)
	for _, where := range []string{embedded, filepath.Join(embedded, "below")} {
		for _, args := range [][]string{{"status", "--porcelain", "--", "lock"}, {"add", "-A"}, {"commit", "-q", "--allow-empty", "-m", "two"}} {
			if _, err := (gitcmd.Project{Env: env, Dir: where}).Run(t.Context(), nil, args...); !errors.Is(err, gitcmd.ErrEmbedded) {
				t.Errorf("%s: git %s: got %v, want %v", where, args[0], err, gitcmd.ErrEmbedded)
			}
			p := gitcmd.Project{Env: append([]string{"PATH=" + old + ":" + os.Getenv("PATH")}, env[1:]...), Dir: where}
			if _, err := p.Run(t.Context(), nil, args...); !errors.Is(err, gitcmd.ErrEmbedded) {
				t.Errorf("%s: older git %s: got %v, want %v", where, args[0], err, gitcmd.ErrEmbedded)
			}
		}
	}
}

// The repository that contains the directory counts, whatever a surrounding git command has set; its own hooks and the
// user's configuration apply.
func TestProject(t *testing.T) {
	t.Parallel()
	dir, env := newProject(t)
	other, _ := newProject(t)
	_, touch := marker(t)
	if err := os.WriteFile(filepath.Join(dir, "lock"), []byte("2\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	hooked := filepath.Join(t.TempDir(), "hooked")
	writeScript(t, filepath.Join(dir, ".git", "hooks", "pre-commit"), `printf %s "$PATH" >`+hooked)
	writeScript(t, filepath.Join(dir, "git"), touch)
	writeScript(t, filepath.Join(dir, "uname"), touch)
	config := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(config, []byte("[core]\n\tcommentChar = \";\"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	env[0] = "PATH=:.:" + os.Getenv("PATH") + ":"
	env = append(env, "GIT_DIR="+filepath.Join(other, ".git"), "GIT_WORK_TREE="+other, "GIT_INDEX_FILE=/no/where",
		"GIT_OBJECT_DIRECTORY=/no/where", "GIT_PREFIX=x/", "GIT_LITERAL_PATHSPECS=1", "GIT_EXEC_PATH=.", "GIT_CONFIG_GLOBAL="+config)
	p := gitcmd.Project{Env: env, Dir: dir}
	if _, err := p.Run(t.Context(), []byte("; a comment\n# no comment\n"), "commit", "-q", "--cleanup=strip", "--file=-", "--only", "--", ":(literal)lock"); err != nil {
		t.Fatal(err)
	}
	out, err := p.Run(t.Context(), nil, "log", "--format=%B")
	if want := "# no comment\n\none\n\n"; err != nil || string(out) != want {
		t.Errorf("got %q, %v, want %q", out, err, want)
	}
	path, err := os.ReadFile(hooked)
	if err != nil || strings.HasPrefix(string(path), ":") || strings.HasSuffix(string(path), ":") || strings.Contains(string(path), ":.:") {
		t.Errorf("the hook has PATH %q, %v", path, err)
	}
	if _, err := (gitcmd.Project{Env: []string{"PATH=.:"}, Dir: dir}).Run(t.Context(), nil, "status"); !errors.Is(err, gitcmd.ErrNoGit) {
		t.Errorf("git in the working directory: got %v, want %v", err, gitcmd.ErrNoGit)
	}
}
