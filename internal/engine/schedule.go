package engine

import "sync"

// Bounds of what is done at once.
const (
	// DefaultJobs is how many pins are worked on at once: as many requests as fit on one HTTP/2 connection.
	DefaultJobs = 100

	// maxDownloads is how many of them are hashed: each holds some MiB.
	maxDownloads = 16
)

// schedule works on pins with a bounded number of goroutines, however many pins there are. A resolution
// never waits for a download: all that wait go first.
type schedule struct {
	jobs int

	mu          sync.Mutex
	changed     *sync.Cond
	resolutions []func() // that wait, and may add downloads
	downloads   []func() // that wait
	resolving   int      // running
	downloading int      // running
}

func newSchedule(jobs int) *schedule {
	s := &schedule{jobs: jobs}
	s.changed = sync.NewCond(&s.mu)
	return s
}

// download adds a download.
func (s *schedule) download(work func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.downloads = append(s.downloads, work)
}

// run returns when all is done.
func (s *schedule) run() {
	var workers sync.WaitGroup
	for range min(s.jobs, len(s.resolutions)) {
		workers.Go(func() {
			for work, running := s.take(); work != nil; work, running = s.take() {
				work()
				s.end(running)
			}
		})
	}
	workers.Wait()
}

// take returns what to do next and the count of what is running of its kind; nil if nothing will come any more.
func (s *schedule) take() (work func(), running *int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		queue := &s.resolutions
		switch {
		case len(s.resolutions) > 0:
			running = &s.resolving
		case len(s.downloads) > 0 && s.downloading < min(s.jobs, maxDownloads):
			queue, running = &s.downloads, &s.downloading
		case len(s.downloads) == 0 && s.resolving == 0:
			return nil, nil
		default:
			s.changed.Wait()
			continue
		}
		work, *queue = (*queue)[0], (*queue)[1:]
		*running++
		return work, running
	}
}

func (s *schedule) end(running *int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	*running--
	s.changed.Broadcast()
}
