package nix_test

import (
	"bytes"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/test/forgetest"
	"github.com/pinfetch/pinfetch/test/nixtest"
)

// token opens the private repository acme/secret; token2 opens other/secret, whose pins have a varPrefix.
const token, token2 = "s3cret-of-the-forge", "s3cret-of-another"

// privatePins has one pin for each way to ask for credentials, each with a different store path.
const privatePins = `{
  "version": 1,
  "pins": {
    "archive": {
      "source": { "type": "url" },
      "fetch": { "fetcher": "fetchzip", "private": { }, "args": { "url": "https://git.example.org/acme/secret/archive/${REV}.tar.gz", "hash": "${TREE}", "stripRoot": true, "extension": "tar.gz", "name": "archive" } }
    },
    "enterprise": {
      "source": { "type": "github", "host": "ghe.example.org", "owner": "acme", "repo": "secret" },
      "fetch": { "fetcher": "fetchFromGitHub", "private": { }, "args": { "owner": "acme", "repo": "secret", "rev": "${REV}", "hash": "${TREE}", "githubBase": "ghe.example.org", "name": "enterprise" } }
    },
    "file": {
      "source": { "type": "url" },
      "fetch": { "fetcher": "fetchurl", "private": { }, "args": { "url": "https://files.example.org:443/a/file", "hash": "${FILE}" } }
    },
    "bitbucket": {
      "source": { "type": "bitbucket", "owner": "acme", "repo": "secret" },
      "fetch": { "fetcher": "fetchgit", "private": { }, "args": { "url": "https://bitbucket.org/acme/secret.git", "rev": "${REV}", "hash": "${TREE}", "fetchSubmodules": false, "name": "bitbucket" } }
    },
    "forgejo": {
      "source": { "type": "forgejo", "host": "forgejo.example.org", "owner": "acme", "repo": "secret" },
      "fetch": { "fetcher": "fetchzip", "private": { }, "args": { "url": "https://forgejo.example.org/api/v1/repos/acme/secret/archive/${REV}.tar.gz", "hash": "${TREE}", "stripRoot": true, "extension": "tar.gz", "name": "forgejo" } }
    },
    "git": {
      "source": { "type": "git" },
      "fetch": { "fetcher": "fetchgit", "private": { }, "args": { "url": "https://git.example.org/acme/secret.git", "rev": "${REV}", "hash": "${TREE}", "fetchSubmodules": false, "name": "git" } }
    },
    "github": {
      "source": { "type": "github", "owner": "acme", "repo": "secret" },
      "fetch": { "fetcher": "fetchFromGitHub", "private": { }, "args": { "owner": "acme", "repo": "secret", "rev": "${REV}", "hash": "${TREE}", "name": "github" } }
    },
    "github-git": {
      "source": { "type": "github", "owner": "acme", "repo": "secret" },
      "fetch": { "fetcher": "fetchgit", "private": { }, "args": { "url": "https://github.com/acme/secret.git", "rev": "${REV}", "hash": "${TREE}", "fetchSubmodules": true, "name": "github-git" } }
    },
    "gitiles": {
      "source": { "type": "gitiles", "host": "acme.googlesource.com", "path": "acme/secret" },
      "fetch": { "fetcher": "fetchgit", "private": { }, "args": { "url": "https://acme.googlesource.com/acme/secret", "rev": "${REV}", "hash": "${TREE}", "fetchSubmodules": false, "name": "gitiles" } }
    },
    "gitlab": {
      "source": { "type": "gitlab", "owner": "acme", "repo": "secret" },
      "fetch": { "fetcher": "fetchgit", "private": { }, "args": { "url": "https://gitlab.com/acme/secret.git", "rev": "${REV}", "hash": "${TREE}", "fetchSubmodules": false, "name": "gitlab" } }
    },
    "prefix-git": {
      "source": { "type": "git" },
      "fetch": { "fetcher": "fetchgit", "private": { "varPrefix": "OTHER_1" }, "args": { "url": "https://git.example.org/other/secret.git", "rev": "${REV2}", "hash": "${TREE}", "fetchSubmodules": false, "name": "prefix-git" } }
    },
    "prefix-github": {
      "source": { "type": "github", "owner": "other", "repo": "secret" },
      "fetch": { "fetcher": "fetchFromGitHub", "private": { "varPrefix": "OTHER_1" }, "args": { "owner": "other", "repo": "secret", "rev": "${REV2}", "hash": "${TREE}", "name": "prefix-github" } }
    }
  }
}`

