package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// The tests in this file use synctest's clock and in-memory connections.

// onPipes serves a handler on in-memory connections, inside a bubble, and passes a client for it to test.
func onPipes(t *testing.T, o Options, handler http.HandlerFunc, test func(t *testing.T, c *Client)) {
	synctest.Test(t, func(t *testing.T) {
		l := &pipeListener{dialed: make(chan net.Conn), closed: make(chan struct{})}
		server := &http.Server{Handler: handler}
		go server.Serve(l)
		c := New(o)
		c.transport.DialContext = l.dial
		test(t, c)
		c.transport.CloseIdleConnections()
		server.Close()
	})
}

type pipeListener struct {
	dialed chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.dialed:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "unix"} }

func (l *pipeListener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case l.dialed <- server:
		return client, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func discard(resp *http.Response) error {
	_, err := io.Copy(io.Discard, resp.Body)
	return err
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	// A date has whole seconds; synctest's clock starts on one.
	date := func(after time.Duration) string { return time.Now().Add(after).UTC().Format(http.TimeFormat) }
	tests := []struct {
		name     string
		status   int
		value    func() string
		requests int
		waited   time.Duration
	}{
		{"seconds", 503, func() string { return "30" }, 2, 30 * time.Second},
		{"seconds with 429", 429, func() string { return "7" }, 2, 7 * time.Second},
		{"seconds with 500", 500, func() string { return "7" }, 2, 7 * time.Second},
		{"the longest", 503, func() string { return fmt.Sprint(int(MaxRetryAfter.Seconds())) }, 2, MaxRetryAfter},
		{"too long", 503, func() string { return fmt.Sprint(int(MaxRetryAfter.Seconds()) + 1) }, 1, 0},
		{"far too long", 429, func() string { return "3600" }, 1, 0},
		{"beyond a duration", 503, func() string { return "9999999999999" }, 1, 0},
		{"date", 503, func() string { return date(45 * time.Second) }, 2, 45 * time.Second},
		{"date too late", 503, func() string { return date(time.Hour) }, 1, 0},
		{"date gone by", 503, func() string { return date(-time.Hour) }, 2, 0},
		{"not for 404", 404, func() string { return "1" }, 1, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var requests atomic.Int32
			handler := func(w http.ResponseWriter, r *http.Request) {
				if requests.Add(1) == 1 {
					w.Header().Set("Retry-After", tt.value())
					w.WriteHeader(tt.status)
				}
			}
			onPipes(t, Options{}, handler, func(t *testing.T, c *Client) {
				start := time.Now()
				err := c.Do(t.Context(), Request{URL: "http://files.example.org/"}, discard)
				if (err == nil) != (tt.requests == 2) {
					t.Errorf("got %v", err)
				}
				if got := int(requests.Load()); got != tt.requests {
					t.Errorf("got %d requests, want %d", got, tt.requests)
				}
				if got := time.Since(start); got != tt.waited {
					t.Errorf("waited %v, want %v", got, tt.waited)
				}
			})
		})
	}
}

// The wait doubles with each attempt, with jitter.
func TestBackoffDoubles(t *testing.T) {
	t.Parallel()
	const first, tries = time.Millisecond, 12
	var at []time.Time
	handler := func(w http.ResponseWriter, r *http.Request) {
		at = append(at, time.Now())
		w.WriteHeader(503)
	}
	onPipes(t, Options{Backoff: first, Tries: tries}, handler, func(t *testing.T, c *Client) {
		if err := c.Do(t.Context(), Request{URL: "http://files.example.org/"}, discard); !errors.Is(err, ErrServer) {
			t.Errorf("got %v, want %v", err, ErrServer)
		}
	})
	if len(at) != tries {
		t.Fatalf("got %d requests, want %d", len(at), tries)
	}
	for i := range len(at) - 1 {
		mean := first << i
		if got := at[i+1].Sub(at[i]); got < mean/2 || got > mean*2 {
			t.Errorf("wait %d: got %v, want about %v", i+1, got, mean)
		}
	}
}

