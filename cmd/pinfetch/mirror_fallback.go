package main

import (
	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/internal/mirror"
	"github.com/pinfetch/pinfetch/pkg/lock"
)

// fromMirrorHelp is for commands that can read from mirrors what upstream no longer has.
const fromMirrorHelp = "read from `ADDRESS` if upstream fails; repeatable"

// verifying returns what hashes again what is locked. If upstream is gone, a mirror must have content with the locked hash.
func (p *program) verifying(c *clients, f *lock.File, from []string) (engine.PrefetchFunc, error) {
	return p.fallingBack(&mirror.Fallback{Prefetch: c.fetch(true)}, from, func(b *mirror.Fallback) {
		b.Recall = mirror.Locked(mirror.Contents(b.Store, f.Pins))
	})
}

// rehashing returns what hashes again whatever the lock's revisions and URLs mean. These may have been edited by hand, and then
// the hashes beside them are those of other contents. So a mirror serves only for commits that this machine has hashed before.
func (p *program) rehashing(fetch engine.PrefetchFunc, c *clients, from []string) (engine.PrefetchFunc, error) {
	return p.fallingBack(&mirror.Fallback{Prefetch: fetch}, from, func(b *mirror.Fallback) {
		b.Recall = c.prefetcher.Recall
		b.Unknown = "a mirror cannot tell whether the locked hash belongs to the locked revision or URL; " +
			"to see whether it has content with that hash run: pinfetch verify NAME --from-mirror " + from[0]
	})
}

func (p *program) fallingBack(b *mirror.Fallback, from []string, complete func(*mirror.Fallback)) (engine.PrefetchFunc, error) {
	if len(from) == 0 {
		return b.Prefetch, nil
	}
	var err error
	if b.Store, err = p.storeDir(); err != nil {
		return nil, err
	}
	if b.From, err = p.origins(from); err != nil {
		return nil, err
	}
	complete(b)
	return b.Fetch, nil
}
