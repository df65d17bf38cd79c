package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/pkg/lazyregexp"
	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

type addOptions struct {
	sources.Request // of each reference, but for Ref
	name, scope, at string
	mirror          string
	frozen, replace bool
	dryRun, json    bool
}

func (p *program) addCommand() *cli.Command {
	o := &addOptions{}
	return &cli.Command{
		Name:      "add",
		Usage:     "pin sources",
		UsageText: "pinfetch add [FLAG…] REFERENCE…",
		Description: "A reference has one of these forms:\n\n" + referenceForms() + `
The address that a browser shows for one of these means the same, as does a
package URL (pkg:npm/NAME@VERSION). docs/references.md lists all forms.

Without --branch, --tag, --release or --rev, a pin follows the newest stable
version tag of its repository, or the default branch if there is none. If
there are several schemes of version tags, such as dates beside v1.2, it
follows the one with the newest tag, and a warning names the others.
For ssh and local repositories, --fetch-url says where builds fetch from.

With --asset, a pin is a file of a release. The name may contain {version},
{tag}, {major}, {major.minor}, {system}, * and ?.

A URL with {version}, {tag}, {major} or {major.minor} follows the versions
of --from: of any other reference, to which --tag, --release, --constraint
and the like then apply, or those that --match or --json-path find in a page.

Give --system once for each system, as SYSTEM=URL. If the reference or the
name of --asset contains {system}, SYSTEM=WORD writes WORD there, and SYSTEM
writes itself.

With --private, builds take credentials from the environment variables NIX_…,
with --private=PREFIX from NIX_PREFIX_….

Examples:

   pinfetch add github:BurntSushi/ripgrep
   pinfetch add github:BurntSushi/ripgrep --tag 'ignore-*' --name ignore
   pinfetch add github:tree-sitter/tree-sitter-rust --scope tree-sitter
   pinfetch add github:BurntSushi/ripgrep --unpack \
     --asset 'ripgrep-{version}-{system}.tar.gz' \
     --system x86_64-linux=x86_64-unknown-linux-musl \
     --system aarch64-darwin=aarch64-apple-darwin
   pinfetch add https://example.org/tool-1.2.tar.gz --unpack
   pinfetch add 'https://example.org/tool-1.2-{system}.tar.gz' \
     --system x86_64-linux --system aarch64-darwin
   pinfetch add 'https://get.helm.sh/helm-v{version}-linux-amd64.tar.gz' \
     --from github:helm/helm --unpack
   pinfetch add 'https://example.org/tool-{version}.tar.gz' \
     --from https://example.org/ --match 'tool-([0-9.]+)\.tar'
   pinfetch add github:company/secret --private=COMPANY`,
		Flags:        o.flags(),
		Action:       func(c *cli.Context) error { return p.add(c.Context, o, c.Args().Slice()) },
		BashComplete: p.completeReferences,
	}
}

func (o *addOptions) flags() []cli.Flag {
	return slices.Concat(group(naming,
		stringFlag(&o.name, "name", "call the pin `NAME` (default: repository or file name)", "n"),
		stringFlag(&o.scope, "scope", "put the pins into `SCOPE`"),
		boolFlag(&o.replace, "replace", "replace pins of the same name"),
	), requestFlags(&o.Request, kindOptions()), group(following,
		atFlag(&o.at),
		boolFlag(&o.frozen, "frozen", "update the pins only when they are named"),
	), group(output, alongFlag(&o.mirror), dryRunFlag(&o.dryRun), jsonFlag(&o.json)), keepDotGitFlags())
}

func (p *program) add(ctx context.Context, o *addOptions, references []string) error {
	switch {
	case len(references) == 0 && len(o.Systems) == 0:
		return usage("no reference is given")
	case len(references) == 0:
		references = []string{""} // --system has the URLs
	case len(references) > 1 && o.at != "":
		return usage("--at locks one pin, but %d references are given", len(references))
	case o.at != "" && o.Rev != "":
		return usage(atAndRev)
	case len(references) > 1 && o.name != "":
		return usage("--name names one pin, but %d references are given", len(references))
	}
	path, f, err := p.readLock()
	if err != nil {
		return err
	}
	c, err := p.clients() // before any message could show a credential
	if err != nil {
		return err
	}
	additions, err := p.planAdditions(o, references, f)
	if err != nil {
		return err
	}
	along, err := p.openAlong(ctx, o.mirror, o.dryRun)
	if err != nil {
		return err
	}
	outcomes := p.runWith(c, len(additions), along.fetch(c, false), func(e *engine.Engine) []engine.Outcome {
		return e.Add(ctx, additions)
	})
	markReplaced(outcomes, f)
	nameRules(outcomes)
	if !o.dryRun {
		if err := p.writeAdded(ctx, path, o, outcomes); err != nil {
			return err
		}
	}
	err = p.reportOutcomes(ctx, outcomes, o.json, addedLine)
	p.noteHeldBack(outcomes)
	p.noteDropped(outcomes, f, o.frozen)
	p.noteUse(outcomes)
	p.noteDryRun(o.dryRun)
	return p.publishRest(ctx, along, outcomes, func(engine.Outcome) bool { return true }, err)
}