// privateNames are the names of privatePins.
var privateNames = []string{"archive", "bitbucket", "enterprise", "file", "forgejo", "git", "github", "github-git", "gitiles", "gitlab", "prefix-git", "prefix-github"}

// credentials holds the variables that privatePins needs.
var credentials = []string{
	"NIX_GITHUB_PRIVATE_USERNAME=ada", "NIX_GITHUB_PRIVATE_PASSWORD=" + token,
	"NIX_PRIVATE_USERNAME=eve", "NIX_PRIVATE_PASSWORD=" + token,
	"NIX_OTHER_1_GITHUB_PRIVATE_USERNAME=bob", "NIX_OTHER_1_GITHUB_PRIVATE_PASSWORD=" + token2,
	"NIX_OTHER_1_PRIVATE_USERNAME=dan", "NIX_OTHER_1_PRIVATE_PASSWORD=" + token2,
}

// newPrivateProject returns a project with privatePins, and a forge that serves nothing without credentials.
func newPrivateProject(t *testing.T, release string) (*project, *forgetest.Forge) {
	t.Helper()
	n := nixtest.New(t)
	f := forgetest.New(t)
	files := forgetest.Files{"README": {Body: tree["README"]}, "src/main.c": {Body: tree["src/main.c"]}}
	vars := map[string]string{
		"REV":  f.Repo("acme/secret").Commit("main", files),
		"REV2": f.Repo("other/secret").Commit("main", files, forgetest.CommitOptions{Message: "other"}),
	}
	f.Private("acme/secret", token)
	f.Private("other/secret", token2)
	f.File("files.example.org", "/a/file", forgetest.Content{Body: []byte(tree["README"])})
	f.Fault(forgetest.Fault{Host: "files.example.org", Kind: forgetest.AskPassword("files"), Match: isAnonymous})

	dir := t.TempDir()
	writeTree(t, filepath.Join(dir, "tree"), only("README", "src/main.c"))
	vars["TREE"] = nixHash(t, n, "path", filepath.Join(dir, "tree"))
	vars["FILE"] = nixHash(t, n, "file", filepath.Join(dir, "tree", "README"))
	lock := os.Expand(privatePins, func(name string) string { return vars[name] })
	return newProject(t, n, lock).on(release).with(append(f.Env(), "NIX_GIT_SSL_CAINFO="+f.CAFile())...), f
}

func TestPrivate(t *testing.T) {
	t.Parallel()
	for _, release := range []string{"22.11", "25.11"} {
		t.Run(release, func(t *testing.T) {
			t.Parallel()
			p, f := newPrivateProject(t, release)
			const all = `builtins.attrValues (removeAttrs pins [ "override" ])`

			out := p.Run("nix-build", "--no-out-link", "--keep-going", "--expr", p.prelude()+all)
			if out.Err == nil {
				t.Fatal("nix-build succeeded without credentials")
			}
			for _, variable := range credentials {
				if name, _, _ := strings.Cut(variable, "="); !strings.Contains(out.Stderr, " "+name+" ") {
					t.Errorf("without credentials no message names %s:\n%s", name, out.Stderr)
				}
			}
			if requests := f.Requests(); len(requests) != 0 {
				t.Errorf("requests without credentials: %v", requests)
			}

			paths, err := p.with(credentials...).Build("--expr", p.prelude()+all)
			if err != nil {
				t.Fatal(err)
			}
			if len(paths) != len(privateNames) {
				t.Errorf("built %q, want one for each of %q", paths, privateNames)
			}
			wantCredentials(t, release, f.Requests())
			wantNoSecret(t, filepath.Dir(p.Dir()))
		})
	}
}

