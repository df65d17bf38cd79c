package main

import (
	"context"
	"encoding"
	"path"

	"github.com/urfave/cli/v2"

	"github.com/pinfetch/pinfetch/internal/bot"
	"github.com/pinfetch/pinfetch/internal/config"
	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

type botOptions struct {
	config.Bot
	draft          bool
	remote, author string
	forge          forgeKind
	summary        string
	dryRun, json   bool
}

func (p *program) botCommand() *cli.Command {
	o := &botOptions{}
	return &cli.Command{
		Name:      "bot",
		Usage:     "open pull requests that update pins, and keep them current",
		UsageText: "pinfetch bot [FLAG…] [NAME…]",
		Description: `Opens a request for each pin that has a newer version, from the branch
pinfetch/NAME, keeps branch and text current, and closes the request when it
is no longer needed. It leaves alone what people change or close. NAME is as
for update. GitHub, GitLab, Forgejo and Gitea are supported.

The bot works on the base branch on the forge, not on the checkout. In CI it
finds the project in the variables of the CI, elsewhere in the remote origin.
It needs a token that may push and open requests: see docs/updating.md.

Options can be in config.json beside the lock on the base branch; flags
override them:

   {"bot": {"group": ["scope"], "minAge": "7d", "labels": ["dependencies"]}}

Examples:

   pinfetch bot --dry-run
   pinfetch bot --group scope --label dependencies --auto-merge squash
   pinfetch bot --group fonts=font-* --exclude legacy/ --json
   pinfetch bot --remote https://git.example.org/me/project --forge forgejo`,
		Flags: append(append(requestsFlags(o),
			stringFlag(&o.remote, "remote", "use the repository at `URL` (default: the CI's, or origin)"),
			valueFlag("forge", "`KIND` of the server: github, gitlab, forgejo or gitea", "", func(text string) (err error) {
				o.forge, err = parseForge(text)
				return err
			}),
			textFlag(&o.Base, "base", "update the branch `NAME` (default: the default branch)"),
			stringFlag(&o.author, "author", "commit as `AUTHOR`, such as 'Ada <ada@example.org>'")),
			dryRunFlag(&o.dryRun),
			stringFlag(&o.summary, "summary", "append a Markdown summary to `FILE` (or GITHUB_STEP_SUMMARY)"),
			jsonFlag(&o.json),
		),
		Action: func(c *cli.Context) error {
			if c.IsSet("draft") {
				o.Draft = &o.draft
			}
			return p.bot(c.Context, o, c.Args().Slice())
		},
		BashComplete: p.completePins,
	}
}

// requestsFlags are the options that can also be in the configuration.
func requestsFlags(o *botOptions) []cli.Flag {
	return []cli.Flag{
		textsFlag(&o.Group, "group", "requests per `KIND`: pin, scope, all, NAME=GLOB; repeatable"),
		valueFlag("limit", "have at most `N` open requests", "10", func(text string) error { return o.Limit.UnmarshalJSON([]byte(text)) }),
		textsFlag(&o.Exclude, "exclude", "leave out the pins `NAME`; repeatable"),
		textFlag(&o.MinAge, "min-age", "take only versions `AGE` old, for pins without their own"),
		textFlag(&o.Rebase, "rebase", "`WHEN` to rebuild branches: moved or needed (default: moved)"),
		textsFlag(&o.Labels, "label", "label new requests `NAME`; repeatable"),
		textsFlag(&o.Reviewers, "reviewer", "ask `USER` to review new requests; repeatable"),
		textsFlag(&o.Assignees, "assignee", "assign new requests to `USER`; repeatable"),
		boolFlag(&o.draft, "draft", "open requests as drafts"),
		textFlag(&o.AutoMerge, "auto-merge", "let the forge merge by `HOW`: merge, squash or rebase"),
		textFlag(&o.Mirror, "mirror", "publish new sources in the mirror at `PLACE`"),
	}
}

// textFlag is a flag for a value that reads itself.
func textFlag(value encoding.TextUnmarshaler, name, text string) cli.Flag {
	return valueFlag(name, text, "", func(given string) error { return value.UnmarshalText([]byte(given)) })
}

func textsFlag(list *[]config.Text, name, text string) cli.Flag {
	return valueFlag(name, text, "", func(given string) error {
		*list = append(*list, "")
		return (*list)[len(*list)-1].UnmarshalText([]byte(given))
	})
}

func (p *program) bot(ctx context.Context, o *botOptions, words []string) (err error) {
	if p.project, err = p.findProject(ctx, o.remote, o.forge); err != nil {
		return err
	}
	b := &bot.Bot{Codecs: codecs(), Words: p.botWords()}
	if b.LockPath, err = p.lockInProject(o.remote != ""); err != nil {
		return err
	}
	if err := p.setOptions(b, o, o.Bot); err != nil { // before anything is fetched
		return err
	}
	c, err := p.clients()
	if err != nil {
		return err
	}
	if err := p.checkToken(); err != nil {
		return err
	}
	if b.Forge, err = c.forge(p.project); err != nil {
		return err
	}
	clone, options, err := c.cloneBase(ctx, p.project, path.Join(path.Dir(b.LockPath), config.Name), o.Bot)
	if err != nil {
		return err
	}
	defer clone.Close()
	if err := p.setOptions(b, o, options); err != nil {
		return err
	}
	b.Project, b.BaseName = clone, clone.BaseName()
	along, err := p.openAlong(ctx, string(options.Mirror), o.dryRun)
	if err != nil {
		return err
	}
	b.Update = p.botUpdate(c, along, words, options)
	b.Notes = func(ctx context.Context, o engine.Outcome) (sources.Notes, error) {
		return c.sources.Notes(ctx, o.Source, o.Old, o.New)
	}
	report, err := b.Run(ctx)
	if err != nil {
		return inBranch(clone.BaseName(), err)
	}
	return p.publishRest(ctx, along, report.Outcomes, isUpdated, p.reportRequests(ctx, o, report))
}

// setOptions sets the options of a bot: those of the command line, and those that may also come from the configuration.
func (p *program) setOptions(b *bot.Bot, o *botOptions, shared config.Bot) error {
	groups, err := bot.ParseGroups(config.Strings(shared.Group))
	if err != nil {
		return err
	}
	author, err := p.author(o.author)
	b.Options = bot.Options{
		Groups: groups, Limit: int(shared.Limit), Rebuild: bot.Rebuild(shared.Rebase), Author: author, DryRun: o.dryRun,
		IsDraft: shared.Draft != nil && *shared.Draft,
		Wishes: bot.Wishes{
			Labels: config.Strings(shared.Labels), Reviewers: config.Strings(shared.Reviewers), Assignees: config.Strings(shared.Assignees),
			AutoMerge: bot.Method(shared.AutoMerge),
		},
	}
	return err
}

// botUpdate returns what updates the pins that the words select.
func (p *program) botUpdate(
	c *clients, along *along, words []string, options config.Bot,
) func(context.Context, *lock.File, map[string][]sources.Resolution) ([]engine.Outcome, error) {
	return func(ctx context.Context, f *lock.File, known map[string][]sources.Resolution) ([]engine.Outcome, error) {
		selection, err := engine.Select(f, words)
		if err != nil {
			return nil, err
		}
		if selection, err = selection.Without(f, config.Strings(options.Exclude)); err != nil {
			return nil, err
		}
		return p.runWith(c, len(selection.Names), along.fetch(c, false), func(e *engine.Engine) []engine.Outcome {
			return e.Update(ctx, f, selection, engine.UpdateOptions{MinAge: string(options.MinAge), Known: known})
		}), nil
	}
}

// botWords are for requests, where a message about a pin stands beside its name, and which everybody can read.
func (p *program) botWords() bot.Words {
	return bot.Words{
		HeldBack: func(o engine.Outcome) string { return p.ui.redact(whyHeldBack(o)) },
		Warnings: func(o engine.Outcome) (texts []string) {
			for _, text := range warningsOf(o) {
				texts = append(texts, p.ui.redact(text))
			}
			return texts
		},
		Failure: func(o engine.Outcome) string { return p.ui.redact(messageOf(o.Err)) },
	}
}