func addedLine(o engine.Outcome) string {
	if o.Err != nil {
		return ""
	}
	if o.Status == engine.Replaced {
		return fmt.Sprintf("%s: replaced %s", o.Name, describeChange(o.Old, o.New))
	}
	return fmt.Sprintf("%s: added %s", o.Name, describeNew(o.New))
}

// writeAdded writes the complete pins. A pin whose name was taken meanwhile fails alone.
func (p *program) writeAdded(ctx context.Context, path string, o *addOptions, outcomes []engine.Outcome) error {
	return p.editLock(ctx, path, func(f *lock.File) error {
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
}

// planAdditions parses the references and names the pins, before anything is fetched.
func (p *program) planAdditions(o *addOptions, references []string, f *lock.File) ([]engine.NewPin, error) {
	var additions []engine.NewPin
	referenceOf := make(map[string]string)
	planned := &lock.File{Pins: maps.Clone(f.Pins)}
	for _, reference := range references {
		addition, err := p.planAddition(o, reference)
		if err != nil {
			return nil, err
		}
		name := addition.Name
		if other, twice := referenceOf[name]; twice {
			return nil, sources.WithHint(fmt.Errorf("%q and %q would both be the pin %q: %w", redact.Reference(other), redact.Reference(reference), name, errExists),
				"add them one by one, with --name")
		}
		if _, taken := f.Pins[name]; taken && !o.replace {
			return nil, nameTaken(name)
		}
		referenceOf[name], planned.Pins[name] = reference, lock.Pin{}
		additions = append(additions, addition)
	}
	return additions, planned.Validate()
}

func (p *program) planAddition(o *addOptions, reference string) (engine.NewPin, error) {
	isPrefix := reference != "" && sources.Access{Private: true, VarPrefix: reference}.Validate() == nil
	if isPrefix && o.Private {
		return engine.NewPin{}, usage("%q is not a reference: write a prefix as --private=%s", reference, reference)
	}
	request := o.Request
	request.Ref = reference
	spec, err := codecs().Parse(request)
	if err != nil {
		return engine.NewPin{}, err
	}
	name, err := p.nameFor(o, spec)
	if err != nil {
		return engine.NewPin{}, fmt.Errorf("reference %q: %w", redact.Reference(reference), err)
	}
	if meaning := codecs().Request(spec); listPage.MatchString(reference) && meaning.Ref != reference {
		p.ui.warn("%s: %q lists several things; pinned as %s", name, reference, strings.TrimPrefix(addCommand(meaning), "pinfetch add "))
	}
	return engine.NewPin{Name: name, Source: spec, At: o.at}, nil
}

// listPage matches addresses of pages of forges that name no branch, tag or release.
var listPage = lazyregexp.New(`^https?://.*/(branches|tags|releases|releases/latest)/?([?#].*)?$`)

func nameTaken(name string) error {
	return fmt.Errorf("pin %q already exists: %w", name, errExists)
}

// nameFor names a pin as the user asked, or after the title of its source.
func (p *program) nameFor(o *addOptions, spec sources.Spec) (string, error) {
	if name := o.name; name != "" {
		if scope := strings.TrimSuffix(o.scope, "/"); scope != "" {
			name = scope + "/" + name
		}
		return name, checkName(name)
	}
	clean := lock.CleanName(spec.Title())
	if clean == "" {
		return "", sources.WithHint(fmt.Errorf("cannot derive a name for the pin: %w", lock.ErrName), "give a name with --name")
	}
	name := lock.ScopedName(o.scope, clean)
	if name != spec.Title() {
		p.ui.note("%q becomes the pin %q", spec.Title(), name)
	}
	return name, lock.ValidateName(name)
}
