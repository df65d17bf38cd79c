package main

import (
	"bytes"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/urfave/cli/v2"
)

// promised is what the contract says each command has; "" is the program itself.
func promised() map[string]string {
	const all = " --json"
	return map[string]string{
		"":             "--lock-file -f --jobs --max-download --max-unpacked --no-cache",
		"init":         "--merge-driver",
		"add":          "--mirror --at --name --scope --frozen --replace --dry-run --branch --tag --constraint --prerelease --release --rev --unpack --host --fetch-url --store-name --submodules --lfs --sparse-checkout --root-dir" + all,
		"import":       "--all --only --replace --scope --verify --dry-run" + all,
		"set":          "--source --unset --at --dry-run --branch --tag --constraint --prerelease --release --rev --unpack --host --fetch-url --store-name --submodules --lfs --sparse-checkout --root-dir" + all,
		"update":       "--mirror --from-mirror --at --exclude --dry-run --rehash --commit --fail-fast --allow-downgrade" + all,
		"bot":          "--mirror --group --limit --exclude --min-age --rebase --label --reviewer --assignee --draft --auto-merge --remote --forge --base --author --dry-run --summary" + all,
		"outdated":     "--exit-code" + all,
		"verify":       "--from-mirror" + all,
		"mirror":       "--compression --sign-key --from-mirror --store --check --prune --keep-lock --dry-run" + all,
		"show":         "--plain" + all,
		"remove":       "",
		"rename":       "",
		"freeze":       "",
		"unfreeze":     "",
		"merge-driver": "",
		"completion":   "",
		"cache":        "",
		"cache prune":  "--all",
		"hash":         "",
		"hash path":    "--type --sri --base32 --base16",
		"hash file":    "--type --sri --base32 --base16",
		"hash archive": "--no-strip-root --type --sri --base32 --base16",
		"hash url":     "--unpack --no-strip-root --type --sri --base32 --base16",
		"hash git":     "--rev --submodules --lfs --sparse-checkout --root-dir --type --sri --base32 --base16",
	}
}

// TestHelp asserts that the help of every command shows an example and every promised flag and fits 80 columns, and
// that no command is missing from the promise.
func TestHelp(t *testing.T) { // not parallel: urfave/cli keeps globals
	for name, flags := range promised() {
		t.Run("pinfetch "+name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			args := slices.Concat([]string{"pinfetch"}, strings.Fields(name), []string{"--help"})
			noEnv := func(string) string { return "" }
			if code := run(t.Context(), args, noEnv, strings.NewReader(""), &stdout, &stderr); code != exitDone || stderr.Len() > 0 {
				t.Fatalf("exit code %d, stderr %q; want 0 and nothing", code, stderr.String())
			}
			text := stdout.String()
			if name != "" && !strings.Contains(text, "Example") {
				t.Errorf("no example in:\n%s", text)
			}
			for line := range strings.Lines(text) {
				if columns := utf8.RuneCountInString(strings.TrimRight(line, "\n")); columns > 80 {
					t.Errorf("%d columns, want at most 80: %q", columns, line)
				}
			}
			words := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" ,\n[]", r) })
			for _, flag := range strings.Fields(flags) {
				if !slices.Contains(words, flag) {
					t.Errorf("no %s in:\n%s", flag, text)
				}
			}
		})
	}
	p := &program{ui: newUI(os.Stdout, os.Stderr, os.Getenv), getenv: os.Getenv}
	got := commandNames("", p.app(nil).Commands)
	want := slices.Sorted(maps.Keys(promised()))[1:]
	if slices.Sort(got); !slices.Equal(got, want) {
		t.Errorf("commands %q, want %q", got, want)
	}
	for _, c := range p.app(nil).Commands {
		if alone := p.app([]string{"pinfetch", c.Name}).Commands; len(alone) != 1 || alone[0].Name != c.Name {
			t.Errorf("%s alone: got %q", c.Name, commandNames("", alone))
		}
	}
}

func commandNames(prefix string, commands []*cli.Command) []string {
	var names []string
	for _, c := range commands {
		names = append(names, prefix+c.Name)
		names = append(names, commandNames(prefix+c.Name+" ", c.Subcommands)...)
	}
	return names
}
