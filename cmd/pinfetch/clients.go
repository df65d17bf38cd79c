package main

import (
	"cmp"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/url"
	"os"

	"golang.org/x/net/http/httpproxy"

	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/internal/gitcmd"
	"github.com/pinfetch/pinfetch/internal/gitrefs"
	"github.com/pinfetch/pinfetch/internal/prefetch"
	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/github"
)

// clients is everything that reaches the network.
type clients struct {
	web        *web.Client
	refs       remotes
	api        http.RoundTripper // for the APIs of forges; asks again for what it knows only whether it changed
	prefetcher *prefetch.Prefetcher
	sources    *sources.Set
}

// newClients makes the clients from the environment and the global options. It sends nothing.
func (p *program) newClients() (*clients, error) {
	p.workMemory()
	credentials, err := p.credentials()
	if err != nil {
		return nil, err
	}
	if p.ui.credentials, err = p.withAWS(credentials); err != nil {
		return nil, err
	}
	roots, caFile, err := p.authorities()
	if err != nil {
		return nil, err
	}
	anyProxy := cmp.Or(p.getenv("all_proxy"), p.getenv("ALL_PROXY"))
	proxy := httpproxy.Config{
		HTTPProxy:  cmp.Or(p.getenv("http_proxy"), p.getenv("HTTP_PROXY"), anyProxy),
		HTTPSProxy: cmp.Or(p.getenv("https_proxy"), p.getenv("HTTPS_PROXY"), anyProxy),
		NoProxy:    cmp.Or(p.getenv("no_proxy"), p.getenv("NO_PROXY")),
	}
	w := web.New(web.Options{
		UserAgent:   "pinfetch/" + buildVersion(),
		Proxy:       func(u *url.URL) (*url.URL, error) { return proxy.ProxyFunc()(u) },
		Roots:       roots,
		Credentials: credentials,
		Tries:       p.options.retries + 1,
		Stall:       p.options.timeout,
		Log:         p.ui.detail,
		RateLimit:   github.RateLimit,
	})
	g := &gitcmd.Git{
		Env:         p.variables("PATH", "HOME", "USER", "LOGNAME", "SSH_AUTH_SOCK", "GIT_SSL_CAPATH", "TMPDIR"),
		SSH:         p.getenv("GIT_SSH_COMMAND"),
		Proxy:       p.variables("http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"),
		CAFile:      caFile,
		Credentials: credentials,
		TempDir:     p.getenv("TMPDIR"),
		Tries:       p.options.retries + 1,
		Stall:       p.options.timeout,
	}
	g.Sweep()
	store := p.cache()
	c := &clients{
		web:  w,
		refs: remotes{gitrefs.NewClient(w, g.Refs), g, store},
		api:  web.Conditional(w.RoundTripper(), store, credentials),
		prefetcher: &prefetch.Prefetcher{
			Web: w, Git: g, Limits: p.options.limits, TempDir: p.getenv("TMPDIR"), Store: store, Log: p.ui.detail,
		},
	}
	c.sources = c.resolvable()
	return c, nil
}

// runEngine runs work on some pins and shows its progress. With again, it also downloads what the cache has.
func (p *program) runEngine(pins int, again bool, work func(*engine.Engine) []engine.Outcome) ([]engine.Outcome, error) {
	c, err := p.clients()
	if err != nil {
		return nil, err
	}
	return p.runWith(c, pins, c.fetch(again), work), nil
}

// fetch returns what an engine hashes with. With again, it also downloads what the cache has.
func (c *clients) fetch(again bool) engine.PrefetchFunc {
	if again {
		return c.prefetcher.Again
	}
	return c.prefetcher.Prefetch
}

func (p *program) runWith(c *clients, pins int, fetch engine.PrefetchFunc, work func(*engine.Engine) []engine.Outcome) []engine.Outcome {
	report, stop := p.ui.showProgress(pins)
	defer stop()
	return work(&engine.Engine{Sources: c.sources, Prefetch: fetch, Jobs: p.options.jobs, Report: report})
}

// authorities returns the trusted certificate authorities and their file, as Nix and OpenSSL choose them:
// NIX_SSL_CERT_FILE, then SSL_CERT_FILE, else the system's. A missing file is ignored, because nixpkgs' builders
// name one.
func (p *program) authorities() (*x509.CertPool, string, error) {
	const fix = "set it to a file of PEM certificates, or unset it"
	for _, variable := range []string{"NIX_SSL_CERT_FILE", "SSL_CERT_FILE"} {
		path := p.getenv(variable)
		if path == "" {
			continue
		}
		data, err := readSmall(path, maxCertificates)
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			return nil, "", sources.WithHint(fmt.Errorf("%s: %w", variable, err), fix)
		}
		roots := x509.NewCertPool()
		if !roots.AppendCertsFromPEM([]byte(data)) {
			return nil, "", sources.WithHint(fmt.Errorf("%s: %q contains no certificate: %w", variable, path, errUsage), fix)
		}
		return roots, path, nil
	}
	return nil, "", nil
}

// variables returns those of the variables that are set, as NAME=value.
func (p *program) variables(names ...string) []string {
	var set []string
	for _, name := range names {
		if value := p.getenv(name); value != "" {
			set = append(set, name+"="+value)
		}
	}
	return set
}
