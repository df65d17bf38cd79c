package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

func (p *program) addCommand() *cli.Command {
	return &cli.Command{
		Name:      "add",
		Usage:     "pin sources",
		UsageText: "pinfetch add [FLAG…] REFERENCE…",
		Description: `A reference is one of

   github:OWNER/REPO   https://github.com/OWNER/REPO[/tree/BRANCH|/releases/tag/TAG|/commit/SHA]
   git+https://HOST/PATH   https://HOST/PATH.git
   git+ssh://USER@HOST/PATH   USER@HOST:PATH   git+file:///PATH   (with --fetch-url)
   https://HOST/FILE

Without --branch, --tag, --release or --rev a repository's newest stable version tag is
followed, or its default branch if it has none.

Examples:

   pinfetch add github:BurntSushi/ripgrep
   pinfetch add github:BurntSushi/ripgrep --tag 'ignore-*' --name ignore
   pinfetch add --scope tree-sitter github:tree-sitter/tree-sitter-rust github:tree-sitter/tree-sitter-go
   pinfetch add https://example.org/tool-1.2.tar.gz --unpack
   pinfetch add 'https://example.org/tool-1.2-{system}.tar.gz' --system x86_64-linux --system aarch64-darwin
   pinfetch add github:company/secret --private=COMPANY`,
		Flags: slices.Concat([]cli.Flag{
			&cli.StringFlag{Name: "name", Usage: "call the pin `NAME` (default: what the repository or file is called)"},
			&cli.StringFlag{Name: "scope", Usage: "put the pins into `SCOPE`"},
			&cli.StringFlag{Name: "branch", Usage: "follow the branch `NAME`"},
			&cli.StringFlag{Name: "tag", Usage: "follow the newest version among the tags that match `GLOB`"},
			&cli.BoolFlag{Name: "release", Usage: "follow the newest release of the forge"},
			&cli.StringFlag{Name: "rev", Usage: "stay at `REV`, a full commit ID or a whole tag name"},
			&cli.StringFlag{Name: "constraint", Usage: "only versions that satisfy `CONDITIONS`, such as '>=1.4, <2'"},
			&cli.BoolFlag{Name: "prerelease", Usage: "pre-releases too"},
			&cli.StringFlag{Name: "host", Usage: "the GitHub Enterprise `HOST` of the repository"},
			&cli.StringFlag{Name: "fetch-url", Usage: "what builds fetch is at `URL` (for ssh and local repositories)"},
		}, checkoutFlags(), []cli.Flag{
			&cli.BoolFlag{Name: "unpack", Usage: "the file is an archive: pin its contents"},
			&cli.BoolFlag{Name: "no-strip-root", Usage: "with --unpack: keep the archive's top-level folder"},
			&cli.BoolFlag{Name: "executable", Usage: "mark the file executable"},
			&cli.StringSliceFlag{Name: "system", Usage: "another file on each system: `SYSTEM=URL`, or SYSTEM where the reference has {system}; once for each"},
			accessFlag(),
			&cli.StringFlag{Name: "store-name", Usage: "name the store path `NAME` (default: nixpkgs' own choice)"},
			&cli.BoolFlag{Name: "frozen", Usage: "leave the pins out of updates that do not name them"},
			&cli.BoolFlag{Name: "replace", Usage: "replace pins of the same name"},
			&cli.BoolFlag{Name: "dry-run", Usage: "write nothing"},
			&cli.BoolFlag{Name: "json", Usage: "print one JSON document"},
		}),
		Action: p.add,
	}
}

func (p *program) add(c *cli.Context) error {
	if c.NArg() == 0 && !c.IsSet("system") {
		return usage(c, "no reference is given")
	}
	if c.NArg() > 1 && c.String("name") != "" {
		return usage(c, "--name names one pin, %d references are given", c.NArg())
	}
	if err := refuseDotGit(c); err != nil {
		return err
	}
	path, f, err := p.readLock(c)
	if err != nil {
		return err
	}
	k, err := p.connect(c)
	if err != nil {
		return err
	}
	wishes, err := p.wishes(c, k.sources, f)
	if err != nil {
		return err
	}
	e, stop := p.engine(c, k, len(wishes))
	outcomes := e.Add(c.Context, wishes)
	stop()
	for i := range outcomes {
		warnOfEvaluation(&outcomes[i])
	}
	if !c.Bool("dry-run") {
		if err := p.store(c, path, outcomes); err != nil {
			return err
		}
	}
	return p.conclude(c.Context, outcomes, c.Bool("json"), func(o engine.Outcome) string {
		if o.Err != nil {
			return ""
		}
		return fmt.Sprintf("%s: added %s", o.Name, strings.TrimSpace(label(o.New)+" "+suffix(o.New)))
	})
}

