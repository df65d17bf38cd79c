package main

import (
	"encoding/json"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/pinfetch/pinfetch/pkg/lock"
	"github.com/pinfetch/pinfetch/pkg/sources"
)

const schemaFile = "../../docs/pins.schema.json"

// object is a JSON Schema, or a part of one.
type object = map[string]any

// TestSchema keeps docs/pins.schema.json in step with the kinds of source; -update writes it.
func TestSchema(t *testing.T) {
	t.Parallel()
	wantSchema(t, schemaFile, lockSchema())
}

// wantSchema compares a schema with a file, or writes the file with -update.
func wantSchema(t *testing.T, file string, schema object) {
	t.Helper()
	want, err := json.MarshalIndent(schema, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, '\n')
	if *update {
		if err := os.WriteFile(file, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(file); err != nil || string(got) != string(want) {
		t.Errorf("%s is not up to date (%v): go test ./cmd/pinfetch -run %s -update", file, err, t.Name())
	}
}

// The schema and the parser agree on locks that are changed in one place: what the parser refuses, the schema refuses, and
// what the schema refuses, the parser refuses or calls an invalid pin.
func TestSchemaAgreesWithParser(t *testing.T) {
	t.Parallel()
	schema := compileSchema(t, schemaFile)
	data, err := os.ReadFile("testdata/screens/pins.json")
	if err != nil {
		t.Fatal(err)
	}
	var whole any
	if err := json.Unmarshal(data, &whole); err != nil {
		t.Fatal(err)
	}
	tried, refused := 0, 0
	for name, changed := range changes(whole, "") {
		text, err := json.Marshal(changed)
		if err != nil {
			t.Fatal(err)
		}
		f, parseErr := lock.Parse(text, codecs())
		schemaErr := schema.Validate(changed)
		isValid := parseErr == nil && !slices.ContainsFunc(slices.Collect(maps.Values(f.Pins)), func(p lock.Pin) bool { return p.Validate() != nil })
		if schemaErr == nil && parseErr != nil {
			t.Errorf("%s: the schema accepts what the parser refuses: %v", name, parseErr)
		}
		if schemaErr != nil && isValid {
			t.Errorf("%s: the parser accepts what the schema refuses: %v", name, schemaErr)
		}
		if tried++; schemaErr != nil {
			refused++
		}
	}
	if tried < 500 || refused < tried/2 {
		t.Errorf("tried %d locks, of which the schema refused %d", tried, refused)
	}
}

func compileSchema(t *testing.T, file string) *jsonschema.Schema {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("schema.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// changes returns copies of a value, by what is changed: nothing, a member removed or added, a value of another type.
func changes(value any, path string) map[string]any {
	all := map[string]any{path + " unchanged": value}
	for name, other := range map[string]any{
		"null": nil, "number": 1.0, "text": "some text", "empty": "", "true": true, "false": false, "array": []any{}, "object": object{},
	} {
		all[path+" to "+name] = other
	}
	switch value := value.(type) {
	case object:
		for key, member := range value {
			without := maps.Clone(value)
			delete(without, key)
			all[path+" without "+key] = without
			for name, changed := range changes(member, path+"/"+key) {
				with := maps.Clone(value)
				with[key] = changed
				all[name] = with
			}
		}
		more := maps.Clone(value)
		more["extra"] = "some text"
		all[path+" with extra"] = more
	case []any:
		all[path+" with null"] = append(slices.Clone(value), nil)
	}
	return all
}

// lockSchema describes a lock as the package comment of pkg/lock does.
func lockSchema() object {
	sourcesByKind, listed := []any{}, []any{}
	for _, c := range codecs() {
		sourcesByKind = append(sourcesByKind, sourceSchema(c))
		for _, c := range c.Listed {
			listed = append(listed, sourceSchema(c))
		}
	}
	text, yes := object{"type": "string"}, object{"type": "boolean"}
	call := object{"type": "object", "oneOf": []any{
		callSchema("fetchurl", object{"url": text, "hash": hashSchema(), "executable": yes, "name": text}, "url", "hash"),
		callSchema("fetchzip", object{"url": text, "hash": hashSchema(), "stripRoot": yes, "extension": text, "name": text}, "url", "hash", "stripRoot", "extension"),
		callSchema("fetchgit", object{"url": text, "rev": text, "hash": hashSchema(), "fetchSubmodules": yes, "fetchLFS": yes,
			"sparseCheckout": object{"type": "array", "items": text}, "rootDir": text, "name": text}, "url", "rev", "hash", "fetchSubmodules"),
		callSchema("fetchFromGitHub", object{"owner": text, "repo": text, "rev": text, "hash": hashSchema(), "githubBase": text, "name": text},
			"owner", "repo", "rev", "hash"),
	}}
	systems := object{"type": "object", "minProperties": 1, "propertyNames": object{"pattern": "^[a-z0-9_]+-[a-z0-9]+$"},
		"additionalProperties": object{"$ref": "#/$defs/call"}}
	pin := closed(object{
		"source": object{"description": "What was asked for.", "oneOf": sourcesByKind},
		"frozen": object{"type": "boolean", "description": "Updated only when it is named."},
		"locked": object{"description": "What is known about what it resolved to.", "type": "object", "additionalProperties": false,
			"properties": object{"rev": text, "date": text, "ref": text, "version": text}},
		"fetch": object{"description": "One call of a nixpkgs fetcher, or one for each system.",
			"oneOf": []any{object{"$ref": "#/$defs/call"}, closed(object{"systems": systems}, "systems")}},
	}, "source", "locked", "fetch")
	schema := closed(object{
		"version": object{"const": lock.Version},
		"pins": object{"type": "object", "additionalProperties": object{"$ref": "#/$defs/pin"}, "propertyNames": object{
			"pattern": "^[A-Za-z_][A-Za-z0-9_+-]*(/[A-Za-z_][A-Za-z0-9_+-]*)*$", "maxLength": 200,
		}},
	}, "version", "pins")
	schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	schema["title"] = "pinfetch's lock, pins.json"
	schema["$defs"] = object{"pin": pin, "call": call, "versions": object{"description": "What lists the versions.", "oneOf": listed}}
	return schema
}

func closed(properties object, required ...string) object {
	schema := object{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		schema["required"] = required
	}
	return schema
}

func hashSchema() object {
	return object{"type": "string", "pattern": "^(sha256-[A-Za-z0-9+/]{43}=|sha512-[A-Za-z0-9+/]{86}==)$"}
}

func callSchema(fetcher string, args object, required ...string) object {
	return closed(object{
		"fetcher": object{"const": fetcher},
		"args":    closed(args, required...),
		"private": object{"type": "object", "properties": object{"varPrefix": object{"type": "string"}}, "additionalProperties": false},
	}, "fetcher", "args")
}

// sourceSchema is made of the fields of a kind's Spec.
func sourceSchema(c sources.Codec) object {
	properties, required := object{"type": object{"const": c.Type}}, []string{"type"}
	addFields(reflect.TypeOf(c.Zero), properties, &required)
	schema := closed(properties, required...)
	if closing := closingFields(c.Zero); len(closing) > 0 {
		schema["anyOf"] = closing
	}
	return schema
}

func addFields(spec reflect.Type, properties object, required *[]string) {
	for i := range spec.NumField() {
		field := spec.Field(i)
		if field.Anonymous {
			addFields(field.Type, properties, required)
			continue
		}
		name, option, _ := strings.Cut(field.Tag.Get("json"), ",")
		properties[name] = valueSchema(field.Type)
		if option != "omitzero" {
			*required = append(*required, name)
		}
	}
}

// valueSchema finds out which JSON a field reads.
func valueSchema(field reflect.Type) object {
	reads := func(text string) bool { return json.Unmarshal([]byte(text), reflect.New(field).Interface()) == nil }
	text := object{"type": "string"}
	switch {
	case field.Kind() == reflect.Interface:
		return object{"$ref": "#/$defs/versions"}
	case field.Kind() == reflect.Bool:
		return object{"type": "boolean"}
	case reads(`["a"]`):
		return object{"type": "array", "items": object{"type": "string", "minLength": 1, "pattern": "^[^\\n]*$"}}
	case reads(`{"x86_64-linux": "https://example.org/a"}`):
		return object{"type": "object", "minProperties": 1, "propertyNames": object{"pattern": "^[a-z0-9_]+-[a-z0-9]+$"},
			"additionalProperties": object{"type": "string", "pattern": "^[^\\n]*$"}}
	}
	return text
}

// closingFields requires one of the fields without which a Spec leaves open what to follow.
func closingFields(zero sources.Spec) (closing []any) {
	if !sources.IsOpen(zero) {
		return nil
	}
	spec := reflect.New(reflect.TypeOf(zero)).Elem()
	for _, field := range reflect.VisibleFields(spec.Type()) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		spec.SetZero()
		required := object{"minLength": 1}
		switch value := spec.FieldByIndex(field.Index); value.Kind() {
		case reflect.String:
			value.SetString("x")
		case reflect.Bool:
			value.SetBool(true)
			required = object{"const": true}
		default:
			continue
		}
		if !spec.Interface().(sources.Chooser).IsOpen() {
			closing = append(closing, object{"properties": object{name: required}, "required": []string{name}})
		}
	}
	return closing
}
