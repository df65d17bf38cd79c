package lock_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/git"
	"github.com/pinfetch/pinfetch/pkg/sources/github"
	"github.com/pinfetch/pinfetch/pkg/sources/url"
	"github.com/pinfetch/pinfetch/pkg/terminal"
)

// kinds reads and writes Specs; none of these tests resolves one.
func kinds() *sources.Set {
	return sources.NewSet(github.New(nil, nil), git.New(nil), url.New(nil, nil))
}

const (
	sriA   = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
	sriB   = "sha256-0gjwYMUlXYnmIWQS1SVzF1yQw1lpveRLw5qp049lc3I="
	sri512 = "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg=="
	revA   = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	revB   = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
)

// small is a lock as pinfetch writes it, with each form of everything.
const small = `{
  "version": 1,
  "pins": {
    "archive": {
      "source": {
        "type": "url",
        "url": "https://example.org/tool-1.2.tar.gz",
        "unpack": true
      },
      "locked": {
        "version": "1.2"
      },
      "fetch": {
        "fetcher": "fetchzip",
        "args": {
          "url": "https://example.org/tool-1.2.tar.gz",
          "hash": "` + sriA + `",
          "stripRoot": true,
          "extension": "tar.gz"
        }
      }
    },
    "checkout": {
      "source": {
        "type": "git",
        "url": "https://example.org/checkout.git",
        "branch": "main",
        "submodules": true,
        "sparseCheckout": [
          "src",
          "doc"
        ]
      },
      "frozen": true,
      "locked": {
        "date": "2024-02-29",
        "ref": "refs/heads/main",
        "version": "0-unstable-2024-02-29"
      },
      "fetch": {
        "fetcher": "fetchgit",
        "args": {
          "url": "https://example.org/checkout.git",
          "rev": "` + revA + `",
          "hash": "` + sriA + `",
          "fetchSubmodules": true,
          "sparseCheckout": [
            "src",
            "doc"
          ],
          "name": "checkout-source"
        }
      }
    },
    "grammars/rust": {
      "source": {
        "type": "github",
        "owner": "tree-sitter",
        "repo": "tree-sitter-rust",
        "tags": "*"
      },
      "locked": {
        "date": "2024-03-01",
        "ref": "refs/tags/v0.21.0",
        "version": "0.21.0"
      },
      "fetch": {
        "fetcher": "fetchFromGitHub",
        "args": {
          "owner": "tree-sitter",
          "repo": "tree-sitter-rust",
          "rev": "` + revB + `",
          "hash": "` + sriB + `"
        },
        "private": {
          "varPrefix": "WORK"
        }
      }
    },
    "tool": {
      "source": {
        "type": "url",
        "url": "https://example.org/tool"
      },
      "locked": {
        "rev": "` + revA + `"
      },
      "fetch": {
        "systems": {
          "aarch64-darwin": {
            "fetcher": "fetchurl",
            "args": {
              "url": "https://example.org/tool-darwin",
              "hash": "` + sri512 + `",
              "executable": true
            },
            "private": {}
          },
          "x86_64-linux": {
            "fetcher": "fetchurl",
            "args": {
              "url": "https://example.org/tool-linux",
              "hash": "` + sriB + `"
            }
          }
        }
      }
    }
  }
}
`

