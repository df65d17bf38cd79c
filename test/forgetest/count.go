package forgetest

import (
	"net/http"
	"strings"
	"sync/atomic"
)

// Counts summarizes the log, for benchmarks.
type Counts struct {
	Capabilities int64 // answered requests for the capabilities of a git server
	LsRefs       int64 // answered requests for refs
	Redirects    int64
	Downloads    int64 // archives sent by codeload.github.com
	Refused      int64 // requests answered with an error
	BytesOut     int64 // sent through tunnels, encrypted
	BytesIn      int64 // received through tunnels, encrypted
	Connections  int64 // TLS connections
	RoundTrips   int64 // waits for connections, handshakes and answers; see [Forge.Delay]
	MostInFlight int64 // requests at once, over all connections

	Others          int64 // answered requests of any other kind, such as those for lists of versions
	MostConnections int64 // TLS connections to one host
}

// Lookups is the number of requests that are neither redirects nor downloads of archives.
func (c Counts) Lookups() int64 { return c.RefRequests() + c.Others }

// RefRequests is the number of requests made to learn refs.
func (c Counts) RefRequests() int64 { return c.Capabilities + c.LsRefs }

// Counts counts since the start or the last [Forge.ResetLog].
func (f *Forge) Counts() Counts {
	counts := Counts{
		BytesOut: f.traffic.bytesOut.Load(), BytesIn: f.traffic.bytesIn.Load(), Connections: int64(f.Connections()),
		RoundTrips: f.traffic.roundTrips.Load(), MostInFlight: f.traffic.mostInFlight.Load(),
	}
	for _, r := range f.Requests() {
		counts.add(r)
	}
	to := make(map[string]int64)
	for _, host := range f.Connects() {
		to[host]++
		counts.MostConnections = max(counts.MostConnections, to[host])
	}
	return counts
}

func (c *Counts) add(r Request) {
	switch {
	case r.Status >= http.StatusBadRequest:
		c.Refused++
	case r.Status >= http.StatusMultipleChoices:
		c.Redirects++
	case r.Status == 0: // unanswered
	case r.Command == "ls-refs":
		c.LsRefs++
	case strings.HasSuffix(r.Path, "/info/refs"):
		c.Capabilities++
	case r.Host == codeloadHost:
		c.Downloads++
	default:
		c.Others++
	}
}

// traffic is what the log of requests does not tell.
type traffic struct {
	bytesOut, bytesIn, roundTrips atomic.Int64
	inFlight, mostInFlight        atomic.Int64
}

// request counts a request as in flight until done is called.
func (t *traffic) request() (done func()) {
	now := t.inFlight.Add(1)
	for most := t.mostInFlight.Load(); now > most && !t.mostInFlight.CompareAndSwap(most, now); {
		most = t.mostInFlight.Load()
	}
	return func() { t.inFlight.Add(-1) }
}

// reset forgets everything except the requests still in flight.
func (t *traffic) reset() {
	for _, count := range []*atomic.Int64{&t.bytesOut, &t.bytesIn, &t.roundTrips, &t.mostInFlight} {
		count.Store(0)
	}
}
