package e2e

import (
	"regexp"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/test/forgetest"
)

const hostileHash = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

// honestLock holds one pin of each fetcher.
const honestLock = `{
  "version": 1,
  "pins": {
    "app": {
      "source": { "type": "github", "owner": "acme", "repo": "app", "branch": "main" },
      "locked": { "date": "2024-01-01", "ref": "refs/heads/main", "version": "0-unstable-2024-01-01" },
      "fetch": { "fetcher": "fetchFromGitHub", "args": { "owner": "acme", "repo": "app", "rev": "` + someID + `", "hash": "` + hostileHash + `" } }
    },
    "deep/git": {
      "source": { "type": "git", "url": "https://git.example.org/acme/git", "branch": "main", "sparseCheckout": ["src"] },
      "locked": { "date": "2024-01-01", "ref": "refs/heads/main", "version": "0-unstable-2024-01-01" },
      "fetch": { "fetcher": "fetchgit", "args": { "url": "https://git.example.org/acme/git", "rev": "` + someID + `", "hash": "` + hostileHash + `", "fetchSubmodules": false, "sparseCheckout": ["src"] } }
    },
    "file": {
      "source": { "type": "url", "url": "https://files.example.org/file" },
      "locked": {},
      "fetch": { "fetcher": "fetchurl", "args": { "url": "https://files.example.org/file", "hash": "` + hostileHash + `" } }
    },
    "tar": {
      "source": { "type": "url", "url": "https://files.example.org/tar-1.2.tar.gz", "unpack": true },
      "locked": { "version": "1.2" },
      "fetch": { "fetcher": "fetchzip", "args": { "url": "https://files.example.org/tar-1.2.tar.gz", "hash": "` + hostileHash + `", "stripRoot": true, "extension": "tar.gz" } }
    }
  }
}
`

// lockAttack is an edit of honestLock.
type lockAttack struct{ name, old, new string }

