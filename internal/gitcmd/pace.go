package gitcmd

import (
	"fmt"
	"sync"
	"time"

	"github.com/pinfetch/pinfetch/internal/web"
)

const (
	// patience is how many times Stall a command may take before anything arrives: a server that prepares a large pack
	// keeps the connection busy meanwhile.
	patience = 10
	// indexSpeed is the lowest speed at which git indexes a pack that has arrived, in bytes per second.
	indexSpeed = 1 << 20
)

// pace ends transfers that are too slow overall. http.lowSpeedLimit does not: any byte resets it, such as a keep-alive.
type pace struct {
	stall time.Duration

	mu   sync.Mutex
	left time.Duration // how long nothing may happen
	size int64         // what has arrived so far
	last time.Time     // when that was known
}

// restart is called when a command starts.
func (p *pace) restart() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.left = max(p.left, patience*p.stall)
}

// arrived takes the number of bytes that have arrived until now. It returns [web.ErrStalled] if they arrive too slowly.
func (p *pace) arrived(size int64, now time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.last.IsZero() {
		p.left -= now.Sub(p.last)
	}
	p.last = now
	most := patience*p.stall + time.Duration(size/indexSpeed)*time.Second
	p.left = min(p.left+time.Duration(max(0, size-p.size))*(time.Second/web.MinSpeed), most)
	p.size = size
	if p.left < 0 {
		return fmt.Errorf("less than %d bytes per second arrive: %w", web.MinSpeed, web.ErrStalled)
	}
	return nil
}
