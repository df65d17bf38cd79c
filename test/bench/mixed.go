package main

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"

	"github.com/pinfetch/pinfetch/internal/gitrefs"
	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/bitbucket"
	"github.com/pinfetch/pinfetch/pkg/sources/forgejo"
	"github.com/pinfetch/pinfetch/pkg/sources/git"
	"github.com/pinfetch/pinfetch/pkg/sources/github"
	"github.com/pinfetch/pinfetch/pkg/sources/gitlab"
	"github.com/pinfetch/pinfetch/pkg/sources/sourcehut"
	sourceurl "github.com/pinfetch/pinfetch/pkg/sources/url"
	"github.com/pinfetch/pinfetch/test/forgetest"
	"github.com/pinfetch/pinfetch/test/forgetest/synthetic"
)

// lockMixed is a lock with pins of all services, in turn. Every pin is up to date.
const lockMixed = "mixed"

// service is where some pins of a mixed lock come from.
type service struct {
	kind func(refs sources.RefLister, api http.RoundTripper) sources.Kind // nil for URLs
	ask  func(i int) sources.Request                                      // what the i-th pin is added with
	// serve makes the forge answer for the i-th pin. It is nil for URLs, which an update does not look at.
	serve func(f *forgetest.Forge, set *synthetic.Set, i int)
}

// services lists where pins of a mixed lock come from. Another kind is a few lines.
func services() []service {
	type newKind = func(sources.RefLister, http.RoundTripper) sources.Kind
	onGit := func(kind newKind, before, owner, after string) service {
		path := func(i int) string { return owner + "/" + synthetic.Name(i) }
		return service{
			kind:  kind,
			ask:   func(i int) sources.Request { return sources.Request{Ref: before + path(i) + after} },
			serve: func(f *forgetest.Forge, set *synthetic.Set, i int) { f.Serve(path(i), set.Repo(synthetic.Name(i))) },
		}
	}
	withoutAPI := func(kind func(sources.RefLister) sources.Kind) newKind {
		return func(refs sources.RefLister, _ http.RoundTripper) sources.Kind { return kind(refs) }
	}
	template := onGit(nil, "git+https://git.example.org/", "on-template", ".git")
	template.ask = func(i int) sources.Request {
		from := fmt.Sprintf("git+https://git.example.org/on-template/%s.git", synthetic.Name(i))
		return sources.Request{Ref: fmt.Sprintf("https://example.org/%05d-{version}.tar.gz", i), From: from}
	}
	return append(registries(), []service{
		onGit(github.New, "github:", "on-github", ""),
		onGit(gitlab.New, "gitlab:", "on-gitlab", ""),
		onGit(forgejo.New, "codeberg:", "on-codeberg", ""),
		onGit(withoutAPI(sourcehut.New), "sourcehut:", "~on-sourcehut", ""),
		onGit(withoutAPI(bitbucket.New), "bitbucket:", "on-bitbucket", ""),
		onGit(withoutAPI(git.New), "git+https://git.example.org/", "on-git", ".git"),
		template,
		{ask: func(i int) sources.Request {
			return sources.Request{Ref: fmt.Sprintf("https://example.org/file-%05d.tar.gz", i)}
		}},
	}...)
}

// serviceOf returns the service of the i-th pin of a mixed lock, and which of its pins that is.
func serviceOf(i int) (service, int) {
	all := services()
	return all[i%len(all)], i / len(all)
}

// serveMixed makes a forge answer for the pins of a mixed lock, and returns how many lookups an update needs.
func serveMixed(f *forgetest.Forge, set *synthetic.Set, pins int) (lookups int) {
	for i := range pins {
		if s, n := serviceOf(i); s.serve != nil {
			s.serve(f, set, n)
			lookups++
		}
	}
	return lookups
}

// makeMixed writes a mixed lock: what the kinds find out from a forge, with made-up hashes. It returns how many lookups an
// update of it needs.
func makeMixed(path string, pins int) (lookups int, err error) {
	set, err := synthetic.New(nil) // nothing is downloaded
	if err != nil {
		return 0, err
	}
	f, err := forgetest.Start(forgetest.Options{Dir: filepath.Dir(path)})
	if err != nil {
		return 0, err
	}
	defer f.Stop()
	lookups = serveMixed(f, set, pins)
	w, err := webClient(f)
	if err != nil {
		return 0, err
	}
	var kinds []sources.Kind
	for _, s := range services() {
		if s.kind != nil {
			kinds = append(kinds, s.kind(gitrefs.NewClient(w, nil), w.RoundTripper()))
		}
	}
	all := sources.NewSet(append(kinds, sourceurl.New(w, w.RoundTripper(), kinds...))...)
	file := &lock.File{Pins: make(map[string]lock.Pin, pins)}
	for i := range pins {
		s, n := serviceOf(i)
		pin, err := currentPin(all, s.ask(n))
		if err != nil {
			return 0, fmt.Errorf("pin %q: %w", s.ask(n).Ref, err)
		}
		file.Pins[fmt.Sprintf("pin-%05d", i)] = pin
	}
	data, err := file.Format(all)
	if err != nil {
		return 0, err
	}
	return lookups, os.WriteFile(path, data, 0o644)
}

// currentPin returns the pin of a request, as it would be added but for its hashes.
func currentPin(all *sources.Set, r sources.Request) (pin lock.Pin, err error) {
	if pin.Source, err = all.Parse(r); err != nil {
		return pin, err
	}
	if pin.Source, _, err = all.Choose(context.Background(), pin.Source); err != nil {
		return pin, err
	}
	if pin.Locked, err = all.Resolve(context.Background(), pin.Source); err != nil {
		return pin, err
	}
	pin.Locked.Aside, pin.Locked.Calls = sources.Aside{}, slices.Clone(pin.Locked.Calls)
	if pin.Locked.Rev() != "" {
		pin.Locked.Date = synthetic.Date()
	}
	for i := range pin.Locked.Calls {
		call := &pin.Locked.Calls[i]
		call.Digest = ""
		if call.Fetcher == sources.FetchZip && call.Extension == "" {
			call.Extension = "tar.gz"
		}
		if digest := sha256.Sum256([]byte(call.URL + call.Rev)); call.Hash.IsZero() {
			call.Hash = hash.NewSRI(hash.SHA256, digest[:])
		}
	}
	return pin, pin.Validate()
}

// webClient returns a client for which every host is the forge.
func webClient(f *forgetest.Forge) (*web.Client, error) {
	authority, err := os.ReadFile(f.CAFile())
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)
	proxy, err := url.Parse(f.ProxyURL())
	if err != nil {
		return nil, err
	}
	return web.New(web.Options{Proxy: func(*url.URL) (*url.URL, error) { return proxy, nil }, Roots: roots}), nil
}
