package gitcmd

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/pinfetch/pinfetch/internal/gitrefs"
	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// maxDates limits what is downloaded for the dates of tags, in bytes. With a server that can leave out the trees, it is
// a kilobyte for each tag.
const maxDates = 64 << 20

var errTooLarge = fmt.Errorf("the server sends too much: %w", gitrefs.ErrProtocol)

// TagDates returns when tags of a remote were made: the tagger's date or, without one, the committer's; zero for an
// annotated tag without a tagger. It fetches the tags and their commits, without trees and history. A tag that moved since
// it was listed is an error.
func (g *Git) TagDates(ctx context.Context, remoteURL string, tags []sources.Ref) ([]time.Time, error) {
	dates, err := g.tagDates(ctx, remoteURL, tags)
	if err != nil {
		return nil, fmt.Errorf("dates of tags of %s: %w", redact.Address(remoteURL), err)
	}
	return dates, nil
}

func (g *Git) tagDates(ctx context.Context, remoteURL string, tags []sources.Ref) (_ []time.Time, err error) {
	parent, remove, err := g.workdir()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, remove()) }()
	r, release, err := g.bare(ctx, parent, source{url: remoteURL}, maxDates)
	if err != nil {
		return nil, err
	}
	defer release()
	if err := r.init(); err != nil {
		return nil, err
	}
	fetch := []string{
		"fetch", "-q", "--depth=1", "--filter=tree:0", "--no-tags", "--no-recurse-submodules", "--", "origin",
	}
	for _, tag := range tags {
		fetch = append(fetch, "+"+tag.Name+":"+tag.Name)
	}
	if err := r.fetchDates(fetch); err != nil {
		return nil, err
	}
	out, err := r.output(nil, "for-each-ref", "--format=%(refname) %(objectname) %(creatordate:unix)", "refs/tags/")
	if err != nil {
		return nil, err
	}
	return datesOf(tags, out)
}

// fetchDates fetches over the transports of checkouts, or over those of [Git.Refs] with the user's keys.
func (r *repository) fetchDates(fetch []string) error {
	if r.address.Scheme == "https" || r.address.Scheme == "http" {
		return r.transfer(fetch...)
	}
	cmd := r.w.git.command(r.w.ctx, r.place, refTransports(), fetch...)
	cmd.Env = append(cmd.Env, "GIT_DIR="+r.dir)
	_, err := r.w.git.run(r.w.ctx, cmd)
	return err
}

// datesOf finds the dates of tags in lines "REF OBJECT[ SECONDS]".
func datesOf(tags []sources.Ref, lines []byte) ([]time.Time, error) {
	found := make(map[string][]string)
	for line := range strings.Lines(string(lines)) {
		name, rest, _ := strings.Cut(line, " ")
		found[name] = strings.Fields(rest)
	}
	dates := make([]time.Time, len(tags))
	for i, tag := range tags {
		fields := found[tag.Name]
		if len(fields) == 0 || fields[0] != tag.ID {
			return nil, sources.WithHint(fmt.Errorf("%s moved meanwhile: %w", tag.Name, gitrefs.ErrProtocol), "run the command again")
		}
		if seconds, err := strconv.ParseInt(fields[len(fields)-1], 10, 64); err == nil && len(fields) > 1 {
			dates[i] = time.Unix(seconds, 0).UTC()
		}
	}
	return dates, nil
}