func mustParse(t *testing.T, text string) *lock.File {
	t.Helper()
	f, err := lock.Parse([]byte(text), kinds())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func mustFormat(t *testing.T, f *lock.File) string {
	t.Helper()
	data, err := f.Format(kinds())
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestParse(t *testing.T) {
	t.Parallel()
	f := mustParse(t, small)
	if got, want := strings.Join(f.Names(), " "), "archive checkout grammars/rust tool"; got != want {
		t.Fatalf("got names %q, want %q", got, want)
	}
	checkout := f.Pins["checkout"]
	if got, want := checkout.Locked.Call().Fetch, (sources.Fetch{
		Fetcher: sources.FetchGit, Name: "checkout-source", URL: "https://example.org/checkout.git", Rev: revA,
		Submodules: true, SparseCheckout: sources.NewPatterns("src", "doc"),
	}); got != want || !checkout.Frozen || checkout.Locked.Rev() != revA {
		t.Errorf("got checkout %+v, frozen %v, want %+v, frozen", got, checkout.Frozen, want)
	}
	rust := f.Pins["grammars/rust"].Locked.Call()
	if !rust.Private || rust.VarPrefix != "WORK" || rust.Hash.String() != sriB || rust.Rev != revB {
		t.Errorf("got grammars/rust %+v", rust)
	}
	tool := f.Pins["tool"].Locked
	if len(tool.Calls) != 2 || tool.Calls[0].System != "aarch64-darwin" || tool.Calls[1].System != "x86_64-linux" {
		t.Fatalf("got calls %+v, want two, sorted by system", tool.Calls)
	}
	if got := tool.Calls[0]; !got.Private || got.VarPrefix != "" || !got.Executable || got.Hash.String() != sri512 {
		t.Errorf("got call %+v, want a private executable with a sha512", got)
	}
	if got := tool.Call(); got != (sources.Call{}) {
		t.Errorf("got %+v as the call for every system, want none", got)
	}
	if got := tool.Rev(); got != revA {
		t.Errorf("got rev %q of the facts, want %q", got, revA)
	}
	if got := f.Pins["archive"].Locked.Call(); !got.StripRoot || got.Extension != "tar.gz" {
		t.Errorf("got archive %+v", got)
	}
}

// edit replaces the only place of a text.
func edit(t *testing.T, text, old, new string) string {
	t.Helper()
	if strings.Count(text, old) != 1 {
		t.Fatalf("%q stands %d times in the text, want once", old, strings.Count(text, old))
	}
	return strings.Replace(text, old, new, 1)
}

// place marks in a broken lock where the error is to be: at one of the marks, which are taken out before parsing.
const place = "⌖"

// compact is a lock for refusals, one pin in few lines.
const compact = `{
  "version": 1,
  "pins": {
    "a": {
      "source": {"type": "github", "owner": "o", "repo": "r", "tags": "*"},
      "locked": {"ref": "refs/tags/v1", "version": "1", "date": "2024-01-01"},
      "fetch": {"fetcher": "fetchFromGitHub",
        "args": {"owner": "o", "repo": "r", "rev": "` + revA + `", "hash": "` + sriA + `"}}
    }
  }
}
`

const (
	compactSource = `{"type": "github", "owner": "o", "repo": "r", "tags": "*"}`
	compactArgs   = `{"owner": "o", "repo": "r", "rev": "` + revA + `", "hash": "` + sriA + `"}`
	compactFetch  = `{"fetcher": "fetchFromGitHub",
        "args": ` + compactArgs + `}`
	compactPin = `{
      "source": ` + compactSource + `,
      "locked": {"ref": "refs/tags/v1", "version": "1", "date": "2024-01-01"},
      "fetch": ` + compactFetch + `
    }`
)

// Where the objects of the compact lock begin.
var (
	inTheLock   = [2]int{1, 1}
	inThePin    = [2]int{4, 10}
	inTheSource = [2]int{5, 17}
	inTheFetch  = [2]int{7, 16}
)

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	mustParse(t, compact)
	zipArgs := `{"url": "https://example.org/a.zip", "hash": "` + sriA + `", "stripRoot": true, "extension": "zip"}`
	gitArgs := `{"url": "https://example.org/a.git", "rev": "` + revA + `", "hash": "` + sriA + `", "fetchSubmodules": false}`
	urlArgs := `{"url": "https://example.org/a", "hash": "` + sriA + `"}`
	call := func(fetcher, args string) string { return fmt.Sprintf(`{"fetcher": %q, "args": %s}`, fetcher, args) }
	mustParse(t, edit(t, compact, compactFetch, call("fetchzip", zipArgs)))
	mustParse(t, edit(t, compact, compactFetch, call("fetchgit", gitArgs)))
	mustParse(t, edit(t, compact, compactFetch, call("fetchurl", urlArgs)))
	systems := func(inside string) string { return `{"systems": ` + inside + `}` }
	mustParse(t, edit(t, compact, compactFetch, systems(`{"x86_64-linux": `+compactFetch+`}`)))

	for _, tt := range []struct {
		name     string
		old, new string // what is edited in the compact lock; the place of the error is marked
		at       [2]int // the place, where it is not marked
		want     string // part of the message
		is       error
	}{
		// Keys that stand twice, at every level.
		{name: "version twice", old: `"version": 1,`, new: `"version": 1, ⌖"version": 1,`, want: `duplicate key "version"`},
		{name: "pins twice", old: "\n  }\n}", new: "\n  }, ⌖\"pins\": {}\n}", want: `duplicate key "pins"`},
		{name: "pin twice", old: "\n    }\n  }", new: "\n    }, ⌖\"a\": {}\n  }", want: `duplicate key "a"`},
		{name: "pin twice, escaped", old: "\n    }\n  }", new: "\n    }, ⌖\"\\u0061\": {}\n  }", want: `duplicate key "a"`},
		{name: "source twice", old: `"source": {"type"`, new: `"source": {}, ⌖"source": {"type"`, want: `duplicate key "source"`},
		{name: "owner twice in source", old: `"tags": "*"}`, new: `"tags": "*", ⌖"owner": "p"}`, want: `duplicate key "owner"`},
		{name: "type twice in source", old: `"tags": "*"}`, new: `"tags": "*", ⌖"type": "git"}`, want: `duplicate key "type"`},
		{name: "fact twice", old: `"date": "2024-01-01"`, new: `"date": "2024-01-01", ⌖"date": "2024-01-02"`, want: `duplicate key "date"`},
		{name: "args twice", old: sriA + `"}}`, new: sriA + `"}, ⌖"args": {}}`, want: `duplicate key "args"`},
		{name: "rev twice in args", old: `"rev": `, new: `"rev": "x", ⌖"rev": `, want: `duplicate key "rev"`},
		{name: "system twice", old: compactFetch, new: systems(`{"x86_64-linux": ` + compactFetch + `, ⌖"x86_64-linux": {}}`), want: `duplicate key "x86_64-linux"`},

		// Keys that nobody knows, at every level.
		{name: "unknown at the top", old: `"version": 1,`, new: `"version": 1, ⌖"extra": 1,`, want: `unknown key "extra"`},
		{name: "other case", old: `"pins": {`, new: `⌖"Pins": {`, want: `unknown key "Pins"`},
		{name: "unknown in a pin", old: `"source": {"type"`, new: `⌖"note": "", "source": {"type"`, want: `unknown key "note"`},
		{name: "unknown in source", old: `"tags": "*"}`, new: `"tags": "*", ⌖"glob": "*"}`, want: `unknown key "glob"`},
		{name: "unknown in locked", old: `"date": "2024-01-01"`, new: `⌖"time": "2024-01-01"`, want: `unknown key "time"`},
		{name: "unknown in fetch", old: `"fetcher": "fetchFromGitHub"`, new: `"fetcher": "fetchFromGitHub", ⌖"hash": ""`, want: `unknown key "hash"`},
		{name: "unknown in args", old: `"rev": `, new: `⌖"tag": "v1", "rev": `, want: `unknown key "tag"`},
		{name: "unknown in private", old: sriA + `"}}`, new: sriA + `"}, "private": {⌖"token": "x"}}`, want: `unknown key "token"`},
		{name: "unknown beside systems", old: compactFetch, new: `{"systems": {"x86_64-linux": ` + compactFetch + `}, ⌖"default": {}}`, want: `unknown key "default"`},
		{name: "call beside systems", old: compactFetch, new: `⌖{"systems": {"x86_64-linux": ` + compactFetch + `}, "fetcher": "fetchurl"}`, want: `"systems" excludes`},
		{name: "arguments of two fetchers", old: compactArgs, new: `{"owner": "o", "repo": "r", ⌖"url": "https://example.org", "rev": "` + revA + `", "hash": "` + sriA + `"}`, want: `unknown key "url"`},
		{name: "fetchgit's in fetchurl", old: compactFetch, new: call("fetchurl", `{"url": "https://example.org/a", ⌖"rev": "`+revA+`", "hash": "`+sriA+`"}`), want: `unknown key "rev"`},
		{name: "args beside systems", old: compactFetch, new: `{"systems": {"x86_64-linux": ` + compactFetch + `}, "args": ⌖{}}`, want: `"systems" excludes`},
		{name: "systems within systems", old: compactFetch, new: systems(`{"x86_64-linux": {⌖"systems": {"x86_64-linux": ` + compactFetch + `}}}`), want: `unknown key "systems"`},
		{name: "zero and fetchurl's in fetchzip", old: compactFetch, new: call("fetchzip", strings.Replace(zipArgs, `"hash"`, `⌖"executable": false, "hash"`, 1)), want: `unknown key "executable"`},
		{name: "zero and fetchgit's in fetchFromGitHub", old: compactArgs, new: `{⌖"fetchSubmodules": false, "owner": "o", "repo": "r", "rev": "` + revA + `", "hash": "` + sriA + `"}`, want: `unknown key "fetchSubmodules"`},
		{name: "fetchzip's in fetchgit", old: compactFetch, new: call("fetchgit", strings.Replace(gitArgs, `"rev"`, `⌖"stripRoot": true, "rev"`, 1)), want: `unknown key "stripRoot"`},

		// Versions.
		{name: "newer", old: `"version": 1,`, new: `"version": ⌖2,`, want: "newer pinfetch", is: lock.ErrVersion},
		{name: "newer with unknown keys", old: `"version": 1,`, new: `"version": ⌖2, "extra": {"a": 1},`, want: "version 2", is: lock.ErrVersion},
		{name: "version zero", old: `"version": 1,`, new: `"version": ⌖0,`, want: "version 0", is: lock.ErrVersion},
		{name: "negative version", old: `"version": 1,`, new: `"version": ⌖-1,`, want: "version -1", is: lock.ErrVersion},
		{name: "no version", at: inTheLock, old: `"version": 1,`, new: ``, want: `no "version"`},

		// Values of another type.
		{name: "version in words", old: `"version": 1,`, new: `"version": ⌖"1",`, want: "unexpected"},
		{name: "fraction", old: `"version": 1,`, new: `"version": ⌖1.5,`},
		{name: "pins in a list", old: `"pins": {`, new: `"pins": ⌖[], "more": {`},
		{name: "pin is a number", old: compactPin, new: `⌖7`, want: "unexpected"},
		{name: "pin is null", old: compactPin, new: `⌖null`},
		{name: "source is text", old: compactSource, new: `⌖"github:o/r"`, want: "unexpected"},
		{name: "source is null", old: compactSource, new: `⌖null`},
		{name: "owner is a number", old: `"owner": "o", "repo": "r", "tags"`, new: `"owner": ⌖1, "repo": "r", "tags"`, want: "unexpected"},
		{name: "type is a number", old: `"type": "github"`, new: `"type": ⌖1`, want: "unexpected"},
		{name: "frozen is text", old: `"locked": {`, new: `"frozen": ⌖"yes", "locked": {`, want: "unexpected"},
		{name: "frozen is null", old: `"locked": {`, new: `"frozen": ⌖null, "locked": {`, want: "unexpected"},
		{name: "locked is a list", old: `"locked": {"ref": "refs/tags/v1", "version": "1", "date": "2024-01-01"}`, new: `"locked": ⌖[]`, want: "unexpected"},
		{name: "fact is a number", old: `"version": "1", "date"`, new: `"version": ⌖1, "date"`, want: "unexpected"},
		{name: "fact is null", old: `"version": "1", "date"`, new: `"version": ⌖null, "date"`, want: "unexpected"},
		{name: "fetch is a list", old: compactFetch, new: `⌖[]`, want: "unexpected"},
		{name: "args is a list", old: compactArgs, new: `⌖[]`, want: "unexpected"},
		{name: "args is null", old: compactArgs, new: `⌖null`},
		{name: "rev is a number", old: `"rev": "` + revA + `"`, new: `"rev": ⌖1`, want: "unexpected"},
		{name: "hash is null", old: compactArgs, new: `{"owner": "o", "repo": "r", "rev": "` + revA + `", "hash": ⌖null}`},
		{name: "private is true", old: sriA + `"}}`, new: sriA + `"}, "private": ⌖true}`, want: "unexpected"},
		{name: "private is null", old: sriA + `"}}`, new: sriA + `"}, "private": ⌖null}`, want: "unexpected"},
		{name: "stripRoot is text", old: compactFetch, new: call("fetchzip", strings.Replace(zipArgs, "true", `⌖"true"`, 1)), want: "unexpected"},
		{name: "systems is a list", old: compactFetch, new: systems(`⌖[]`), want: "unexpected"},
		{name: "systems is null", old: compactFetch, new: systems(`⌖null`)},

		// What is missing.
		{name: "pin is empty", old: compactPin, new: `⌖{}`, want: "needs"},
		{name: "no source", at: inThePin, old: `"source": ` + compactSource + `,`, new: ``, want: `"source"`},
		{name: "no locked", at: inThePin, old: `"locked": {"ref": "refs/tags/v1", "version": "1", "date": "2024-01-01"},`, new: ``, want: `"locked"`},
		{name: "no args", at: inTheFetch, old: ",\n        \"args\": " + compactArgs, new: ``, want: `"args"`},
		{name: "no fetcher", at: inTheFetch, old: `"fetcher": "fetchFromGitHub",`, new: ``, want: "fetcher"},
		{name: "no hash", old: compactArgs, new: `⌖{"owner": "o", "repo": "r", "rev": "` + revA + `"}`, want: `lacks "hash"`},
		{name: "no rev", old: compactArgs, new: `⌖{"owner": "o", "repo": "r", "hash": "` + sriA + `"}`, want: "rev"},
		{name: "no owner", old: compactArgs, new: `⌖{"repo": "r", "rev": "` + revA + `", "hash": "` + sriA + `"}`, want: `lacks "owner"`},
		{name: "no stripRoot", old: compactFetch, new: call("fetchzip", strings.Replace("⌖"+zipArgs, `"stripRoot": true, `, "", 1)), want: `"stripRoot"`},
		{name: "no extension", old: compactFetch, new: call("fetchzip", strings.Replace("⌖"+zipArgs, `, "extension": "zip"`, "", 1)), want: "extension"},
		{name: "no fetchSubmodules", old: compactFetch, new: call("fetchgit", strings.Replace("⌖"+gitArgs, `, "fetchSubmodules": false`, "", 1)), want: `"fetchSubmodules"`},
		{name: "no system", old: compactFetch, new: `⌖` + systems(`{}`), want: `"systems" is empty`},

		// Values that are wrong.
		{name: "unknown type", at: inTheSource, old: `"type": "github"`, new: `"type": "gitlab"`, want: `unknown source type "gitlab"`},
		{name: "unknown fetcher", old: `"fetcher": "fetchFromGitHub"`, new: `"fetcher": ⌖"fetchFromGitLab"`, want: `unknown fetcher "fetchFromGitLab"`},
		{name: "malformed hash", old: `"hash": "` + sriA + `"`, new: `"hash": ⌖"sha256-short="`, want: "base64"},
		{name: "sha1", old: `"hash": "` + sriA + `"`, new: `"hash": ⌖"sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk="`, want: "sha1"},
		{name: "base 32", old: `"hash": "` + sriA + `"`, new: `"hash": ⌖"0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73"`, want: "malformed hash"},
		{name: "system", old: compactFetch, new: systems(`{⌖"linux": ` + compactFetch + `}`), want: `"linux" is not a system`},
		{name: "system with a shell", old: compactFetch, new: systems(`{⌖"x86_64-linux; rm": ` + compactFetch + `}`), want: "is not a system"},
		{name: "credentials", old: compactFetch, new: call("fetchzip", strings.Replace(zipArgs, `"https://`, `⌖"https://u:s3cret@`, 1)), want: "credentials", is: sources.ErrCredentials},
		{name: "malformed credentials", old: compactFetch, new: call("fetchzip", strings.Replace(zipArgs, `"https://`, `⌖"https://u:s3cret%zz@`, 1)), want: "credentials"},
		{name: "escaped credentials", old: compactFetch, new: call("fetchzip", strings.Replace(zipArgs, `"https://`, `⌖"https://u:s3cret\u0040`, 1)), want: "credentials"},
		{name: "credentials in the source", old: compactSource, new: `{"type": "git", "branch": "-x", "url": ⌖"https://s3cret@example.org/r.git"}`, want: "credentials"},
		{name: "credentials in a host", old: `"owner": "o", "repo": "r", "tags"`, new: `"host": ⌖"u:s3cret@example.org", "owner": "o", "repo": "r", "tags"`, want: "credentials"},

		// Names.
		{name: "reserved name", old: `"a": {`, new: `⌖"override": ⌖{`, want: `"override"`, is: lock.ErrName},
		{name: "malformed name", old: `"a": {`, new: `⌖"1a": ⌖{`, want: `"1a"`, is: lock.ErrName},
		{name: "no name", old: `"a": {`, new: `⌖"": ⌖{`, want: `""`, is: lock.ErrName},
		{name: "pin and scope", old: "\n    }\n  }", new: "\n    }, ⌖\"a/b\": ⌖" + compactPin + "\n  }", want: "scope", is: lock.ErrName},
		{name: "one variable for two", old: `"a": {`, new: `⌖"b_c": ⌖` + compactPin + `, ⌖"b/c": ⌖` + compactPin + `, "a": {`, want: "PINFETCH_OVERRIDE_b_c", is: lock.ErrName},

		// Text that is no JSON.
		{name: "two objects", old: "\n  }\n}\n", new: "\n  }\n}\n⌖{}"},
		{name: "text behind", old: "\n  }\n}\n", new: "\n  }\n}\n⌖garbage"},
		{name: "byte order mark", old: "{\n  \"version\"", new: "⌖\ufeff{\n  \"version\""},
		{name: "invalid UTF-8", old: `"owner": "o", "repo": "r", "tags"`, new: `"owner": "⌖` + "\xff" + `", "repo": "r", "tags"`, want: "UTF-8"},
		{name: "lone surrogate", old: `"owner": "o", "repo": "r", "tags"`, new: `"owner": "⌖\ud800", "repo": "r", "tags"`},
		{name: "line break in text", old: `"owner": "o", "repo": "r", "tags"`, new: `"owner": "⌖` + "\n" + `", "repo": "r", "tags"`},
		{name: "comma at the end", old: `"tags": "*"}`, new: `"tags": "*",⌖}`},
		{name: "comment", old: "{\n  \"version\"", new: "⌖// pins\n{\n  \"version\""},
		{name: "single quotes", old: `"version": 1,`, new: `⌖'version': 1,`},
		{name: "equal signs left of a merge", old: `    "a": {`, new: "⌖=======\n    \"a\": {"},
		{name: "merge", old: `    "a": {`, new: "⌖<<<<<<< HEAD\n    \"a\": {", is: lock.ErrConflictMarkers},
		{name: "end of a merge", old: `    "a": {`, new: "⌖>>>>>>> main\n    \"a\": {", is: lock.ErrConflictMarkers},
		{name: "merge in CRLF", old: `    "a": {`, new: "⌖<<<<<<< HEAD\r\n    \"a\": {", is: lock.ErrConflictMarkers},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			text := edit(t, compact, tt.old, tt.new)
			places := append(take(&text), tt.at)
			f, err := lock.Parse([]byte(text), kinds())
			if err == nil {
				t.Fatalf("no error, got %+v", f.Pins)
			}
			var at *lock.ParseError
			switch {
			case !errors.Is(err, lock.ErrSyntax):
				t.Errorf("got %v, want an ErrSyntax", err)
			case tt.is != nil && !errors.Is(err, tt.is):
				t.Errorf("got %v, want an error that is %q", err, tt.is)
			case !errors.As(err, &at):
				t.Errorf("got %v, want a place in the file", err)
			case !slices.Contains(places, [2]int{at.Line, at.Column}):
				t.Errorf("got %v, want it at %d", err, places)
			case !strings.Contains(err.Error(), tt.want):
				t.Errorf("got %q, want %q in it", err, tt.want)
			}
			for _, forbidden := range []string{"s3cret", "Go ", "lock.", "sources.", "struct", "jsontext", "\x1b", "\n"} {
				if strings.Contains(err.Error(), forbidden) {
					t.Errorf("got %q, want no %q in it", err, forbidden)
				}
			}
		})
	}
}

