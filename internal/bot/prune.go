package bot

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pinfetch/pinfetch/internal/bot/body"
	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/internal/gitcmd"
	"github.com/pinfetch/pinfetch/internal/markdown"
)

// prune closes requests and deletes branches that are no longer needed.
func (r *run) prune(ctx context.Context, groups map[string][]string, targets []*target) {
	wanted := make(map[string]bool)
	for _, t := range targets {
		wanted[t.branch] = true
	}
	branches := maps.Clone(r.tips)
	for branch := range r.open {
		branches[branch] = r.tips[branch]
	}
	var deleted []Result
	for _, branch := range slices.Sorted(maps.Keys(branches)) {
		if wanted[branch] || ctx.Err() != nil {
			continue
		}
		if result, isDeleted := r.retire(ctx, branch, r.reason(branch, groups)); isDeleted {
			deleted = append(deleted, result)
		}
	}
	r.deleteBranches(ctx, deleted)
}

// reason says why a branch is no longer needed, "" if it may be.
func (r *run) reason(branch string, groups map[string][]string) string {
	name := strings.TrimPrefix(branch, Prefix)
	pins, isGroup := groups[name]
	if !isGroup {
		_, isPin := r.base.Pins[name]
		if f := r.branchLock(branch); !isPin && f != nil && f.Pins[name].Source != nil {
			return fmt.Sprintf("%s is no longer in the lock.", name)
		}
		return "Its pins are now grouped differently."
	}
	frozen, heldBack := 0, ""
	for _, pin := range pins {
		o, isSelected := r.outcomes[pin]
		if !isSelected || o.Status == engine.Failed || o.Status == engine.Updated {
			return ""
		}
		if o.Status == engine.Frozen {
			frozen++
		} else if held := r.Words.HeldBack(*o); held != "" {
			heldBack = held
		}
	}
	switch {
	case frozen == len(pins):
		return fmt.Sprintf("%s is frozen.", name)
	case heldBack != "":
		return heldBack + "."
	}
	return fmt.Sprintf("%s is up to date.", name)
}

// retire closes the request of a branch for a reason. It reports whether the branch is to be deleted then.
func (r *run) retire(ctx context.Context, branch, why string) (result Result, isDeleted bool) {
	request, isOpen := r.open[branch]
	state, isOurs := body.Read(request.Body)
	_, exists := r.tips[branch]
	result = Result{Branch: branch, Number: request.Number, URL: request.URL, Title: request.Title, Why: why}
	switch {
	case isOpen && !isOurs, !isOpen && !r.isMine(branch):
		return result, false // somebody else's
	case why == "":
		if isOpen {
			result.Action, result.Why = Unchanged, "not tried this time"
			r.results = append(r.results, result)
		}
		return result, false
	case exists && !r.isMine(branch):
		r.leaveAlone(ctx, result, request, why)
		return result, false
	case !isOpen:
		result.Action = Deleted
		return result, exists
	}
	result.Action = Closed
	if !r.DryRun {
		state.Closed = why
		if err := r.close(ctx, request, state, why); err != nil {
			r.fail(result, err)
			return result, false
		}
	}
	delete(r.open, branch) // it makes room
	if !exists {
		r.results = append(r.results, result)
	}
	return result, exists
}

// maxReason is in bytes. A reason may have upstream's words.
const maxReason = 500

// close closes a request after a comment that says why.
func (r *run) close(ctx context.Context, request Request, state body.State, why string) error {
	if err := r.commentOnce(ctx, request, "closed", markdown.Inline(why, maxReason)); err != nil {
		return err
	}
	text, _ := body.Restate(request.Body, state) // the text that it had tells what it was about
	return r.Forge.Close(ctx, request, text)
}

// deleteBranches deletes the branches of results, and adds these.
func (r *run) deleteBranches(ctx context.Context, results []Result) {
	var updates []gitcmd.RefUpdate
	for _, result := range results {
		updates = append(updates, gitcmd.RefUpdate{Branch: result.Branch, Old: r.tips[result.Branch].ID})
	}
	errs := r.push(ctx, updates)
	for i, result := range results {
		switch err := errs[i]; {
		case err == nil:
			delete(r.tips, result.Branch)
		case errors.Is(err, gitcmd.ErrLease):
			result.Why = strings.TrimSpace(result.Why + " The branch was pushed meanwhile, and stays.")
		case result.Action == Deleted:
			r.fail(result, err)
			continue
		default:
			result.Warnings = append(result.Warnings, err)
		}
		r.results = append(r.results, result)
	}
}

// leaveAlone says once in a request that people have changed its branch.
func (r *run) leaveAlone(ctx context.Context, result Result, request Request, why string) {
	result.Action, result.Why = LeftAlone, "the branch is not as the bot made it"
	if _, isOurs := body.Read(request.Body); isOurs && !r.DryRun {
		text := "The commits of this branch are not pinfetch's alone, so pinfetch no longer changes the branch or this request. " +
			"To let it take over again, remove those commits from the branch."
		if err := r.commentOnce(ctx, request, "left alone", strings.TrimSpace(text+" "+markdown.Inline(why, maxReason))); err != nil {
			r.fail(result, err)
			return
		}
	}
	r.results = append(r.results, result)
}

// commentOnce comments on a request unless it did so before. key is in a comment within the comment.
func (r *run) commentOnce(ctx context.Context, request Request, key, text string) error {
	mark := "<!-- pinfetch: " + key + " -->"
	comments, err := r.Forge.Comments(ctx, request)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(comments, func(c string) bool { return strings.Contains(c, mark) }) {
		return nil
	}
	return r.Forge.Comment(ctx, request, text+"\n\n"+mark)
}
