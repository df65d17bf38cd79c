package forge

import (
	"context"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// The hosts that are served.
const (
	siteHost     = "github.com"
	codeloadHost = "codeload.github.com"
)

// maxStreams is how many requests a connection may carry at once; github.com's own setting.
const maxStreams = 100

// Options are the choices of [Start].
type Options struct {
	Repositories int           // how many there are
	RoundTrip    time.Duration // how far away the forge is; see the package comment
	Tar          []byte        // what every archive holds, as an uncompressed tar file
}

// Forge is a running forge.
type Forge struct {
	roundTrip    time.Duration
	repositories map[string]bool // by OWNER/REPO
	refs         []string        // full names, in order
	archive      archive
	certificate  []byte
	tunnels      *tunnels
	server       *http.Server
	serving      sync.WaitGroup
	tally        tally
}

// Start starts a forge on a free port of the loopback. The caller must Close it.
func Start(o Options) (*Forge, error) {
	archive, err := newArchive(o.Tar)
	if err != nil {
		return nil, err
	}
	pair, certificate, err := newCertificate(siteHost, codeloadHost)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	f := &Forge{
		roundTrip: o.RoundTrip, repositories: make(map[string]bool, o.Repositories), refs: refNames(),
		archive: archive, certificate: certificate,
	}
	for i := range o.Repositories {
		f.repositories[Owner+"/"+Repository(i)] = true
	}
	f.tunnels = newTunnels(listener, f)
	f.server = &http.Server{
		Handler: http.HandlerFunc(f.serve),
		TLSConfig: &tls.Config{
			Certificates:       []tls.Certificate{pair},
			GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return nil, f.travel(context.Background()) },
		},
		HTTP2:    &http.HTTP2Config{MaxConcurrentStreams: maxStreams},
		ErrorLog: log.New(io.Discard, "", 0), // a client that goes away is none of our business
	}
	f.serving.Go(f.tunnels.dig)
	f.serving.Go(func() { f.server.ServeTLS(f.tunnels, "", "") })
	return f, nil
}

// Close ends all connections.
func (f *Forge) Close() {
	f.server.Close()
	f.tunnels.Close()
	f.serving.Wait()
}

// ProxyURL is the address of the proxy behind which the forge is.
func (f *Forge) ProxyURL() string { return "http://" + f.tunnels.Addr().String() }

// Certificate is the forge's own certificate in PEM form, which is to be trusted.
func (f *Forge) Certificate() []byte { return f.certificate }

// travel takes one round trip.
func (f *Forge) travel(ctx context.Context) error {
	f.tally.roundTrips.Add(1)
	if f.roundTrip <= 0 {
		return nil
	}
	timer := time.NewTimer(f.roundTrip)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// serve answers a request, after a round trip.
func (f *Forge) serve(w http.ResponseWriter, r *http.Request) {
	defer f.tally.enter()()
	if f.travel(r.Context()) != nil {
		return
	}
	path := strings.TrimPrefix(r.URL.Path, "/")
	if r.Host == codeloadHost {
		f.codeload(w, r, path)
		return
	}
	if name, ok := strings.CutSuffix(path, "/info/refs"); ok {
		f.advertise(w, r, name)
	} else if name, ok := strings.CutSuffix(path, "/git-upload-pack"); ok {
		f.uploadPack(w, r, name)
	} else if name, file, ok := strings.Cut(path, "/archive/"); ok {
		f.redirect(w, r, name, file)
	} else {
		f.refuse(w, http.StatusNotFound, "no such page")
	}
}

// refuse answers what should not have been asked.
func (f *Forge) refuse(w http.ResponseWriter, status int, text string) {
	f.tally.others.Add(1)
	http.Error(w, text, status)
}
