package gitcmd

// LastLines returns the last lines of git's messages as one printable line, "" if there are none.
func LastLines(stderr string) string { return lastLines(stderr) }
