package main

import (
	"errors"
	"net/http"
	"time"

	"golang.org/x/time/rate"
)

// GitHub refuses more than 80 requests a minute that create content, and asks for a second between those that write
// (docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api).
const (
	writeInterval = time.Second
	writeBurst    = 20
)

// pacedWrites lets requests that write wait after a burst. Others pass.
type pacedWrites struct {
	next    http.RoundTripper
	limiter *rate.Limiter
}

func paceWrites(next http.RoundTripper) http.RoundTripper {
	return pacedWrites{next, rate.NewLimiter(rate.Every(writeInterval), writeBurst)}
}

// RoundTrip implements [http.RoundTripper].
func (t pacedWrites) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Method != http.MethodGet && req.Method != http.MethodHead && req.Method != "" {
		if err := t.limiter.Wait(req.Context()); err != nil {
			return nil, errors.Join(err, req.Body.Close())
		}
	}
	return t.next.RoundTrip(req)
}