// A value that is invalid belongs to its pin: it is kept as it is, and the other pins can be read and written.
func TestParseKeepsInvalidValues(t *testing.T) {
	t.Parallel()
	zipArgs := `{"url": "https://example.org/a.zip", "hash": "` + sriA + `", "stripRoot": true, "extension": "zip"}`
	gitArgs := `{"url": "https://example.org/a.git", "rev": "` + revA + `", "hash": "` + sriA + `", "fetchSubmodules": false}`
	call := func(fetcher, args string) string { return fmt.Sprintf(`{"fetcher": %q, "args": %s}`, fetcher, args) }
	for _, tt := range []struct{ name, old, new, want string }{
		{name: "short rev", old: `"rev": "` + revA + `"`, new: `"rev": "aaaaaaa"`, want: "full commit"},
		{name: "rev in capitals", old: `"rev": "` + revA + `"`, new: `"rev": "` + strings.ToUpper(revA) + `"`, want: "full commit"},
		{name: "branch as rev", old: `"rev": "` + revA + `"`, new: `"rev": "main"`, want: "full commit"},
		{name: "rev in both places", old: `{"ref": "refs/tags/v1",`, new: `{"rev": "` + revA + `", "ref": "refs/tags/v1",`, want: `"rev" appears in both "locked" and "args"`},
		{name: "bad rev in locked", old: `{"ref": "refs/tags/v1",`, new: `{"rev": "v1", "ref": "refs/tags/v1",`, want: "full commit"},
		{name: "date", old: `"2024-01-01"`, new: `"2024-1-1"`, want: "YYYY-MM-DD"},
		{name: "date with a line", old: `"2024-01-01"`, new: `"2024-01-01\n"`, want: "YYYY-MM-DD"},
		{name: "short ref", old: `"refs/tags/v1"`, new: `"v1"`, want: "ref"},
		{name: "escape in a ref", old: `"refs/tags/v1"`, new: `"refs/tags/\u001b[31mv1"`, want: "ref"},
		{name: "escape in a version", old: `"version": "1", "date"`, new: `"version": "1\u001b]0;", "date"`, want: "version"},
		{name: "C1 control in a version", old: `"version": "1", "date"`, new: `"version": "1\u009b31m", "date"`, want: "version"},
		{name: "line in a version", old: `"version": "1", "date"`, new: `"version": "1\n", "date"`, want: "version"},
		{name: "space in a version", old: `"version": "1", "date"`, new: `"version": "1 0", "date"`, want: "version"},
		{name: "no-break space in a version", old: `"version": "1", "date"`, new: `"version": "1\u00a00", "date"`, want: "version"},
		{name: "line separator in a version", old: `"version": "1", "date"`, new: `"version": "1\u20280", "date"`, want: "version"},
		{name: "text direction in a version", old: `"version": "1", "date"`, new: `"version": "1\u202e0", "date"`, want: "version"},
		{name: "escape in a glob", old: `"tags": "*"`, new: `"tags": "v\u001b[31m*"`, want: "tag"},
		{name: "escape in a directory", old: `"tags": "*"`, new: `"tags": "*", "rootDir": "a\u001b[31m"`, want: "director"},
		{name: "malformed constraint", old: `"tags": "*"`, new: `"tags": "*", "constraint": "two"`, want: "constraint"},
		{name: "malformed glob", old: `"tags": "*"`, new: `"tags": "v[1"`, want: "glob"},
		{name: "two things to follow", old: `"tags": "*"`, new: `"tags": "*", "branch": "main"`, want: "exclude"},
		{name: "varPrefix", old: sriA + `"}}`, new: sriA + `"}, "private": {"varPrefix": "a; rm"}}`, want: "varPrefix"},
		{name: "extension", old: compactFetch, new: call("fetchzip", strings.Replace(zipArgs, `"zip"`, `"zip; rm"`, 1)), want: "extension"},
		{name: "scheme", old: compactFetch, new: call("fetchgit", strings.Replace(gitArgs, `https://`, `ssh://git@`, 1))},
		{name: "store name", old: compactArgs, new: `{"name": "../x", "owner": "o", "repo": "r", "rev": "` + revA + `", "hash": "` + sriA + `"}`, want: "store path"},
		{name: "year 0", old: `"2024-01-01"`, new: `"0000-01-01"`, want: "0001 to 9999"},
		{name: "year 10000", old: `"2024-01-01"`, new: `"10000-01-01"`, want: "0001 to 9999"},
		{name: "date of a URL", old: `"2024-01-01"`, new: `"` + strings.Repeat("9", 10_000) + `"`, want: "…"},
		{name: "branch", old: `"tags": "*"`, new: `"branch": "a b"`, want: "branch"},
		{name: "long store name", old: compactArgs, new: `{"owner": "o", "repo": "r", "rev": "` + revA + `", "hash": "` + sriA + `", "name": "` + strings.Repeat("a", 208) + `"}`, want: "store path"},
		{name: "other owner", old: compactArgs, new: strings.Replace(compactArgs, `"o"`, `"mallory"`, 1), want: "the pin fetches github.com/mallory/r@" + revA + ", but its source is github.com/o/r@" + revA},
		{name: "other fetcher", old: compactFetch, new: call("fetchgit", gitArgs), want: "its source is github.com/o/r"},
		{name: "private", old: sriA + `"}}`, new: sriA + `"}, "private": {}}`, want: "other arguments"},
		{name: "a system", old: compactFetch, new: `{"systems": {"x86_64-linux": ` + compactFetch + `}}`, want: "fetches for x86_64-linux, but its source is for every system"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := mustParse(t, edit(t, compact, tt.old, tt.new))
			err := f.Pins["a"].Validate()
			if !errors.Is(err, sources.ErrInvalid) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an ErrInvalid with %q", err, tt.want)
			}
			if err != nil && (!terminal.IsSafe(err.Error()) || len(err.Error()) > 1000) {
				t.Errorf("got %q, which is not fit for a terminal", err)
			}
			f.Pins["b"] = pin("b", revB, "1")
			text := mustFormat(t, f)
			again := mustParse(t, text)
			if !again.Pins["a"].Equal(f.Pins["a"]) || mustFormat(t, again) != text {
				t.Errorf("got %+v after writing and reading %+v", again.Pins["a"], f.Pins["a"])
			}
		})
	}
	if err := mustParse(t, compact).Pins["a"].Validate(); err != nil {
		t.Errorf("got %v for a valid pin", err)
	}
}