// pinAttacks make one pin invalid.
func pinAttacks() []lockAttack {
	return []lockAttack{
		{"rev is an option", `"rev": "` + someID, `"rev": "--upload-pack=TOUCH`},
		{"rev is a branch", `"rev": "` + someID, `"rev": "main`},
		{"rev runs a command", `"rev": "` + someID, `"rev": "$(TOUCH)`},
		{"rev has a line break", `"rev": "` + someID, `"rev": "` + someID + `\n`},
		{"rev in capitals", `"rev": "` + someID, `"rev": "` + strings.ToUpper(someID)},
		{"owner climbs", `"args": { "owner": "acme"`, `"args": { "owner": "../.."`},
		{"owner is an option", `"args": { "owner": "acme"`, `"args": { "owner": "-x y"`},
		{"owner is Nix", `"args": { "owner": "acme"`, `"args": { "owner": "${builtins.readFile /etc/passwd}"`},
		{"repo runs a command", `"repo": "app", "rev"`, `"repo": "$(TOUCH)", "rev"`},
		{"repo with a query", `"repo": "app", "rev"`, `"repo": "app?x#y", "rev"`},
		{"base is a path", `"args": { "owner": "acme"`, `"args": { "githubBase": "example.org/x", "owner": "acme"`},
		{"base has a user", `"args": { "owner": "acme"`, `"args": { "githubBase": "me@example.org", "owner": "acme"`},
		{"base is an option", `"args": { "owner": "acme"`, `"args": { "githubBase": "-x", "owner": "acme"`},
		{"URL is a command", `"args": { "url": "https://git.example.org/acme/git"`, `"args": { "url": "ext::sh -c TOUCH"`},
		{"URL is an option", `"args": { "url": "https://git.example.org/acme/git"`, `"args": { "url": "--upload-pack=TOUCH"`},
		{"URL is a file", `"args": { "url": "https://git.example.org/acme/git"`, `"args": { "url": "file:///etc"`},
		{"URL is ssh", `"args": { "url": "https://git.example.org/acme/git"`, `"args": { "url": "ssh://-oProxyCommand=TOUCH/x"`},
		{"URL of a file is a file", `"args": { "url": "https://files.example.org/file"`, `"args": { "url": "file:///etc/passwd"`},
		{"URL has a line break", `"args": { "url": "https://files.example.org/file"`, `"args": { "url": "https://files.example.org/file\nx"`},
		{"URL has a NUL", `"args": { "url": "https://files.example.org/file"`, `"args": { "url": "https://files.example.org/file\u0000"`},
		{"URL has escapes", `"args": { "url": "https://files.example.org/file"`, `"args": { "url": "https://files.example.org/\u001b[2J"`},
		{"URL has a space", `"args": { "url": "https://files.example.org/file"`, `"args": { "url": "https://files.example.org/file -o /etc/passwd"`},
		{"URL is another than the source's", `"source": { "type": "url", "url": "https://files.example.org/file"`, `"source": { "type": "url", "url": "-x"`},
		{"extension runs a command", `"extension": "tar.gz"`, `"extension": "$(TOUCH)"`},
		{"extension climbs", `"extension": "tar.gz"`, `"extension": "/../../x.tar.gz"`},
		{"name climbs", `"stripRoot": true,`, `"stripRoot": true, "name": "../x",`},
		{"name is hidden", `"stripRoot": true,`, `"stripRoot": true, "name": ".x",`},
		{"name runs a command", `"stripRoot": true,`, `"stripRoot": true, "name": "$(TOUCH)",`},
		{"name is Nix", `"stripRoot": true,`, `"stripRoot": true, "name": "${x}",`},
		{"prefix runs a command", `"fetchSubmodules": false, "sparseCheckout": ["src"] }`, `"fetchSubmodules": false, "sparseCheckout": ["src"] }, "private": { "varPrefix": "X; TOUCH" }`},
		{"directory climbs", `"fetchSubmodules": false,`, `"fetchSubmodules": false, "rootDir": "../..",`},
		{"directory is absolute", `"fetchSubmodules": false,`, `"fetchSubmodules": false, "rootDir": "/etc",`},
		{"directory is git's", `"fetchSubmodules": false,`, `"fetchSubmodules": false, "rootDir": ".git",`},
		{"source is a command", `"source": { "type": "git", "url": "https://git.example.org/acme/git"`, `"source": { "type": "git", "url": "ext::sh -c TOUCH"`},
		{"source is an option", `"source": { "type": "git", "url": "https://git.example.org/acme/git"`, `"source": { "type": "git", "url": "ssh://-oProxyCommand=TOUCH/x", "fetchUrl": "https://git.example.org/acme/git"`},
		{"source is a file", `"source": { "type": "git", "url": "https://git.example.org/acme/git"`, `"source": { "type": "git", "url": "file:///etc"`},
		{"owner of the source", `"type": "github", "owner": "acme"`, `"type": "github", "owner": "../.."`},
		{"host of the source", `"type": "github", "owner": "acme"`, `"type": "github", "host": "me@example.org", "owner": "acme"`},
		{"branch with a line break", `"repo": "app", "branch": "main"`, `"repo": "app", "branch": "main\n0000"`},
		{"branch with escapes", `"repo": "app", "branch": "main"`, `"repo": "app", "branch": "\u001b[2J"`},
		{"constraint that is none", `"repo": "app", "branch": "main"`, `"repo": "app", "tags": "*", "constraint": "$(TOUCH)"`},
		{"another owner", `"args": { "owner": "acme"`, `"args": { "owner": "mallory"`},
		{"another host", `"args": { "url": "https://files.example.org/file"`, `"args": { "url": "https://evil.test/file"`},
		{"another fetcher", `"fetcher": "fetchurl", "args"`, `"fetcher": "fetchurl", "private": {}, "args"`},
		{"date without end", `"date": "2024-01-01", "ref": "refs/heads/main", "version": "0-unstable-2024-01-01" },` + "\n" + `      "fetch": { "fetcher": "fetchgit"`, `"date": "` + strings.Repeat("9", 20_000) + `", "version": "x" },` + "\n" + `      "fetch": { "fetcher": "fetchgit"`},
		{"version with escapes and lines", `"version": "1.2"`, `"version": "1.2\u001b[2J\n\n\u202e"`},
	}
}

