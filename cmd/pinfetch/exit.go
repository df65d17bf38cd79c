package main

import "errors"

// Exit codes.
const (
	exitDone        = 0   // changed or not
	exitNothing     = 1   // nothing was done: bad usage, bad lock, every pin failed
	exitPartial     = 2   // some pins failed, the others were written
	exitOutdated    = 3   // outdated --exit-code: something is outdated
	exitMismatch    = 4   // verify: a hash differs
	exitInterrupted = 130 // what was complete is written
)

// Classes of errors that only commands have.
var (
	errUsage   = errors.New("bad usage")
	errExists  = errors.New("the name is taken")
	errNoLock  = errors.New("no lock found")
	errForeign = errors.New("it was not written by pinfetch")
)

// exitError ends a command with a code, after everything has been reported.
type exitError int

func (exitError) Error() string { return "see above" }