// wantCredentials fails the test if a host received credentials that are not its own, or none.
func wantCredentials(t *testing.T, release string, requests []forgetest.Request) {
	t.Helper()
	received := make(map[string]bool)
	for _, r := range requests {
		user, password, ok := (&http.Request{Header: r.Header}).BasicAuth()
		if !ok {
			continue
		}
		received[r.Host] = true
		isGitHub := strings.Contains(r.Host, "github.com") || r.Host == "ghe.example.org"
		want := map[bool]string{true: "ada:" + token, false: "eve:" + token}[isGitHub]
		if strings.Contains(r.Path, "other/secret") {
			want = map[bool]string{true: "bob:" + token2, false: "dan:" + token2}[isGitHub]
		}
		if user+":"+password != want {
			t.Errorf("%s %s received %s:%s, want %s", r.Host, r.Path, user, password, want)
		}
		if r.Host == "codeload.github.com" {
			t.Errorf("the host of a redirect received credentials")
		}
	}
	api := map[bool]string{true: "api.github.com", false: "github.com"}[release == "25.11"]
	for _, host := range []string{api, "github.com", "git.example.org", "ghe.example.org", "files.example.org", "forgejo.example.org", "gitlab.com", "bitbucket.org", "acme.googlesource.com"} {
		if !received[host] {
			t.Errorf("%s received no credentials", host)
		}
	}
}

// wantNoSecret fails the test if a file below root contains a secret, be it in the store, Nix's
// database, its logs or the project.
func wantNoSecret(t *testing.T, root string) {
	t.Helper()
	checked := 0
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		checked++
		for _, secret := range []string{token, token2} {
			if bytes.Contains(data, []byte(secret)) {
				t.Errorf("%s contains a secret", path)
			}
		}
		if name := filepath.Base(path); name == "netrc" || name == ".netrc" {
			t.Errorf("%s was left behind", path)
		}
		return nil
	})
	if err != nil || checked < len(privateNames) {
		t.Errorf("checked only %d files: %v", checked, err)
	}
}

func isAnonymous(r *http.Request) bool { return r.Header.Get("Authorization") == "" }

func TestPrivateWithoutMirror(t *testing.T) {
	t.Parallel()
	p := newProject(t, nixtest.New(t), lockOf(
		pinOf("file", `{ "fetcher": "fetchurl", "private": { }, "args": { "url": "https://example.org/file", "hash": "`+hash+`" } }`),
		pinOf("public", `{ "fetcher": "fetchurl", "args": { "url": "https://example.org/file", "hash": "`+hash+`" } }`)))
	p.wantEval(t, `let pins = import ./pinfetch { inherit pkgs; mirrors."https://example.org/" = "https://mirror.example.org/"; }; in
		[ pins.file.urls pins.public.urls ]`, `[["https://example.org/file"],["https://mirror.example.org/file"]]`)
}

