// Package dial makes clients that reach a fake forge instead of the network.
package dial

import (
	"crypto/x509"
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/pinfetch/pinfetch/internal/gitcmd"
	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/test/forgetest"
)

// Forge returns clients for which every host is the forge. options may change those of the web client.
func Forge(t testing.TB, f *forgetest.Forge, credentials web.Credentials, options ...func(*web.Options)) (*web.Client, *gitcmd.Git) {
	t.Helper()
	authority, err := os.ReadFile(f.CAFile())
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(authority) {
		t.Fatal("the forge's authority is no certificate")
	}
	proxy, err := url.Parse(f.ProxyURL())
	if err != nil {
		t.Fatal(err)
	}
	o := web.Options{
		Proxy:       func(*url.URL) (*url.URL, error) { return proxy, nil },
		Roots:       roots,
		Credentials: credentials,
		Tries:       2,
		Backoff:     time.Millisecond,
	}
	for _, change := range options {
		change(&o)
	}
	g := &gitcmd.Git{
		Env:         []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "GIT_SSL_CAPATH=" + f.CADir()},
		Proxy:       []string{"http_proxy=" + f.ProxyURL(), "https_proxy=" + f.ProxyURL()},
		CAFile:      f.CAFile(),
		Credentials: credentials,
		TempDir:     t.TempDir(),
	}
	return web.New(o), g
}
