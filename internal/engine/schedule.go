package engine

import "golang.org/x/sync/errgroup"

const (
	// DefaultJobs is how many pins are worked on at once: as many requests as fit on one HTTP/2 connection.
	DefaultJobs = 100

	// maxDownloads is how many of them are downloaded and hashed at once: each holds some MiB of memory.
	maxDownloads = 16
)

// schedule calls resolve for 0 to n-1, then the downloads that it returns, if any: at most jobs calls at once. A
// resolution never waits for a download, because no download begins before the last resolution.
func schedule(jobs, n int, resolve func(i int) (download func())) {
	var group errgroup.Group // only for its limit
	group.SetLimit(jobs)
	resolved := make(chan func(), n)
	for i := range n {
		group.Go(func() error {
			resolved <- resolve(i)
			return nil
		})
	}
	slots := make(chan struct{}, maxDownloads)
	for range n {
		download := <-resolved
		if download == nil {
			continue
		}
		slots <- struct{}{}
		group.Go(func() error {
			download()
			<-slots
			return nil
		})
	}
	_ = group.Wait()
}
