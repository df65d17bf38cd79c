package main

import (
	"fmt"
	"maps"
	"strings"

	"github.com/pinfetch/pinfetch/internal/engine"
	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// planAdditions parses the references and names the pins, before anything is fetched.
func (p *program) planAdditions(o *addOptions, references []string, set *sources.Set, f *lock.File) ([]engine.NewPin, error) {
	var additions []engine.NewPin
	referenceOf := make(map[string]string)
	planned := &lock.File{Pins: maps.Clone(f.Pins)}
	for _, reference := range references {
		addition, err := p.planAddition(o, reference, set)
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

func (p *program) planAddition(o *addOptions, reference string, set *sources.Set) (engine.NewPin, error) {
	isPrefix := reference != "" && sources.Access{Private: true, VarPrefix: reference}.Validate() == nil
	if isPrefix && o.Private {
		return engine.NewPin{}, usage("%q is not a reference: write a prefix as --private=%s", reference, reference)
	}
	request := o.Request
	request.Ref = reference
	spec, err := set.Parse(request)
	if err != nil {
		return engine.NewPin{}, err
	}
	name, err := p.nameFor(o, spec)
	if err != nil {
		return engine.NewPin{}, fmt.Errorf("reference %q: %w", redact.Reference(reference), err)
	}
	return engine.NewPin{Name: name, Source: spec}, nil
}

func nameTaken(name string) error {
	return fmt.Errorf("pin %q already exists: %w", name, errExists)
}

// nameFor names a pin as the user asked, or after the title of its source.
func (p *program) nameFor(o *addOptions, spec sources.Spec) (string, error) {
	if name := o.name; name != "" {
		if scope := strings.TrimSuffix(o.scope, "/"); scope != "" {
			name = scope + "/" + name
		}
		return name, lock.ValidateName(name)
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
