package main

import (
	"strconv"

	"github.com/pinfetch/pinfetch/pkg/sources"
)

// access is the value of --private[=PREFIX].
type access sources.Access

// IsBoolFlag lets the flag stand alone (package flag).
func (*access) IsBoolFlag() bool { return true }

func (a *access) String() string {
	if a.VarPrefix != "" {
		return a.VarPrefix
	}
	return strconv.FormatBool(a.Private)
}

// Set reads "true", which is what the flag alone means, "false", or a prefix.
func (a *access) Set(text string) error {
	if text == "true" || text == "false" {
		*a = access{Private: text == "true"}
		return nil
	}
	*a = access{Private: true, VarPrefix: text}
	return sources.Access(*a).Validate()
}
