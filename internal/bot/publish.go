package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pinfetch/pinfetch/internal/bot/body"
	"github.com/pinfetch/pinfetch/internal/gitcmd"
	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// step is the work on one target: perhaps a push, then the request.
type step struct {
	*target
	update  gitcmd.RefUpdate // zero for no push
	request Request          // zero if it is to be opened
	content body.Content
}

func (s step) isPush() bool   { return s.update != gitcmd.RefUpdate{} }
func (s step) isOpened() bool { return s.request.Number == 0 }

// publish pushes the branches of targets, and opens or edits their requests.
func (r *run) publish(ctx context.Context, targets []*target) {
	var steps []step
	for _, t := range targets {
		if ctx.Err() != nil {
			r.fail(t.result(r.open[t.branch]), context.Cause(ctx))
			continue
		}
		if s, isDue := r.decide(ctx, t); isDue {
			steps = append(steps, s)
		}
	}
	opened := false
	for batch := range slices.Chunk(steps, max(1, r.Forge.Limits().Pushes)) {
		var updates []gitcmd.RefUpdate
		for _, s := range batch {
			updates = append(updates, s.update)
		}
		errs := r.push(ctx, updates)
		for i, s := range batch {
			opened = r.finish(ctx, s, errs[i]) || opened
		}
	}
	if opened && r.Forge.Limits().MayDuplicate && ctx.Err() == nil {
		requests, err := r.Forge.Open(ctx, r.BaseName, Prefix)
		if err != nil {
			r.fail(Result{Branch: Prefix, Why: "looking for requests that were opened twice"}, err)
		}
		r.closeDuplicates(ctx, requests)
	}
}

// decide decides what a target needs, and reports whether that is anything.
func (r *run) decide(ctx context.Context, t *target) (step, bool) {
	request, isOpen := r.open[t.branch]
	state, isOurs := body.Read(request.Body)
	tip, exists := r.tips[t.branch]
	s := step{target: t, request: request, content: r.content(t)}
	result := t.result(request)
	switch {
	case isOpen && !isOurs, exists && !r.isMine(t.branch):
		r.leaveAlone(ctx, result, request, "")
		return s, false
	case r.obstacle(t.branch) != "":
		err := fmt.Errorf("branch %q cannot be made while there is %q", t.branch, r.obstacle(t.branch))
		r.fail(result, sources.WithHint(err, "delete or rename that branch"))
		return s, false
	case !isOpen && r.limit() >= 0 && len(r.open) >= r.limit():
		result.Action = Waiting
		r.results = append(r.results, result)
		return s, false
	case !isOpen:
		if isDeclined, err := r.isDeclined(ctx, t); err != nil || isDeclined {
			if result.Action = Declined; err != nil {
				r.fail(result, err)
				return s, false
			}
			r.results = append(r.results, result)
			return s, false
		}
		r.open[t.branch] = request // counts
	}
	var err error
	if s.update, err = r.build(ctx, t, tip); err != nil {
		r.fail(result, err)
		return s, false
	}
	if isOpen && !s.isPush() && !state.Pending && t.isSaid(state, t.state(s.content)) {
		result.Action = Unchanged
		r.results = append(r.results, result)
		return s, false
	}
	return s, true
}

// isDeclined reports whether a person closed a request of the same content.
func (r *run) isDeclined(ctx context.Context, t *target) (bool, error) {
	closed, err := r.Forge.Closed(ctx, r.BaseName, t.branch)
	return slices.ContainsFunc(closed, func(c Request) bool {
		state, isOurs := body.Read(c.Body)
		return isOurs && state.Closed == "" && isWithin(t.to, state.To)
	}), err
}

// isSaid reports whether a request says what it should. If not all pins could be looked at, it may have said more before.
func (t *target) isSaid(state, want body.State) bool {
	return state.Closed == "" && state.To == want.To && (t.isPart || state.Title == want.Title && state.Facts == want.Facts)
}

// obstacle is a branch that is in the directory of another's name, or the other way round, so that only one can exist.
func (r *run) obstacle(branch string) string {
	for other := range r.tips {
		if strings.HasPrefix(other, branch+"/") || strings.HasPrefix(branch, other+"/") {
			return other
		}
	}
	return ""
}

// build makes the commit of a target, and returns the push that it takes, which is zero if the branch has its tree already.
func (r *run) build(ctx context.Context, t *target, tip gitcmd.Commit) (gitcmd.RefUpdate, error) {
	base := r.Project.Base()
	sameLock := tip.ID != "" && string(r.locks[tip.ID]) == string(t.text)
	if sameLock && (r.Rebuild == WhenNeeded || tip.Parents[0] == base.ID) {
		return gitcmd.RefUpdate{}, nil
	}
	commit, err := r.Project.Commit(ctx, gitcmd.NewCommit{
		Parent: base, Files: map[string][]byte{r.LockPath: t.text}, Message: t.message, Author: r.Author, Date: base.Date,
	})
	if err != nil || commit.Tree == tip.Tree {
		return gitcmd.RefUpdate{}, err
	}
	return gitcmd.RefUpdate{Branch: t.branch, Old: tip.ID, New: commit.ID}, nil
}