// take takes the marks out of a text and returns where they stood: lines and columns.
func take(text *string) (places [][2]int) {
	for {
		before, after, found := strings.Cut(*text, place)
		if !found {
			return places
		}
		*text = before + after
		places = append(places, [2]int{1 + strings.Count(before, "\n"), len(before) - strings.LastIndex(before, "\n")})
	}
}

func TestParseTruncated(t *testing.T) {
	t.Parallel()
	for _, text := range []string{small, compact} {
		text = strings.TrimSuffix(text, "\n")
		for n := range len(text) {
			f, err := lock.Parse([]byte(text[:n]), kinds())
			var at *lock.ParseError
			if err == nil || !errors.As(err, &at) || !errors.Is(err, lock.ErrSyntax) {
				t.Fatalf("the first %d bytes: got %+v, %v, want a ParseError", n, f, err)
			}
			if line := 1 + strings.Count(text[:n], "\n"); at.Line > line {
				t.Fatalf("the first %d bytes: got %v, but they have %d lines", n, err, line)
			}
		}
	}
}

// A byte that is flipped may give another lock or an error, and never a panic.
func TestParseDamaged(t *testing.T) {
	t.Parallel()
	for i := range compact {
		for _, b := range []byte{0, '"', '{', '}', ',', 0xff} {
			data := []byte(compact)
			data[i] = b
			if f, err := lock.Parse(data, kinds()); err == nil {
				if _, err := f.Format(kinds()); err != nil {
					t.Errorf("byte %d is %q: parsed, but does not format: %v", i, b, err)
				}
			} else if !errors.Is(err, lock.ErrSyntax) {
				t.Errorf("byte %d is %q: got %v, want an ErrSyntax", i, b, err)
			}
		}
	}
}