func TestDefaultStall(t *testing.T) {
	t.Parallel()
	hang := func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	tests := []struct {
		name    string
		handler http.HandlerFunc
		class   error
		elapsed time.Duration
	}{
		{"header", hang, ErrStalled, DefaultStall},
		{"body", func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "begin")
			http.NewResponseController(w).Flush()
			hang(w, r)
		}, ErrStalled, DefaultStall},
		{"text of an error", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(404)
			io.WriteString(w, "begin")
			http.NewResponseController(w).Flush()
			hang(w, r)
		}, ErrNotFound, errorPatience},
		{"slow, but never silent for so long", func(w http.ResponseWriter, r *http.Request) {
			for range 20 {
				w.Write(make([]byte, MinSpeed*(DefaultStall-time.Second)/time.Second))
				http.NewResponseController(w).Flush()
				time.Sleep(DefaultStall - time.Second)
			}
		}, nil, 20 * (DefaultStall - time.Second)},
		{"body that drips", drip, ErrSlow, 2 * DefaultStall},
		{"body that drips after much that was fast", func(w http.ResponseWriter, r *http.Request) {
			w.Write(make([]byte, 1<<20))
			drip(w, r)
		}, ErrSlow, 2 * DefaultStall},
		{"text of an error that drips", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(404)
			drip(w, r)
		}, ErrNotFound, errorPatience},
		{"redirects that each take a while", func(w http.ResponseWriter, r *http.Request) {
			wait(r, DefaultStall/3)
			http.Redirect(w, r, r.URL.Path+"x", http.StatusFound)
		}, ErrSlow, 2 * DefaultStall},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			onPipes(t, Options{Tries: 1}, tt.handler, func(t *testing.T, c *Client) {
				start := time.Now()
				err := c.Do(t.Context(), Request{URL: "http://files.example.org/"}, discard)
				if !errors.Is(err, tt.class) {
					t.Errorf("got %v, want %v", err, tt.class)
				}
				if got := time.Since(start).Round(time.Second); got != tt.elapsed {
					t.Errorf("took %v, want %v", got, tt.elapsed)
				}
			})
		})
	}
}

// wait sleeps, but not longer than the client waits.
func wait(r *http.Request, d time.Duration) {
	select {
	case <-r.Context().Done():
	case <-time.After(d):
	}
}

// drip sends a byte a second.
func drip(w http.ResponseWriter, r *http.Request) {
	for r.Context().Err() == nil {
		io.WriteString(w, "x")
		http.NewResponseController(w).Flush()
		wait(r, time.Second)
	}
}

// A consumer that is slow between reads is not a stall of the server.
func TestSlowConsumer(t *testing.T) {
	t.Parallel()
	handler := func(w http.ResponseWriter, r *http.Request) { w.Write(make([]byte, 64<<10)) }
	onPipes(t, Options{Tries: 1}, handler, func(t *testing.T, c *Client) {
		err := c.Do(t.Context(), Request{URL: "http://files.example.org/"}, func(resp *http.Response) error {
			if _, err := io.ReadFull(resp.Body, make([]byte, 1024)); err != nil {
				return err
			}
			time.Sleep(2 * DefaultStall)
			_, err := io.Copy(io.Discard, resp.Body)
			return err
		})
		if err != nil {
			t.Errorf("got %v", err)
		}
	})
}

func TestPerHostLimit(t *testing.T) {
	t.Parallel()
	const limit, jobs = MaxHTTP1, MaxHTTP1 + 10
	var inFlight, most atomic.Int32
	release := make(chan struct{})
	handler := func(w http.ResponseWriter, r *http.Request) {
		if n := inFlight.Add(1); n > most.Load() {
			most.Store(n)
		}
		if r.Host == "a.example.org" && r.URL.Path == "/" {
			<-release
		}
		inFlight.Add(-1)
	}
	// The channel must belong to the bubble.
	onPipes(t, Options{}, handler, func(t *testing.T, c *Client) {
		if err := c.Do(t.Context(), Request{URL: "http://a.example.org/first"}, discard); err != nil {
			t.Error(err)
		}
		release = make(chan struct{})
		var wait sync.WaitGroup
		for range jobs {
			wait.Go(func() {
				if err := c.Do(t.Context(), Request{URL: "http://a.example.org/"}, discard); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		if got := inFlight.Load(); got != limit {
			t.Errorf("got %d requests in flight, want %d", got, limit)
		}
		if err := c.Do(t.Context(), Request{URL: "http://b.example.org/"}, discard); err != nil {
			t.Errorf("another host: %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- c.Do(ctx, Request{URL: "http://a.example.org/"}, discard) }()
		synctest.Wait()
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled in the queue: got %v, want %v", err, context.Canceled)
		}
		close(release)
		wait.Wait()
		if got := most.Load(); got != limit+1 { // one of them on the other host
			t.Errorf("got at most %d requests in flight, want %d", got, limit+1)
		}
	})
}