// lockAttacks make the whole lock invalid.
func lockAttacks() []lockAttack {
	attacks := []lockAttack{
		// Calls.
		{"URL has a password", `"args": { "url": "https://git.example.org/acme/git"`, `"args": { "url": "https://u:p@git.example.org/acme/git"`},
		{"pattern of two lines", `"fetchSubmodules": false, "sparseCheckout": ["src"]`, `"fetchSubmodules": false, "sparseCheckout": ["src\n/*"]`},
		{"pattern is empty", `"fetchSubmodules": false, "sparseCheckout": ["src"]`, `"fetchSubmodules": false, "sparseCheckout": [""]`},
		{"submodules of another type", `"fetchSubmodules": false`, `"fetchSubmodules": "$(TOUCH)"`},
		{"hash is none", hostileHash, `sha256-`},
		{"hash of another function", hostileHash, `md5-1B2M2Y8AsgTpgAmY7PhCfg==`},
		{"hash is too long", hostileHash, hostileHash + `$(TOUCH)`},
		{"two hashes", hostileHash, hostileHash + ` ` + hostileHash},
		{"fetcher of Nix", `"fetcher": "fetchurl"`, `"fetcher": "builtins.fetchurl"`},
		{"fetcher of nixpkgs", `"fetcher": "fetchurl"`, `"fetcher": "runCommand"`},
		{"argument that is shell", `"stripRoot": true,`, `"stripRoot": true, "postFetch": "TOUCH",`},
		{"argument that is options", `"stripRoot": true,`, `"stripRoot": true, "curlOpts": "-o /etc/passwd",`},
		{"more beside the call", `"fetcher": "fetchurl",`, `"fetcher": "fetchurl", "override": {},`},
		// Sources.
		{"source of another kind", `"type": "git"`, `"type": "../git"`},
		// Facts.
		{"facts of another type", `"locked": {}`, `"locked": []`},
		{"fact that nobody knows", `"locked": {}`, `"locked": { "outPath": "/etc" }`},
		// The file.
		{"version of tomorrow", `"version": 1`, `"version": 2`},
		{"version without end", `"version": 1`, `"version": 1e999`},
		{"version in words", `"version": 1`, `"version": "1"`},
		{"version below", `"version": 1`, `"version": -1`},
		{"duplicate pin", `"tar": {`, `"file": {`},
		{"duplicate argument", `"stripRoot": true,`, `"stripRoot": true, "stripRoot": true,`},
		{"duplicate argument, spelled otherwise", `"stripRoot": true,`, `"stripRoot": true, "strip\u0052oot": true,`},
		{"argument in capitals", `"stripRoot": true,`, `"StripRoot": true,`},
		{"conflict markers", `    "tar": {`, "<<<<<<< HEAD\n    \"tar\": {"},
		{"half a surrogate", `"url": "https://files.example.org/file", "hash"`, `"url": "https://files.example.org/\ud800", "hash"`},
		{"no UTF-8", `"url": "https://files.example.org/file", "hash"`, "\"url\": \"https://files.example.org/\xff\xfe\", \"hash\""},
		{"a NUL", `"tar": {`, "\"t\x00ar\": {"},
		{"escapes of terminals", `"tar": {`, "\"t" + evil + "ar\": {"},
		{"byte order mark", `{` + "\n" + `  "version"`, "\ufeff{\n  \"version\""},
		{"two documents", `{` + "\n" + `  "version"`, "{}{\n  \"version\""},
		{"a comment", `  "version"`, `  // x` + "\n" + `  "version"`},
		{"deep", `"locked": {}`, `"locked": ` + strings.Repeat(`{"a":`, 100_000)},
		{"deep lists", `"locked": {}`, `"locked": ` + strings.Repeat(`[`, 1_000_000)},
		{"long key", `"locked": {}`, `"locked": { "` + strings.Repeat("a", 10<<20) + `": 1 }`},
		{"long number", `"version": 1`, `"version": 1` + strings.Repeat("0", 10<<20)},
	}
	for _, name := range []string{
		"../x", "a/../b", "/x", "x/", "a//b", ".", "..", "", " ", "__proto__", "__functor", "-x", "a b", "a.b", "1a", "${x}", "''", "$(TOUCH)", `\u001b[2J`, `a\u0000b`, `a\nb`, "if", "rec", "outPath", "override",
		"recurseForDerivations", "deep", "app/x", "deep/git/x", "é", `\u202ex`, strings.Repeat("a", 10_000),
	} {
		attacks = append(attacks, lockAttack{"pin named " + name[:min(len(name), 30)], `"tar": {`, `"` + name + `": {`})
	}
	return attacks
}