func TestPrivateRefusals(t *testing.T) {
	t.Parallel()
	n := nixtest.New(t)
	call := func(private, url string) string {
		return lockOf(pinOf("x", `{ "fetcher": "fetchurl", "private": `+private+`, "args": { "url": "`+url+`", "hash": "`+hash+`" } }`))
	}
	for _, test := range []struct{ name, lock, want string }{
		{"plain http", call(`{ }`, "http://example.org/x"), "not of the form https://HOST/"},
		{"user in the URL", call(`{ }`, "https://user@example.org/x"), "not of the form https://HOST/"},
		{"shell in the host", call(`{ }`, "https://$(id)/x"), "not of the form https://HOST/"},
		{"shell in the prefix", call(`{ "varPrefix": "A;id" }`, "https://example.org/x"), "invalid varPrefix 'A;id'"},
		{"GitHub pin of another host", lockOf(`"x": { "source": { "type": "github", "owner": "o", "repo": "r" }, "locked": { },
			"fetch": { "fetcher": "fetchurl", "private": { }, "args": { "url": "https://evil.test/x", "hash": "` + hash + `" } } }`), "fetches from evil.test, and the host of its source is github.com"},
		{"GitHub pin of another port", lockOf(`"x": { "source": { "type": "github", "owner": "o", "repo": "r" }, "locked": { },
			"fetch": { "fetcher": "fetchgit", "private": { }, "args": { "url": "https://github.com:8443/o/r.git", "rev": "${REV}", "hash": "` + hash + `", "fetchSubmodules": false } } }`), "fetches from github.com:8443"},
		{"GitHub pin of another base", lockOf(`"x": { "source": { "type": "github", "owner": "o", "repo": "r" }, "locked": { },
			"fetch": { "fetcher": "fetchFromGitHub", "private": { }, "args": { "owner": "o", "repo": "r", "rev": "0", "githubBase": "evil.test", "hash": "` + hash + `" } } }`), "fetches from evil.test"},
		{"Enterprise pin of github.com", lockOf(`"x": { "source": { "type": "github", "host": "ghe.example.org", "owner": "o", "repo": "r" }, "locked": { },
			"fetch": { "fetcher": "fetchFromGitHub", "private": { }, "args": { "owner": "o", "repo": "r", "rev": "0", "hash": "` + hash + `" } } }`), "the host of its source is ghe.example.org"},
		{"Forgejo pin of another host", lockOf(`"x": { "source": { "type": "forgejo", "owner": "o", "repo": "r" }, "locked": { },
			"fetch": { "fetcher": "fetchurl", "private": { }, "args": { "url": "https://evil.test/x", "hash": "` + hash + `" } } }`), "fetches from evil.test, and the host of its source is codeberg.org"},
		{"GitLab pin of another host", lockOf(`"x": { "source": { "type": "gitlab", "host": "git.example.org", "owner": "o", "repo": "r" }, "locked": { },
			"fetch": { "fetcher": "fetchurl", "private": { }, "args": { "url": "https://gitlab.com/x", "hash": "` + hash + `" } } }`), "the host of its source is git.example.org"},
		{"Bitbucket pin of another host", lockOf(`"x": { "source": { "type": "bitbucket", "owner": "o", "repo": "r" }, "locked": { },
			"fetch": { "fetcher": "fetchurl", "private": { }, "args": { "url": "https://evil.test/x", "hash": "` + hash + `" } } }`), "the host of its source is bitbucket.org"},
		{"Gitiles pin of another host", lockOf(`"x": { "source": { "type": "gitiles", "host": "git.example.org", "path": "r" }, "locked": { },
			"fetch": { "fetcher": "fetchurl", "private": { }, "args": { "url": "https://evil.test/x", "hash": "` + hash + `" } } }`), "the host of its source is git.example.org"},
		{"pin of an unknown forge", lockOf(`"x": { "source": { "type": "new", "owner": "o", "repo": "r" }, "locked": { },
			"fetch": { "fetcher": "fetchurl", "private": { }, "args": { "url": "https://evil.test/x", "hash": "` + hash + `" } } }`), "fetches from evil.test"},
		{"port of a GitHub host", lockOf(`"x": { "source": { "type": "github", "host": "ghe.test:8443", "owner": "o", "repo": "r" }, "locked": { },
			"fetch": { "fetcher": "fetchFromGitHub", "private": { }, "args": { "owner": "o", "repo": "r", "rev": "0", "githubBase": "ghe.test:8443", "hash": "` + hash + `" } } }`), "a host without a port"},
		{"file of another host", lockOf(`"x": { "source": { "type": "url", "url": "https://example.org/x" }, "locked": { },
			"fetch": { "fetcher": "fetchurl", "private": { }, "args": { "url": "https://evil.test/x", "hash": "` + hash + `" } } }`), "fetches from evil.test"},
		{"file of another host than plain http", lockOf(`"x": { "source": { "type": "url", "url": "http://example.org/x" }, "locked": { },
			"fetch": { "fetcher": "fetchurl", "private": { }, "args": { "url": "https://evil.test/x", "hash": "` + hash + `" } } }`), "fetches from evil.test"},
		{"checkout of another host", lockOf(`"x": { "source": { "type": "git", "url": "ssh://git@evil.test/r", "fetchUrl": "https://example.org/r.git" }, "locked": { },
			"fetch": { "fetcher": "fetchgit", "private": { }, "args": { "url": "https://evil.test/r.git", "rev": "0", "hash": "` + hash + `", "fetchSubmodules": false } } }`), "fetches from evil.test"},
		{"a system's file of another host", lockOf(`"x": { "source": { "type": "url", "systems": { "x86_64-linux": "https://example.org/x", "aarch64-linux": "https://example.org/x" } }, "locked": { },
			"fetch": { "fetcher": "fetchurl", "private": { }, "args": { "url": "https://evil.test/x", "hash": "` + hash + `" } } }`), "fetches from evil.test"},
		{"prefix that begins with a digit", call(`{ "varPrefix": "1A" }`, "https://example.org/x"), "invalid varPrefix '1A'"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := newProject(t, n, test.lock)
			value, err := p.eval(`pins.x.drvPath`)
			if err == nil {
				t.Fatalf("got %s, want an error", value)
			}
			if !strings.Contains(err.Error(), "pinfetch: pin 'x' ") || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got error\n%v\nwant one that contains %q", err, test.want)
			}
		})
	}
}
