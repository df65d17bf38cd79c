package sources

// Hold is what keeps a newer version from being taken. Its text is part of the JSON output.
type Hold string

const (
	ByMinAge     Hold = "min-age"    // it is younger than [Range.MinAge], or its date is not known
	ByFiles      Hold = "files"      // the release does not have all of the wanted files yet
	ByConstraint Hold = "constraint" // it does not satisfy [Range.Constraint]
	ByPrerelease Hold = "prerelease" // it is a pre-release
	ByWithdrawal Hold = "withdrawn"  // upstream withdrew (yanked, retired) it
	ByRevision   Hold = "rev"        // the source is one fixed revision or version
	ByFrozen     Hold = "frozen"     // the pin is updated only when it is named
	ByDowngrade  Hold = "downgrade"  // the newest version is lower than the locked one
)

// HeldBack is a version that is newer than what a source means, and what keeps it from being taken.
type HeldBack struct {
	By        Hold
	Available Facts  // zero if it is not known
	Until     string // with ByMinAge, the day on which it is old enough, YYYY-MM-DD in UTC; "" if its date is not known
	Why       string // with ByWithdrawal, upstream's reason; with ByFiles, what is missing
}

// WaitingError means that every version that would be taken is held back for some time. It is an [ErrNotFound].
type WaitingError struct {
	HeldBack        // the newest version, and what it waits for
	Problem  string // the message: what waits, and when the first version will be taken
}

func (e *WaitingError) Error() string        { return e.Problem }
func (e *WaitingError) Is(target error) bool { return target == ErrNotFound }
