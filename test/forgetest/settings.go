package forgetest

// Settings are what a repository's owner allows. The zero value is useful: everything works.
type Settings struct {
	NoRequests  bool // by tokens of the forge's own CI, as GitHub's organisations have it by default
	NoAutoMerge bool // requests cannot be merged by themselves
	NoChecks    bool // nothing has to pass before a merge
	Archived    bool // nothing can be written
}

// Settings sets what the repository's owner allows.
func (r *Repo) Settings(s Settings) {
	r.requests.mu.Lock()
	defer r.requests.mu.Unlock()
	r.requests.settings = s
}

// setting is the present settings.
func (r *Repo) setting() Settings {
	r.requests.mu.Lock()
	defer r.requests.mu.Unlock()
	return r.requests.settings
}