// TestHostileLock edits the lock maliciously: the whole lock is refused, with the
// position, before any request.
func TestHostileLock(t *testing.T) {
	t.Parallel()
	v := newVictim(t, forgetest.New(t))
	v.bounded = true
	v.restore(honestLock)
	if r := v.attack("show"); r.code != 0 {
		t.Fatalf("the lock itself is refused: %s", r.stderr)
	}
	v.forge.ResetLog()
	place := regexp.MustCompile(`pins\.json:\d+:\d+: `)
	commands := [][]string{{"update"}, {"verify", "--json"}, {"show"}, {"outdated", "--verbose"}, {"remove", "file"}, {"freeze", "app"}, {"rename", "app", "other"}, {"add", "github:acme/new"}, {"update", "--rehash"}}
	for i, attack := range lockAttacks() {
		t.Run(attack.name, func(t *testing.T) {
			v := v.in(t)
			lock := v.arm(strings.Replace(honestLock, attack.old, attack.new, 1))
			if lock == honestLock {
				t.Fatalf("%q is not in the lock", attack.old)
			}
			v.restore(lock)
			for n := range 2 {
				args := commands[(2*i+n)%len(commands)]
				if r := v.unmoved("", args...); !place.MatchString(r.stderr) {
					t.Errorf("pinfetch %q: no file, line and column\n%.600s", args, r.stderr)
				}
			}
			r := v.attack("show", "--generate-bash-completion")
			if r.code != 0 || strings.Contains(r.stdout, "app") {
				t.Errorf("completion: exit code %d\n%.600s%.600s", r.code, r.stdout, r.stderr)
			}
			v.wantSilence(attack.name)
		})
	}
}

// TestHostilePin edits one pin maliciously: that pin is reported and never fetched, the
// others can be used, and what was edited stays as it is.
func TestHostilePin(t *testing.T) {
	t.Parallel()
	v := newVictim(t, forgetest.New(t))
	v.bounded = true
	warning := regexp.MustCompile(`warning: (\S+): invalid in the lock: `)
	for _, attack := range pinAttacks() {
		t.Run(attack.name, func(t *testing.T) {
			v := v.in(t)
			v.given = 6 * len(attack.new)
			lock := v.arm(strings.Replace(honestLock, attack.old, attack.new, 1))
			if lock == honestLock {
				t.Fatalf("%q is not in the lock", attack.old)
			}
			v.restore(lock)
			shown := v.attack("show")
			found := warning.FindAllStringSubmatch(shown.stderr, -1)
			if shown.code != 0 || len(found) != 1 {
				t.Fatalf("show: exit code %d and %d warnings, want one\n%.600s", shown.code, len(found), shown.stderr)
			}
			name := found[0][1]
			v.forge.ResetLog()
			for _, args := range [][]string{{"verify", name}, {"verify", "--json", name}, {"update", "--rehash", name}} {
				v.unmoved("invalid in the lock", args...)
			}
			v.wantSilence(attack.name)
			for _, args := range [][]string{{"--retries=0", "update"}, {"--retries=0", "verify"}, {"--retries=0", "outdated", "--json"}, {"show", "--json"}} {
				v.attack(args...)
			}
			other := map[bool]string{true: "tar", false: "file"}[name == "file"]
			if r := v.attack("remove", other); r.code != 0 {
				t.Errorf("remove %s: exit code %d\n%.600s", other, r.code, r.stderr)
			}
			if r := v.attack("show"); !warning.MatchString(r.stderr) {
				t.Errorf("%s is valid after another pin was removed\n%.600s", name, r.stderr)
			}
			if r := v.attack("remove", name); r.code != 0 {
				t.Errorf("remove %s: exit code %d\n%.600s", name, r.code, r.stderr)
			}
		})
	}
}

