package main

import (
	"math"

	"github.com/dustin/go-humanize"
	"github.com/urfave/cli/v2"

	"github.com/pinfetch/pinfetch/pkg/hash"
)

// limitFlags are the flags for the bounds on what comes from outside.
func limitFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "max-download", Value: humanize.IBytes(hash.DefaultDownload), Usage: "give up a download after `SIZE`, such as 500MB or 8GiB"},
		&cli.StringFlag{Name: "max-unpacked", Value: humanize.IBytes(hash.DefaultUnpacked), Usage: "give up an archive or checkout whose files are more than `SIZE`"},
	}
}

// readLimits reads the flags of [limitFlags].
func readLimits(c *cli.Context) (hash.Limits, error) {
	download, err := readSize(c, "max-download")
	if err != nil {
		return hash.Limits{}, err
	}
	unpacked, err := readSize(c, "max-unpacked")
	return hash.Limits{Download: download, Unpacked: unpacked}, err
}

func readSize(c *cli.Context, flag string) (int64, error) {
	size, err := humanize.ParseBytes(c.String(flag))
	if err != nil || size == 0 || size > math.MaxInt64 {
		return 0, usage(c, "--%s %q: want a size such as 500MB or 8GiB", flag, c.String(flag))
	}
	return int64(size), nil
}