// push pushes branches, and returns an error for each. Updates that are zero are passed over. If the remote refuses one, it may
// refuse all that came with it, so they are then pushed one by one.
func (r *run) push(ctx context.Context, updates []gitcmd.RefUpdate) []error {
	errs := make([]error, len(updates))
	var due []int
	for i, u := range updates {
		if u != (gitcmd.RefUpdate{}) {
			due = append(due, i)
		}
	}
	if r.DryRun || len(due) == 0 {
		return errs
	}
	if r.broken != nil {
		return slices.Repeat([]error{r.broken}, len(updates))
	}
	var batch []gitcmd.RefUpdate
	for _, i := range due {
		batch = append(batch, updates[i])
	}
	refused, err := r.Project.Push(ctx, batch)
	r.broken = err
	for k, i := range due {
		if errs[i] = err; err == nil && refused != nil {
			errs[i] = refused[k]
		}
		if len(due) > 1 && errors.Is(errs[i], gitcmd.ErrRefused) {
			errs[i] = r.push(ctx, batch[k:k+1])[0]
		}
	}
	return errs
}

// finish opens or edits the request after the push, and reports whether it opened one.
func (r *run) finish(ctx context.Context, s step, pushErr error) (opened bool) {
	result := s.result(s.request)
	switch {
	case errors.Is(pushErr, gitcmd.ErrLease):
		result.Action, result.Why = Unchanged, "the branch was pushed meanwhile"
		r.results = append(r.results, result)
		return false
	case pushErr != nil:
		r.fail(result, pushErr)
		return false
	}
	result.Action = Refreshed
	if s.isOpened() {
		result.Action = Opened
	}
	if r.DryRun {
		r.results = append(r.results, result)
		return false
	}
	request, warnings, err := r.write(ctx, s)
	result.Number, result.URL, result.Warnings = request.Number, request.URL, warnings
	if err != nil {
		r.fail(result, err)
		return false
	}
	r.results = append(r.results, result)
	return s.isOpened()
}

// write writes the text of a request, and grants the wishes of a new one.
func (r *run) write(ctx context.Context, s step) (_ Request, warnings []error, err error) {
	request := s.request
	state, _ := body.Read(request.Body)
	want := s.state(s.content)
	want.Pending = state.Pending
	if s.isOpened() {
		want.Pending = r.Wishes.any()
		if request, err = r.create(ctx, s, want); err != nil {
			return request, nil, err
		}
		state, _ = body.Read(request.Body)
	} else if !s.isSaid(state, want) {
		title, text := request.Title, r.text(r.withNotes(ctx, s.target, s.content), request.Body, want)
		if state.Title != s.title {
			title = s.title
		}
		if err := r.Forge.Edit(ctx, request, title, text); err != nil {
			return request, nil, err
		}
		request.Title, request.Body, state = title, text, want
	}
	if !state.Pending {
		return request, nil, nil
	}
	if err := r.Forge.Equip(ctx, request, r.Wishes); err != nil {
		if isTemporary(err) || ctx.Err() != nil {
			return request, nil, err // the next run tries again
		}
		warnings = append(warnings, err)
	}
	state.Pending = false
	restated, _ := body.Restate(request.Body, state)
	return request, warnings, r.Forge.Edit(ctx, request, request.Title, restated)
}

// create opens the request of a target, or finds it if another run has opened it.
func (r *run) create(ctx context.Context, s step, state body.State) (Request, error) {
	text := r.text(r.withNotes(ctx, s.target, s.content), "", state)
	request, err := r.Forge.Create(ctx, Draft{Branch: s.branch, Base: r.BaseName, Title: s.title, Body: text, IsDraft: r.IsDraft})
	if !errors.Is(err, ErrExists) {
		request.Body = text // forges normalise it
		return request, err
	}
	if _, listErr := r.list(ctx); listErr != nil {
		return request, listErr
	}
	if found, isOpen := r.open[s.branch]; isOpen {
		return found, nil
	}
	return request, err
}

// any reports whether there is a wish.
func (w Wishes) any() bool {
	return len(w.Labels)+len(w.Reviewers)+len(w.Assignees) > 0 || w.AutoMerge != ""
}

// isTemporary reports whether another run may have more luck.
func isTemporary(err error) bool {
	for _, class := range []error{web.ErrServer, web.ErrRateLimited, web.ErrUnreachable, web.ErrStalled, web.ErrTruncated} {
		if errors.Is(err, class) {
			return true
		}
	}
	return false
}

// closeDuplicates closes the younger ones of several open requests of one branch, which two runs at once have opened.
func (r *run) closeDuplicates(ctx context.Context, requests []Request) {
	first := make(map[string]int)
	for _, request := range requests {
		number, isSecond := first[request.Branch]
		if !isSecond {
			first[request.Branch] = request.Number
			continue
		}
		state, isOurs := body.Read(request.Body)
		if !isOurs || r.DryRun {
			continue
		}
		state.Closed = "a duplicate"
		closed, _ := body.Restate(request.Body, state)
		err := r.Forge.Close(ctx, request, closed)
		for i := range r.results {
			if result := &r.results[i]; result.Number == request.Number && err == nil {
				result.Action, result.Number, result.URL, result.Why = Unchanged, number, "", "another run opened it"
			}
		}
		if err != nil {
			r.fail(Result{Branch: request.Branch, Number: request.Number, URL: request.URL, Title: request.Title}, err)
		}
	}
}
