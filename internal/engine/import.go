package engine

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/pinfetch/pinfetch/pkg/hash"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// ForeignPin is a pin that another tool locked.
type ForeignPin struct {
	Name   string
	Source sources.Spec // what it follows
	// Otherwise, if set, is what it follows if upstream does not have what Source names.
	Otherwise sources.Spec
	// Locked are Specs that mean what is locked. The first one is taken whose calls are ones of Source.
	Locked []sources.Spec
	Facts  sources.Facts // what is known about it
	// Hash is that of a call of one of Fetchers. It may be zero.
	Hash     hash.SRI
	Fetchers []sources.Fetcher
}

// Import locks pins at what other tools locked. It takes their hashes over, and downloads only what has none or, to compare,
// everything if verify is set. Content with another hash than was known is a [*MismatchError], and is not locked.
func (e *Engine) Import(ctx context.Context, pins []ForeignPin, verify bool) []Outcome {
	e = e.sharing()
	outcomes := make([]Outcome, len(pins))
	pinOf := make(map[string]ForeignPin)
	for i, pin := range pins {
		outcomes[i] = Outcome{Name: pin.Name, Status: Added, Source: pin.Source}
		pinOf[pin.Name] = pin
		if pin.Otherwise != nil {
			e.Sources.Announce(pin.Source)
		}
		e.Sources.Announce(pin.Locked[0])
	}
	return e.each(ctx, outcomes, func(o Outcome) (Outcome, download) {
		e.report(Event{Name: o.Name, Stage: Resolving})
		pin, err := e.settle(ctx, pinOf[o.Name])
		if err != nil {
			return o.failed(err), nil
		}
		o.Source = pin.Source
		now, err := e.resolveLocked(ctx, pin)
		if err != nil {
			return o.failed(err), nil
		}
		o.MovedTo = now.Moved
		known := pin.withHashes(now)
		if !verify && isHashed(known) {
			known.Version = cmp.Or(known.Version, unstableVersion(known))
			return pin.compare(o.lock(known)), nil
		}
		return o, func() Outcome { return pin.compare(e.complete(ctx, o, now, nil)) }
	})
}

// settle decides whether a pin follows Source or Otherwise.
func (e *Engine) settle(ctx context.Context, pin ForeignPin) (ForeignPin, error) {
	if pin.Otherwise == nil {
		return pin, nil
	}
	named, err := e.Sources.Resolve(ctx, pin.Source)
	switch {
	case err == nil:
		pin.Facts.Ref, pin.Facts.Version = named.Ref, named.Version
	case errors.Is(err, sources.ErrNotFound):
		pin.Source = pin.Otherwise
	default:
		return pin, err
	}
	return pin, nil
}

// resolveLocked finds out what fetches a pin as it is locked.
func (e *Engine) resolveLocked(ctx context.Context, pin ForeignPin) (now sources.Resolution, err error) {
	for _, spec := range pin.Locked {
		now, err = e.resolve(ctx, Outcome{Source: spec}, "")
		if err != nil {
			return now, err
		}
		now.Facts.Rev = cmp.Or(now.Facts.Rev, pin.Facts.Rev)
		now.Ref, now.Version = cmp.Or(pin.Facts.Ref, now.Ref), cmp.Or(pin.Facts.Version, now.Version)
		now.Date = cmp.Or(now.Date, pin.Facts.Date)
		if err = pin.Source.Accepts(now); err == nil {
			break
		}
	}
	return now, err
}

// hashOf returns the known hash of a call, the zero hash if the other tool hashed something else.
func (p ForeignPin) hashOf(call sources.Call) hash.SRI {
	if !slices.Contains(p.Fetchers, call.Fetcher) || call.Executable || call.Fetcher == sources.FetchZip && !call.StripRoot {
		return hash.SRI{}
	}
	return p.Hash
}

// withHashes adds the known hashes to the calls that are complete without a download.
func (p ForeignPin) withHashes(r sources.Resolution) sources.Resolution {
	r.Calls = slices.Clone(r.Calls)
	for i, call := range r.Calls {
		if call.Fetcher == sources.FetchZip {
			call.Extension = cmp.Or(call.Extension, call.NamedExtension())
		}
		if call.Fetcher != sources.FetchZip || call.Extension != "" {
			call.Hash, call.Digest = cmp.Or(call.Hash, p.hashOf(call)), ""
			r.Calls[i] = call
		}
	}
	return r
}

// compare fails a complete pin whose content is not what the other tool locked.
func (p ForeignPin) compare(o Outcome) Outcome {
	if o.Err != nil {
		return o
	}
	for _, call := range o.New.Calls {
		got, want := call.Hash, p.hashOf(call)
		if want.IsZero() || got == want || got.Algorithm() != want.Algorithm() {
			continue
		}
		call.Hash = want
		return o.failed(withSystem(call.System, &MismatchError{call, got}))
	}
	return o
}
