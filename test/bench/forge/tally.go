package forge

import "sync/atomic"

// Counts is what a forge was asked for so far.
type Counts struct {
	Capabilities int64 // requests for what a repository's server can do
	LsRefs       int64 // requests for refs
	Redirects    int64 // requests for an archive on the main host
	Downloads    int64 // archives sent
	Others       int64 // requests that were refused
	BytesOut     int64 // sent, as encrypted
	BytesIn      int64 // received, as encrypted
	Connections  int64
	RoundTrips   int64 // waits for connections, handshakes and answers
	MostInFlight int64 // requests at once, over all connections
}

// RefRequests is how many requests were made to learn of refs.
func (c Counts) RefRequests() int64 { return c.Capabilities + c.LsRefs }

// Max returns the higher of each two counts.
func (c Counts) Max(d Counts) Counts {
	return Counts{
		Capabilities: max(c.Capabilities, d.Capabilities), LsRefs: max(c.LsRefs, d.LsRefs), Redirects: max(c.Redirects, d.Redirects),
		Downloads: max(c.Downloads, d.Downloads), Others: max(c.Others, d.Others), BytesOut: max(c.BytesOut, d.BytesOut),
		BytesIn: max(c.BytesIn, d.BytesIn), Connections: max(c.Connections, d.Connections),
		RoundTrips: max(c.RoundTrips, d.RoundTrips), MostInFlight: max(c.MostInFlight, d.MostInFlight),
	}
}

// tally counts while requests are served.
type tally struct {
	capabilities, lsRefs, redirects, downloads, others atomic.Int64
	bytesOut, bytesIn, connections, roundTrips         atomic.Int64
	inFlight, mostInFlight                             atomic.Int64
}

// enter counts a request as in flight until leave is called.
func (t *tally) enter() (leave func()) {
	now := t.inFlight.Add(1)
	for most := t.mostInFlight.Load(); now > most && !t.mostInFlight.CompareAndSwap(most, now); {
		most = t.mostInFlight.Load()
	}
	return func() { t.inFlight.Add(-1) }
}

// Counts returns what the forge was asked for so far.
func (f *Forge) Counts() Counts {
	t := &f.tally
	return Counts{
		Capabilities: t.capabilities.Load(), LsRefs: t.lsRefs.Load(), Redirects: t.redirects.Load(), Downloads: t.downloads.Load(),
		Others: t.others.Load(), BytesOut: t.bytesOut.Load(), BytesIn: t.bytesIn.Load(), Connections: t.connections.Load(),
		RoundTrips: t.roundTrips.Load(), MostInFlight: t.mostInFlight.Load(),
	}
}
