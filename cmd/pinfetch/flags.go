package main

import (
	"errors"
	"math"

	"github.com/dustin/go-humanize"
	"github.com/urfave/cli/v2"
)

// group puts flags into a group of a command's help.
func group(name string, flags ...cli.Flag) []cli.Flag {
	for _, flag := range flags {
		switch f := flag.(type) {
		case *cli.BoolFlag:
			f.Category = name
		case *cli.GenericFlag:
			f.Category = name
		}
	}
	return flags
}

// The groups of flags that are not options of a source, beside those of [sources.Option].
const (
	following = "Following"
	naming    = "Naming"
	output    = "Output"
)

func boolFlag(value *bool, name, text string, aliases ...string) cli.Flag {
	return &cli.BoolFlag{Name: name, Aliases: aliases, Usage: text, Destination: value, DisableDefaultText: true}
}

func jsonFlag(value *bool) cli.Flag { return boolFlag(value, "json", "print one JSON document") }

func dryRunFlag(value *bool) cli.Flag { return boolFlag(value, "dry-run", "write nothing") }

func stringFlag(value *string, name, text string, aliases ...string) cli.Flag {
	return listFlag(func(given string) { *value = given }, name, text, aliases...)
}

// listFlag may be repeated. It refuses an empty value: --rev "$REV" with an unset variable would follow something else.
func listFlag(add func(string), name, text string, aliases ...string) cli.Flag {
	return valueFlag(name, text, "", func(value string) error {
		if value == "" {
			return errors.New("the value is empty")
		}
		add(value)
		return nil
	}, aliases...)
}

func sizeFlag(value *int64, name, text string, initial int64) cli.Flag {
	*value = initial
	return valueFlag(name, text, humanize.IBytes(uint64(initial)), func(text string) error {
		bytes, err := humanize.ParseBytes(text)
		if err != nil || bytes == 0 || bytes > math.MaxInt64 {
			return errors.New("want a size such as 500MB or 8GiB")
		}
		*value = int64(bytes)
		return nil
	})
}

// valueFlag calls set with each value.
func valueFlag(name, text, initial string, set setter, aliases ...string) cli.Flag {
	return &cli.GenericFlag{Name: name, Aliases: aliases, Usage: text, DefaultText: initial, Value: set}
}

// setter is a [flag.Value] that keeps nothing.
type setter func(string) error

func (setter) String() string { return "" }

func (set setter) Set(value string) error { return set(value) }
