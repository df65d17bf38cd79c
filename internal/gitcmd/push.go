package gitcmd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pinfetch/pinfetch/internal/gitrefs"
	"github.com/pinfetch/pinfetch/internal/retry"
	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

var (
	// ErrLease means that a branch was not pushed because it is no longer what it was when the clone was made.
	ErrLease = errors.New("the branch was pushed meanwhile")
	// ErrRefused means that the remote did not take a branch, for example because a rule protects it.
	ErrRefused = errors.New("the remote refused the branch")
)

// RefUpdate is a branch to be pushed, on condition that it is still what it was.
type RefUpdate struct {
	Branch   string // without refs/heads/
	Old, New string // commit IDs; "" for a branch that does not exist, or is to be deleted
}

func (u RefUpdate) ref() string { return "refs/heads/" + u.Branch }

// Push updates branches of the remote, each on its own. It returns an error for each branch that was refused, an [ErrLease]
// if it has moved and an [ErrRefused] otherwise, or one error if the remote could not be reached or does not let the
// user push. A branch that is already as wanted is no error.
func (c *Clone) Push(ctx context.Context, updates []RefUpdate) (refused []error, err error) {
	for _, u := range updates {
		if !sources.IsRefName(u.ref()) || strings.Trim(u.Old+u.New, "0123456789abcdef") != "" {
			return nil, sources.Invalid("cannot push %q to branch %q", u.New, u.Branch)
		}
	}
	if len(updates) == 0 {
		return nil, nil
	}
	err = c.do(ctx, "push to", func(r *repository) error {
		err := retry.Do(r.w.ctx, retry.Policy{Tries: r.w.git.Tries}, func() (err error) {
			refused, err = r.push(updates)
			return err
		})
		refused, err = r.settle(updates, refused, err)
		return err
	})
	return refused, err
}

// push pushes once, and once more if the remote has moved so far that git does not see what the remote has: it would send
// the whole base then, and a clone without files cannot. Negotiation tells it (git-config(1), push.negotiate).
func (r *repository) push(updates []RefUpdate) ([]error, error) {
	refused, err := r.pushOnce(updates)
	if !isIncomplete(err) {
		return refused, err
	}
	if refused, err = r.pushOnce(updates, "-c", "push.negotiate=true"); isIncomplete(err) {
		err = retry.Permanent(sources.WithHint(fmt.Errorf("the base was pushed meanwhile: %w", err), "run the command again"))
	}
	return refused, err
}

// isIncomplete reports whether git lacks an object that it would have to send.
func isIncomplete(err error) bool { return strings.Contains(messagesOf(err), "fatal: unable to read ") }

func (r *repository) pushOnce(updates []RefUpdate, settings ...string) ([]error, error) {
	args := append(settings, "push", "--porcelain")
	for _, u := range updates {
		args = append(args, "--force-with-lease="+u.ref()+":"+u.Old)
	}
	args = append(args, "--", r.url)
	for _, u := range updates {
		args = append(args, u.New+":"+u.ref())
	}
	out, err := r.output(nil, args...)
	reports := parseReports(out)
	refused := make([]error, len(updates))
	for i, u := range updates {
		report, found := reports[u.ref()]
		switch {
		case !found || report.isBroken():
			if err == nil {
				err = fmt.Errorf("git push did not report on branch %q: %w", u.Branch, gitrefs.ErrProtocol)
			}
			return nil, err
		case report.refused:
			refused[i] = r.w.git.refusal(u, report.text, messagesOf(err))
		}
	}
	return refused, nil
}

// report is what git push says of a ref.
type report struct {
	refused bool
	text    string // such as "[remote rejected] (pre-receive hook declined)"
}

// isBroken reports whether it was not the ref that was refused.
func (r report) isBroken() bool {
	return strings.HasPrefix(r.text, "[remote failure]") || strings.Contains(r.text, "(unpacker error)")
}

// parseReports reads the lines "FLAG SOURCE:REF TEXT" of git push --porcelain, separated by tabs.
func parseReports(out []byte) map[string]report {
	reports := make(map[string]report)
	for line := range strings.Lines(string(out)) {
		fields := strings.SplitN(strings.TrimSuffix(line, "\n"), "\t", 3)
		if len(fields) == 3 {
			_, ref, _ := strings.Cut(fields[1], ":")
			reports[ref] = report{fields[0] == "!", fields[2]}
		}
	}
	return reports
}

// refusal explains why a branch was refused.
func (g *Git) refusal(u RefUpdate, reason, messages string) error {
	if isMoved(u, reason, messages) {
		return fmt.Errorf("branch %q: %w", u.Branch, ErrLease)
	}
	var said strings.Builder
	for line := range strings.Lines(messages) {
		if text, found := strings.CutPrefix(line, "remote:"); found {
			said.WriteString(strings.TrimPrefix(strings.TrimSpace(text), "error:") + "\n")
		}
	}
	err := fmt.Errorf("branch %q: %w: %s", u.Branch, ErrRefused, lastLines(g.Credentials.Redact(said.String()+reason)))
	return sources.WithHint(err, "let the owner of the token push to this branch, or exempt them from the rule that is named")
}

// isMoved reports whether a branch was refused because it is no longer what it was. A server that notices it only when it
// writes the branch says so in a message (git, builtin/receive-pack.c). A branch of which another's name is a directory
// cannot be locked either, but has not moved.
func isMoved(u RefUpdate, reason, messages string) bool {
	if strings.Contains(reason, "(stale info)") || strings.Contains(reason, "already exists") {
		return true
	}
	lines := append(strings.Split(messages, "\n"), strings.Replace(reason, "cannot lock ref)", "cannot lock ref '"+u.ref()+"')", 1))
	return slices.ContainsFunc(lines, func(line string) bool {
		return strings.Contains(line, "cannot lock ref '"+u.ref()+"'") && !strings.Contains(line, "cannot create")
	})
}

// settle asks the remote what it has if that may be what was wanted: the connection was lost after the remote took the
// push, or a branch to be deleted is gone already.
func (r *repository) settle(updates []RefUpdate, refused []error, failed error) ([]error, error) {
	isUnsure := isLost(failed)
	for i, err := range refused {
		isUnsure = isUnsure || updates[i].New == "" && errors.Is(err, ErrLease)
	}
	if !isUnsure || r.w.ctx.Err() != nil {
		return refused, failed
	}
	refs, err := r.remoteRefs(true)
	if err != nil {
		return refused, failed
	}
	results, done := refused, false
	if failed != nil {
		results = slices.Repeat([]error{failed}, len(updates))
	}
	for i, u := range updates {
		if ref, _ := refs.Lookup(u.ref()); ref.ID == u.New {
			results[i], done = nil, true
		}
	}
	if failed != nil && !done {
		return nil, failed
	}
	return results, nil
}

// isLost reports whether a connection failed, perhaps after the remote took what was sent.
func isLost(err error) bool {
	return slices.ContainsFunc([]error{web.ErrTruncated, web.ErrServer, web.ErrStalled, web.ErrUnreachable}, func(class error) bool {
		return errors.Is(err, class)
	})
}
