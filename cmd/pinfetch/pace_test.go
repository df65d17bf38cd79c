package main

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

type roundTripFunc func(*http.Request) (*http.Response, error)

func (f roundTripFunc) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// A few writes, and all reads, cost nothing; no minute has more than 80 writes.
func TestPaceWrites(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sent := 0
		transport := paceWrites(roundTripFunc(func(*http.Request) (*http.Response, error) {
			sent++
			return nil, nil
		}))
		send := func(method string, times int) time.Duration {
			start := time.Now()
			for range times {
				req, err := http.NewRequestWithContext(t.Context(), method, "https://api.github.com/", nil)
				if err == nil {
					_, err = transport.RoundTrip(req)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			return time.Since(start)
		}
		if took := send(http.MethodPost, 20) + send(http.MethodGet, 1000); took != 0 {
			t.Errorf("20 writes and 1000 reads took %s", took)
		}
		if took := send(http.MethodPatch, 60); took < time.Minute || sent != 1080 {
			t.Errorf("60 more writes took %s, want a minute; %d requests were sent, want 1080", took, sent)
		}
	})
}