func TestParseBounds(t *testing.T) {
	t.Parallel()
	data := bytes.Repeat([]byte("x"), lock.MaxSize)
	var at *lock.ParseError
	if _, err := lock.Parse(data, kinds()); !errors.As(err, &at) {
		t.Errorf("got %v for %d bytes, want them to be read", err, len(data))
	}
	data = append(data, 'x')
	if _, err := lock.Parse(data, kinds()); !errors.Is(err, lock.ErrSyntax) || !strings.Contains(err.Error(), "67108864") {
		t.Errorf("got %v for %d bytes, want an ErrSyntax that names the bound", err, len(data))
	}
}

// Nesting is bounded by the parser, not by the stack.
func TestParseNested(t *testing.T) {
	t.Parallel()
	for _, open := range []string{"[", `{"a":`} {
		text := edit(t, compact, `"version": 1,`, `"version": 1, "x": `+strings.Repeat(open, 1<<20)+",")
		if _, err := lock.Parse([]byte(text), kinds()); !errors.Is(err, lock.ErrSyntax) {
			t.Errorf("a million times %q: got %v, want an ErrSyntax", open, err)
		}
	}
}

// Hand-formatted JSON of the same meaning is the same lock.
func TestParseIgnoresLayout(t *testing.T) {
	t.Parallel()
	want := mustFormat(t, mustParse(t, compact))
	for name, text := range map[string]string{
		"one line": strings.Join(strings.Fields(compact), " "),
		"CRLF":     strings.ReplaceAll(compact, "\n", "\r\n"),
		"no end":   strings.TrimSuffix(compact, "\n"),
		"order":    edit(t, edit(t, compact, `"version": 1,`+"\n", ""), "\n  }\n}", "\n  },\n  \"version\": 1\n}"),
	} {
		if got := mustFormat(t, mustParse(t, text)); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
		}
	}
}
