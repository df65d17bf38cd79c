package main

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

// pinFacts tells everything about a pin, one fact a line.
func pinFacts(name string, pin lock.Pin) string {
	var rows [][]string
	add := func(key, value string) {
		if value != "" {
			rows = append(rows, []string{key, value})
		}
	}
	add("name", name)
	add("source", sourceOf(pin))
	add("follows", follows(pin))
	for _, setting := range otherSettings(pin.Source) {
		add(setting.Option, setting.Value)
	}
	add("version", pin.Locked.Version)
	add("date", pin.Locked.Date)
	add("ref", pin.Locked.Ref)
	add("revision", pin.Locked.Rev())
	add("fetcher", string(pin.Locked.Calls[0].Fetcher))
	for _, call := range pin.Locked.Calls {
		add(cmp.Or(call.System, "fetches"), call.Fetch.String())
		add(strings.TrimSpace(call.System+" hash"), call.Hash.String())
	}
	add("override", "PINFETCH_OVERRIDE_"+lock.Variable(name))
	return align(rows)
}

// otherSettings are the options of a source that follows does not tell.
func otherSettings(spec sources.Spec) (found []sources.Setting) {
	request := codecs().Request(spec)
	request.Tracking, request.Systems = sources.Tracking{}, nil
	for _, option := range request.Options() {
		if !option.IsSet() {
			continue
		}
		value := "yes"
		switch field := option.Field.(type) {
		case *string:
			value = *field
		case *sources.Patterns:
			value = strings.Join(field.List(), ", ")
		case *sources.Access:
			if field.VarPrefix != "" {
				value = fmt.Sprintf("with variables NIX_%s_…", field.VarPrefix)
			}
		}
		found = append(found, sources.Setting{Option: option.Name, Value: value})
	}
	return found
}
