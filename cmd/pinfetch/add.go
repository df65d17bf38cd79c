package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

type addOptions struct {
	sources.Request // of each reference, but for Ref
	name, scope     string
	frozen, replace bool
	dryRun, json    bool
}

func (p *program) addCommand() *cli.Command {
	o := &addOptions{}
	return &cli.Command{
		Name:      "add",
		Usage:     "pin sources",
		UsageText: "pinfetch add [FLAG…] REFERENCE…",
		Description: `A reference has one of these forms:

   github:OWNER/REPO
   https://github.com/OWNER/REPO[/tree/BRANCH|/releases/tag/TAG|/commit/SHA]
   git+https://HOST/PATH   https://HOST/PATH.git
   git+ssh://USER@HOST/PATH   USER@HOST:PATH   git+file:///PATH
   https://HOST/FILE

Without --branch, --tag, --release or --rev, a pin follows the newest stable
version tag of its repository, or the default branch if there is none.
For ssh and local repositories, --fetch-url says where builds fetch from.

Give --system once for each system, as SYSTEM=URL, or as SYSTEM if the
reference contains {system}.

With --private, builds take credentials from the environment variables NIX_…,
with --private=PREFIX from NIX_PREFIX_….

Examples:

   pinfetch add github:BurntSushi/ripgrep
   pinfetch add github:BurntSushi/ripgrep --tag 'ignore-*' --name ignore
   pinfetch add github:tree-sitter/tree-sitter-rust --scope tree-sitter
   pinfetch add https://example.org/tool-1.2.tar.gz --unpack
   pinfetch add 'https://example.org/tool-1.2-{system}.tar.gz' \
     --system x86_64-linux --system aarch64-darwin
   pinfetch add github:company/secret --private=COMPANY`,
		Flags:  o.flags(),
		Action: func(c *cli.Context) error { return p.add(c.Context, o, c.Args().Slice()) },
	}
}

func (o *addOptions) flags() []cli.Flag {
	return slices.Concat([]cli.Flag{
		stringFlag(&o.name, "name", "call the pin `NAME` (default: repository or file name)"),
		stringFlag(&o.scope, "scope", "put the pins into `SCOPE`"),
		stringFlag(&o.Branch, "branch", "follow the branch `NAME`"),
		stringFlag(&o.Tags, "tag", "follow the newest version among tags matching `GLOB`"),
		boolFlag(&o.Release, "release", "follow the forge's newest release"),
		stringFlag(&o.Rev, "rev", "stay at `REV`, a full commit ID or exact tag name"),
		stringFlag(&o.Constraint, "constraint", "accept only versions in `RANGE`, such as '>=1.4, <2'"),
		boolFlag(&o.Prerelease, "prerelease", "also accept pre-releases"),
		stringFlag(&o.Host, "host", "use GitHub Enterprise at `HOST`"),
		stringFlag(&o.FetchURL, "fetch-url", "make builds fetch from `URL`"),
	}, checkoutFlags(&o.Checkout), []cli.Flag{
		boolFlag(&o.Unpack, "unpack", "pin the contents of an archive"),
		boolFlag(&o.NoStripRoot, "no-strip-root", "with --unpack, keep the top-level directory"),
		boolFlag(&o.Executable, "executable", "mark the file executable"),
		listFlag(func(system string) { o.Systems = append(o.Systems, system) }, "system", "for each system, pin `SYSTEM=URL`; repeatable"),
		accessFlag(&o.Access),
		stringFlag(&o.StoreName, "store-name", "name the store path `NAME` (default: nixpkgs' choice)"),
		boolFlag(&o.frozen, "frozen", "update the pins only when they are named"),
		boolFlag(&o.replace, "replace", "replace pins of the same name"),
		dryRunFlag(&o.dryRun), jsonFlag(&o.json),
	})
}

func (p *program) add(ctx context.Context, o *addOptions, references []string) error {
	switch {
	case len(references) == 0 && len(o.Systems) == 0:
		return usage("pinfetch add", "no reference is given")
	case len(references) == 0:
		references = []string{""} // --system has the URLs
	case len(references) > 1 && o.name != "":
		return usage("pinfetch add", "--name names one pin, but %d references are given", len(references))
	}
	path, f, err := p.readLock()
	if err != nil {
		return err
	}
	k, err := p.clients()
	if err != nil {
		return err
	}
	additions, err := p.planAdditions(o, references, k.sources, f)
	if err != nil {
		return err
	}
	e, stop := p.engine(k, len(additions))
	outcomes := e.Add(ctx, additions)
	stop()
	for i := range outcomes {
		warnNixCode(&outcomes[i])
	}
	if !o.dryRun {
		if err := p.writeAdded(path, o, outcomes); err != nil {
			return err
		}
	}
	return p.reportOutcomes(ctx, outcomes, o.json, addedLine)
}

func addedLine(o engine.Outcome) string {
	if o.Err != nil {
		return ""
	}
	return fmt.Sprintf("%s: added %s", o.Name, describeNew(o.New))
}

// warnNixCode warns of a source that builds do not use: Nix code, which is evaluated.
func warnNixCode(o *engine.Outcome) {
	if title := o.Source.Title(); o.Err == nil && (title == "nixpkgs" || title == "nixexprs") {
		o.Warnings = append(o.Warnings, "this is Nix code: importing it from a pin builds during evaluation (import-from-derivation), "+
			"which is slow and often forbidden; use a flake input or builtins.fetchTarball instead (docs/border.md)")
	}
}

// writeAdded writes the complete pins. A pin whose name was taken meanwhile fails alone.
func (p *program) writeAdded(path string, o *addOptions, outcomes []engine.Outcome) error {
	_, err := p.editLock(path, func(f *lock.File) error {
		for i := range outcomes {
			added := &outcomes[i]
			if added.Err != nil {
				continue
			}
			if _, taken := f.Pins[added.Name]; taken && !o.replace {
				added.Status, added.Err = engine.Failed, nameTaken(added.Name)
				continue
			}
			f.Pins[added.Name] = lock.Pin{Source: added.Source, Frozen: o.frozen, Locked: added.New}
		}
		return nil
	})
	return err
}
