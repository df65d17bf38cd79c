package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/pinfetch/pinfetch/internal/bot"
	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/internal/markdown"
)

// reportRequests reports what became of requests and pins, and returns what the command ends with.
func (p *program) reportRequests(ctx context.Context, o *botOptions, r bot.Report) error {
	for _, outcome := range r.Outcomes {
		p.noteOutcome(outcome)
	}
	for _, result := range r.Results {
		for _, warning := range result.Warnings {
			_, hint := classify(warning)
			p.ui.warn("%s: %s", result.Branch, messageOf(warning))
			p.ui.hint(hint)
		}
	}
	d := p.newDocument(r.Outcomes)
	d.Requests = []requestJSON{}
	for _, result := range r.Results {
		d.Requests = append(d.Requests, p.requestJSON(result))
	}
	failures := failedRequests(r.Results)
	d.Failed += len(failures)
	if o.json {
		p.printJSON(d)
	} else if len(r.Results) > 0 {
		p.ui.result("%s", strings.TrimSuffix(p.requestLines(r.Results), "\n"))
	}
	p.reportFailures(ctx, slices.Concat(failures, r.Outcomes))
	p.noteHeldBack(r.Outcomes)
	p.summarize(r.Outcomes)
	p.ui.note("%s", countRequests(r.Results))
	p.noteDryRun(o.dryRun)
	var late error
	if path := cmp.Or(o.summary, p.getenv("GITHUB_STEP_SUMMARY")); path != "" {
		late = p.appendSummary(path, p.summarizeRequests(r.Results)+summarize(r.Outcomes))
	}
	return p.reportLate(ctx, requestsExit(ctx, r, d.Failed), late)
}

// requestsExit returns what the command ends with if so many requests and pins failed.
func requestsExit(ctx context.Context, r bot.Report, failed int) error {
	isDone := slices.ContainsFunc(r.Results, func(result bot.Result) bool { return result.Err == nil }) ||
		len(r.Results) == 0 && slices.ContainsFunc(r.Outcomes, func(o engine.Outcome) bool { return o.Err == nil })
	switch {
	case ctx.Err() != nil:
		return exitError(exitInterrupted)
	case failed > 0 && !isDone:
		return exitError(exitNothing)
	case failed > 0:
		return exitError(exitPartial)
	}
	return nil
}

// failedRequests are the requests that failed, in the form in which failures are reported.
func failedRequests(results []bot.Result) (failures []engine.Outcome) {
	for _, r := range results {
		if r.Err != nil {
			failures = append(failures, engine.Outcome{Name: r.Branch, Status: engine.Failed, Err: r.Err})
		}
	}
	return failures
}

// requestLines is a table of requests: "opened #7 pinfetch/ripgrep  ripgrep: 15.0.0 -> 15.1.0  URL".
func (p *program) requestLines(results []bot.Result) string {
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	for _, r := range results {
		cells := []string{string(r.Action), cmp.Or(p.numberOf(r), "-"), r.Branch, cmp.Or(r.Why, r.Title)}
		if r.URL != "" {
			cells = append(cells, r.URL)
		}
		fmt.Fprintln(table, strings.Join(cells, "\t"))
	}
	table.Flush()
	return p.ui.redact(text.String())
}

// numberOf is a request's number as people write it, or "".
func (p *program) numberOf(r bot.Result) string {
	switch {
	case r.Number == 0:
		return ""
	case p.project.forge == onGitLab:
		return fmt.Sprintf("!%d", r.Number)
	}
	return fmt.Sprintf("#%d", r.Number)
}

// countRequests is "3 requests: 1 opened, 2 unchanged".
func countRequests(results []bot.Result) string {
	var found []bot.Action
	for _, r := range results {
		found = append(found, r.Action)
	}
	return count("request", found,
		bot.Opened, bot.Refreshed, bot.Unchanged, bot.Closed, bot.Deleted, bot.Declined, bot.LeftAlone, bot.Waiting, bot.Failed)
}

// summarizeRequests is a table of requests in Markdown.
func (p *program) summarizeRequests(results []bot.Result) string {
	var text strings.Builder
	fmt.Fprintf(&text, "### %s\n\n", countRequests(results))
	if len(results) == 0 {
		return text.String()
	}
	text.WriteString("| request | branch | | |\n| --- | --- | --- | --- |\n")
	for _, r := range results {
		why := cmp.Or(r.Why, r.Title)
		if r.Err != nil {
			why = messageOf(r.Err)
		}
		fmt.Fprintf(&text, "| %s | %s | %s | %s |\n", markdown.Refer(p.numberOf(r), r.URL), cell(r.Branch), r.Action, cell(why))
	}
	return text.String() + "\n"
}