// Valid strings of a lock reach no shell and are shortened when shown.
func TestHostileLockAllowed(t *testing.T) {
	t.Parallel()
	forge := forgetest.New(t)
	v := newVictim(t, forge)
	v.bounded = true
	for _, attack := range []lockAttack{
		{"URL with shell", `"https://files.example.org/file"`, `"https://files.example.org/$(TOUCH);'` + "`TOUCH`" + `"`},
		{"URL with Nix", `"https://files.example.org/file"`, `"https://files.example.org/${builtins.readFile(x)}''${x}"`},
		{"branch that is an option", `"branch": "main", "sparseCheckout"`, `"branch": "--upload-pack=TOUCH", "sparseCheckout"`},
		{"tag that is anything", `"repo": "app", "branch": "main"`, `"repo": "app", "tags": "` + strings.Repeat("*?[a-z]", 2_000) + `"`},
		{"version with escapes", `"version": "1.2"`, `"version": "1.2\u001b[2J\u202e"`},
		{"date with escapes", `"date": "2024-01-01", "ref": "refs/heads/main", "version": "0-unstable-2024-01-01" },` + "\n" + `      "fetch": { "fetcher": "fetchgit"`, `"date": "\u001b[2J", "version": "x" },` + "\n" + `      "fetch": { "fetcher": "fetchgit"`},
		{"long version", `"version": "1.2"`, `"version": "` + strings.Repeat("1", 100_000) + `"`},
		{"long URL", `"https://files.example.org/file"`, `"https://files.example.org/` + strings.Repeat("x", 100_000) + `"`},
		{"huge string", `"version": "1.2"`, `"version": "` + strings.Repeat("1", 100_000_000) + `"`},
	} {
		t.Run(attack.name, func(t *testing.T) {
			v := v.in(t)
			lock := v.arm(strings.ReplaceAll(honestLock, attack.old, attack.new))
			if lock == honestLock {
				t.Fatalf("%q is not in the lock", attack.old)
			}
			v.restore(lock)
			v.given = 6 * len(attack.new)
			for _, args := range [][]string{{"show"}, {"show", "--json"}, {"--retries=0", "update"}, {"--retries=0", "verify"}, {"--retries=0", "update", "--rehash"}, {"remove", "app", "--quiet"}} {
				r := v.attack(args...)
				if args[0] == "--retries=0" && r.code == 0 {
					t.Errorf("pinfetch %q: exit code 0, though nothing is served\n%.600s", args, r.stderr)
				}
			}
		})
	}
}

// A lock that is not a file is refused.
func TestHostileLockFile(t *testing.T) {
	t.Parallel()
	v := newVictim(t, forgetest.New(t))
	v.bounded = true
	for _, path := range []string{"/dev/zero", "/dev/null", "/dev/full", "/etc", "/etc/passwd", "/proc/self/environ", "-x", "--", "../../..", "$(TOUCH)", "https://example.org/pins.json", evil, "\xff"} {
		for _, args := range [][]string{{"show"}, {"update"}, {"add", "github:acme/tool"}, {"remove", "x"}} {
			v.unmoved("", append([]string{"--lock-file=" + path}, args...)...)
			v.env = append(v.env, "PINFETCH_LOCK_FILE="+v.arm(path))
			v.unmoved("", args...)
			v.env = v.env[:len(v.env)-1]
		}
	}
	v.wantSilence("lock files")
}
