package sources

// Notes is what upstream says about the changes between two resolutions. All text is upstream's own: it may contain
// anything but invalid UTF-8.
type Notes struct {
	Releases []ReleaseNote // of the versions after the old one up to the new one, newest first; perhaps not of all
	Commits  []CommitNote  // newest first; perhaps not all
	Total    int           // the number of commits, 0 if it is not known
}

// ReleaseNote is what upstream published with a release.
type ReleaseNote struct {
	Tag  string
	Text string // Markdown
	URL  string // its page
}

// CommitNote is a commit's ID and the first line of its message.
type CommitNote struct{ ID, Subject string }
