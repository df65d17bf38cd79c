package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"time"

	"github.com/pinfetch/pinfetch/test/forgetest"
)

// gitHost is a forge besides GitHub; it goes down during the demo.
const gitHost = "git.example.org"

// upstream makes what the demo pins.
type upstream struct {
	forge                   *forgetest.Forge
	hello, greetings, theme *forgetest.Repo
}

const hello = `-- hello.sh --
#!/bin/sh
cat @banner@/banner
while read -r greeting; do
	echo "$(cat @theme@/bullet) $greeting"
done < @greetings@/greetings
`

func newUpstream(forge *forgetest.Forge) *upstream {
	u := &upstream{
		forge:     forge,
		hello:     forge.RepoOn("github.com", "acme/hello"),
		greetings: forge.RepoOn("github.com", "acme/greetings"),
		theme:     forge.RepoOn(gitHost, "design/theme"),
	}
	first := u.hello.Commit("main", forgetest.Txtar(hello))
	u.hello.Tag("v1.0.0", first)
	second := u.hello.Commit("main", forgetest.Txtar("-- README --\nSays hello.\n"))
	u.hello.AnnotatedTag("v1.1.0", second, "hello 1.1.0")
	u.hello.Tag("v2.0.0-rc.1", u.hello.Commit("main", forgetest.Txtar("-- NEWS --\nSoon.\n")))
	u.greetings.Commit("main", forgetest.Txtar("-- greetings --\nhello\nbonjour\n"))
	u.theme.Commit("main", forgetest.Txtar("-- bullet --\n*\n"))
	forge.File("downloads.example.org", "/banner-1.0.tar.gz", forgetest.Content{
		Body: tarGzip("banner-1.0/banner", "--- greetings of the day ---\n"),
	})
	return u
}

// release makes a new version of hello and one more commit of greetings.
func (u *upstream) release() {
	next := u.hello.Commit("main", forgetest.Txtar("-- README --\nSays hello, in more languages.\n"))
	u.hello.AnnotatedTag("v1.2.0", next, "hello 1.2.0")
	u.greetings.Commit("main", forgetest.Txtar("-- greetings --\nhello\nbonjour\nmoin\n"))
}

func (u *upstream) releaseAgain() {
	u.hello.Tag("v1.3.0", u.hello.Commit("main", forgetest.Txtar("-- NEWS --\nA version nobody asked for.\n")))
}

func (u *upstream) fail() { u.forge.Unreachable(gitHost) }

func (u *upstream) recover() { u.forge.Reachable(gitHost) }

// tarGzip is an archive of one file.
func tarGzip(name, body string) []byte {
	var archive bytes.Buffer
	compressor := gzip.NewWriter(&archive)
	w := tar.NewWriter(compressor)
	header := &tar.Header{Name: name, Mode: 0o644, Size: int64(len(body)), ModTime: time.Unix(0, 0)}
	// A bytes.Buffer takes everything.
	_ = w.WriteHeader(header)
	_, _ = w.Write([]byte(body))
	_ = w.Close()
	_ = compressor.Close()
	return archive.Bytes()
}