// warnOfEvaluation warns of sources that are no use at build time: Nix code that is to be evaluated.
func warnOfEvaluation(o *engine.Outcome) {
	if title := o.Source.Title(); o.Err == nil && (title == "nixpkgs" || title == "nixexprs") {
		o.Warnings = append(o.Warnings, "this is Nix code: importing it from a pin builds while Nix evaluates (import-from-derivation), "+
			"which is slow and often forbidden; keep it a flake input or builtins.fetchTarball, and pin here what builds need (docs/border.md)")
	}
}

// suffix is the hash, unless the label is it; of a source with several, each with its system.
func suffix(l sources.Resolution) string {
	if len(l.Calls) > 1 {
		var hashes []string
		for _, call := range l.Calls {
			hashes = append(hashes, call.System+" "+call.Hash.String())
		}
		return strings.Join(hashes, ", ")
	}
	if hash := l.Calls[0].Hash.String(); hash != label(l) {
		return hash
	}
	return ""
}

// wishes parses the references and names the pins, before anything is fetched.
func (p *program) wishes(c *cli.Context, set *sources.Set, f *lock.File) ([]engine.NewPin, error) {
	planned := &lock.File{Pins: make(map[string]lock.Pin)}
	for name, pin := range f.Pins {
		planned.Pins[name] = pin
	}
	var wishes []engine.NewPin
	given := make(map[string]string)
	for _, ref := range references(c) {
		if isPrefix := (sources.Access{Private: true, VarPrefix: ref}).Validate() == nil; ref != "" && isPrefix && c.IsSet("private") {
			return nil, usage(c, "%q is no reference: a prefix is written --private=%s", ref, ref)
		}
		spec, err := set.Parse(request(c, ref))
		if err != nil {
			return nil, err
		}
		name, err := p.nameFor(c, spec)
		if err != nil {
			return nil, fmt.Errorf("reference %q: %w", redact.Reference(ref), err)
		}
		if other, twice := given[name]; twice {
			return nil, sources.WithHint(fmt.Errorf("%q and %q would both be the pin %q: %w", redact.Reference(other), redact.Reference(ref), name, errExists),
				"add them one by one, with --name")
		}
		if _, taken := f.Pins[name]; taken && !c.Bool("replace") {
			return nil, nameTaken(name)
		}
		given[name], planned.Pins[name] = ref, lock.Pin{}
		wishes = append(wishes, engine.NewPin{Name: name, Source: spec})
	}
	return wishes, planned.Validate()
}

// references are the arguments. Where --system has all the URLs there is none.
func references(c *cli.Context) []string {
	if c.NArg() == 0 {
		return []string{""}
	}
	return c.Args().Slice()
}

func nameTaken(name string) error {
	return fmt.Errorf("pin %q exists: %w", name, errExists)
}

// nameFor names a pin as the user wishes, or after what upstream calls itself.
func (p *program) nameFor(c *cli.Context, spec sources.Spec) (string, error) {
	if name := c.String("name"); name != "" {
		if scope := strings.TrimSuffix(c.String("scope"), "/"); scope != "" {
			name = scope + "/" + name
		}
		return name, lock.ValidateName(name)
	}
	clean := lock.CleanName(spec.Title())
	if clean == "" {
		return "", sources.WithHint(fmt.Errorf("nothing in it can name the pin: %w", lock.ErrName), "give a name with --name")
	}
	name := lock.ScopedName(c.String("scope"), clean)
	if name != spec.Title() {
		p.ui.note("%q becomes the pin %q", spec.Title(), name)
	}
	return name, lock.ValidateName(name)
}

func request(c *cli.Context, ref string) sources.Request {
	return sources.Request{
		Ref: ref,
		Tracking: sources.Tracking{
			Branch: c.String("branch"), Tags: c.String("tag"), Release: c.Bool("release"), Rev: c.String("rev"),
			Constraint: c.String("constraint"), Prerelease: c.Bool("prerelease"),
		},
		Checkout: checkout(c),
		Access:   sources.Access(*c.Generic("private").(*access)),
		Systems:  c.StringSlice("system"),
		Host:     c.String("host"), FetchURL: c.String("fetch-url"),
		Unpack: c.Bool("unpack"), NoStripRoot: c.Bool("no-strip-root"), Executable: c.Bool("executable"),
		StoreName: c.String("store-name"),
	}
}

// store writes the pins that are complete. One whose name was taken meanwhile fails alone.
func (p *program) store(c *cli.Context, path string, outcomes []engine.Outcome) error {
	_, err := p.editLock(path, func(f *lock.File) error {
		for i := range outcomes {
			o := &outcomes[i]
			if o.Err != nil {
				continue
			}
			if _, taken := f.Pins[o.Name]; taken && !c.Bool("replace") {
				o.Status, o.Err = engine.Failed, nameTaken(o.Name)
				continue
			}
			f.Pins[o.Name] = lock.Pin{Source: o.Source, Frozen: c.Bool("frozen"), Locked: o.New}
		}
		return nil
	})
	return err
}
