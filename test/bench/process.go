package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime/debug"
	"slices"
	"strconv"
	"time"

	"github.com/pinfetch/pinfetch/test/forgetest"
	"github.com/pinfetch/pinfetch/test/forgetest/synthetic"
)

// runForge runs a forge until stdin ends. Its arguments are the kind of the lock
// that is updated, the number of repositories or, of a mixed lock, of pins, the
// round trip, a tar file with the contents of archives, a directory to work in,
// and the directory of a mirror or "". It prints two lines of JSON: its environment at the
// start, and what it was asked for at the end.
func runForge(ctx context.Context, args []string, stdin io.Reader, stdout io.Writer) error {
	if len(args) != 6 {
		return fmt.Errorf("want kind of lock, repositories, round trip, tar file, directory and mirror")
	}
	kind, dir, mirror := args[0], args[4], args[5]
	repositories, err := strconv.Atoi(args[1])
	roundTrip, err2 := time.ParseDuration(args[2])
	tar, err3 := os.ReadFile(args[3])
	if err := errors.Join(err, err2, err3); err != nil {
		return err
	}
	debug.SetGCPercent(400) // pinfetch needs the CPU more than the forge needs memory to be small
	set, err := synthetic.New(tar)
	if err != nil {
		return err
	}
	f, err := forgetest.Start(forgetest.Options{Dir: dir})
	if err != nil {
		return err
	}
	defer f.Stop()
	f.Delay(roundTrip)
	if kind == lockMixed {
		serveMixed(f, set, repositories)
	} else {
		for i := range repositories {
			f.Serve(synthetic.Owner+"/"+synthetic.Name(i), set.Repo(synthetic.Name(i)))
		}
	}
	if mirror != "" {
		if err := serveMirror(f, mirror); err != nil {
			return err
		}
	}
	out := json.NewEncoder(stdout)
	if err := out.Encode(f.Env()); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	go func() {
		defer stop()
		io.Copy(io.Discard, stdin)
	}()
	<-ctx.Done()
	return out.Encode(f.Counts())
}

// forgeProcess is a forge in its own process, so that figures of pinfetch's
// process are of pinfetch alone.
type forgeProcess struct {
	cmd    *exec.Cmd
	stdin  io.Closer
	stdout *json.Decoder
	reach  []string // environment in which every host is the forge
}

// startForge starts a forge that is a round trip away, and perhaps the server of a mirror beside it.
func (b *bench) startForge(kind string, repositories int, roundTrip time.Duration, mirror string) (*forgeProcess, error) {
	tail := b.path("tail.tar")
	if _, err := os.Stat(tail); err != nil {
		if err := b.make("tar", tail, archiveFiles, archiveSize); err != nil {
			return nil, err
		}
	}
	cmd := b.command(b.self, "forge", kind, strconv.Itoa(repositories), roundTrip.String(), tail, b.dir, mirror)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &forgeProcess{cmd: cmd, stdin: stdin, stdout: json.NewDecoder(stdout)}
	if err := p.stdout.Decode(&p.reach); err != nil {
		_, stopErr := p.stop()
		return nil, errors.Join(err, stopErr)
	}
	return p, nil
}

// stop ends the forge and returns what it was asked for.
func (p *forgeProcess) stop() (c forgetest.Counts, err error) {
	err = errors.Join(p.stdin.Close(), p.stdout.Decode(&c))
	return c, errors.Join(err, p.cmd.Wait())
}

// env is the environment in which every host is the forge and the user's
// settings have no effect.
func (p *forgeProcess) env(home string) []string {
	return slices.Concat(p.reach, []string{
		"HOME=" + home, "XDG_CACHE_HOME=" + home, "XDG_CONFIG_HOME=" + home, "NIX_CONF_DIR=" + home, "GIT_CONFIG_NOSYSTEM=1",
		"GITHUB_TOKEN=", "GH_TOKEN=", "NETRC=", "NIX_CONFIG=",
	})
}

// highest returns the higher of each two counts.
func highest(c, d forgetest.Counts) forgetest.Counts {
	return forgetest.Counts{
		Capabilities: max(c.Capabilities, d.Capabilities), LsRefs: max(c.LsRefs, d.LsRefs), Redirects: max(c.Redirects, d.Redirects),
		Downloads: max(c.Downloads, d.Downloads), Refused: max(c.Refused, d.Refused), BytesOut: max(c.BytesOut, d.BytesOut),
		BytesIn: max(c.BytesIn, d.BytesIn), Connections: max(c.Connections, d.Connections),
		RoundTrips: max(c.RoundTrips, d.RoundTrips), MostInFlight: max(c.MostInFlight, d.MostInFlight),
		Others: max(c.Others, d.Others), MostConnections: max(c.MostConnections, d.MostConnections),
	}
}
