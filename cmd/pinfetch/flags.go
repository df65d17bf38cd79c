package main

import (
	"errors"
	"math"

	"github.com/dustin/go-humanize"
	"github.com/urfave/cli/v2"
)

func boolFlag(value *bool, name, text string, aliases ...string) cli.Flag {
	return &cli.BoolFlag{Name: name, Aliases: aliases, Usage: text, Destination: value, DisableDefaultText: true}
}

func jsonFlag(value *bool) cli.Flag { return boolFlag(value, "json", "print one JSON document") }

func dryRunFlag(value *bool) cli.Flag { return boolFlag(value, "dry-run", "write nothing") }

// stringFlag refuses an empty value: --rev "$REV" with an unset variable would follow something else.
func stringFlag(value *string, name, text string) cli.Flag {
	return &cli.StringFlag{Name: name, Usage: text, Destination: value, Action: func(c *cli.Context, value string) error {
		if value == "" {
			return usage(c.Command.HelpName, "--%s: the value is empty", name)
		}
		return nil
	}}
}

// listFlag may be repeated; add gets each value, none of which is empty.
func listFlag(add func(string), name, text string) cli.Flag {
	return &cli.GenericFlag{Name: name, Usage: text, Value: list(add)}
}

type list func(string)

func (list) String() string { return "" }

func (add list) Set(value string) error {
	if value == "" {
		return errors.New("the value is empty")
	}
	add(value)
	return nil
}

func sizeFlag(value *int64, name, text string, initial int64) cli.Flag {
	*value = initial
	return &cli.GenericFlag{Name: name, Usage: text, Value: (*byteSize)(value)}
}

// byteSize is a number of bytes, written with a unit.
type byteSize int64

func (s *byteSize) String() string { return humanize.IBytes(uint64(*s)) }

func (s *byteSize) Set(text string) error {
	bytes, err := humanize.ParseBytes(text)
	if err != nil || bytes == 0 || bytes > math.MaxInt64 {
		return errors.New("want a size such as 500MB or 8GiB")
	}
	*s = byteSize(bytes)
	return nil
}
