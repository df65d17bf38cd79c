package main

import (
	"encoding/json"
	"testing"

	"github.com/pinfetch/pinfetch/internal/config"
)

const configSchemaFile = "../../docs/config.schema.json"

// TestConfigSchema keeps docs/config.schema.json in step; -update writes it.
func TestConfigSchema(t *testing.T) {
	t.Parallel()
	wantSchema(t, configSchemaFile, configSchema())
}

// The schema and the parser agree on files that are changed in one place.
func TestConfigSchemaAgreesWithParser(t *testing.T) {
	t.Parallel()
	schema := compileSchema(t, configSchemaFile)
	var whole any
	text := `{"$schema": "https://example.org/config.schema.json", "bot": {"group": ["scope"], "limit": 5, "minAge": "7d", "exclude": ["legacy/"],
		"base": "next", "rebase": "needed", "labels": ["a b"], "reviewers": ["ada"], "assignees": ["bob"], "draft": true, "autoMerge": "squash", "mirror": "s3://sources"}}`
	if err := json.Unmarshal([]byte(text), &whole); err != nil {
		t.Fatal(err)
	}
	accepted, refused := 0, 0
	for name, changed := range changes(whole, "") {
		text, err := json.Marshal(changed)
		if err != nil {
			t.Fatal(err)
		}
		_, parseErr := config.Parse(text)
		schemaErr := schema.Validate(changed)
		if (parseErr == nil) != (schemaErr == nil) {
			t.Errorf("%s: the parser says %v, the schema %v", name, parseErr, schemaErr)
		}
		if schemaErr == nil {
			accepted++
		} else {
			refused++
		}
	}
	if accepted < 20 || refused < 80 {
		t.Errorf("%d files accepted, %d refused", accepted, refused)
	}
}

// configSchema describes a configuration as package config reads it.
func configSchema() object {
	line := func(what string) object {
		return object{"type": "string", "minLength": 1, "pattern": `^[^\n]*$`, "description": what}
	}
	lines := func(what string) object {
		return object{"type": "array", "items": object{"type": "string", "minLength": 1, "pattern": `^[^\n]*$`}, "description": what}
	}
	schema := closed(object{
		"$schema": object{"type": "string"},
		"bot": closed(object{
			"group":     lines("Which pins share a request: pin, scope or all, and NAME=GLOB for others."),
			"limit":     object{"type": "integer", "minimum": 1, "description": "How many requests may be open at once."},
			"minAge":    object{"type": "string", "pattern": "^0{0,3}[1-9][0-9]{0,3}[hdw]$", "description": "How old a version has to be, for pins without an age of their own."},
			"exclude":   lines("Pins to leave out: names, scopes such as tools/, and globs."),
			"base":      line("The branch to update. It counts in the default branch only."),
			"rebase":    object{"enum": []any{"moved", "needed"}, "description": "Rebuild the branch of an open request whenever the base moves, or only when its lock changes there."},
			"labels":    lines("Labels of new requests."),
			"reviewers": lines("Reviewers of new requests; on GitHub also teams, as ORGANISATION/TEAM."),
			"assignees": lines("Assignees of new requests."),
			"draft":     object{"type": "boolean", "description": "Open requests as drafts."},
			"autoMerge": object{"enum": []any{"merge", "squash", "rebase"}, "description": "Let the forge merge when its conditions are met."},
			"mirror":    line("Where new sources are published."),
		}),
	})
	schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	schema["title"] = "pinfetch's configuration, config.json beside pins.json"
	return schema
}
