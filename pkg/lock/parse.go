package lock

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/terminal"
)

var (
	// ErrSyntax is the class of locks that are not this format; see [ParseError].
	ErrSyntax = errors.New("broken lock")
	// ErrConflictMarkers is an [ErrSyntax]: git left its marks in the lock.
	ErrConflictMarkers = fmt.Errorf("merge conflict markers: %w", ErrSyntax)
	// ErrVersion is an [ErrSyntax]: another version of the format.
	ErrVersion = fmt.Errorf("unknown lock version: %w", ErrSyntax)
)

// MaxSize is the largest lock in bytes that is read: some 90,000 pins.
const MaxSize = 64 << 20

// A Decoder reads a Spec from its JSON object, from several goroutines; [sources.Set] is one.
type Decoder interface {
	Decode([]byte) (sources.Spec, error)
}

// ParseError says where a lock is broken. It is an [ErrSyntax].
type ParseError struct {
	Line, Column int // from 1; Column counts bytes
	Err          error
}

// maxText is how many bytes of an error's text are shown: it may quote what is in the lock.
const maxText = 500

func (e *ParseError) Error() string {
	text := e.Err.Error()
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "") + "…"
	}
	return fmt.Sprintf("%d:%d: %s", e.Line, e.Column, text)
}

func (e *ParseError) Unwrap() []error { return []error{e.Err, ErrSyntax} }

// strict refuses unknown members; repeated ones and invalid UTF-8 are refused by default.
var strict = json.RejectUnknownMembers(true)

// located is where a value stands within the one that it is part of; the zero located is none.
type located struct{ offset, size int64 }

// UnmarshalJSONFrom implements [json.UnmarshalerFrom].
func (l *located) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	value, err := dec.ReadValue()
	if err != nil {
		return err
	}
	*l = located{dec.InputOffset() - int64(len(value)), int64(len(value))}
	return nil
}

func (l located) isThere() bool { return l.size > 0 }

// of returns the value itself.
func (l located) of(whole jsontext.Value) jsontext.Value { return whole[l.offset : l.offset+l.size] }

// offsetError is an error about the bytes at an offset of the file.
type offsetError struct {
	offset int64
	err    error
}

func (e *offsetError) Error() string { return e.err.Error() }
func (e *offsetError) Unwrap() error { return e.err }

// at places an error that was found while decoding a value that begins at base.
// The JSON package's own offset, which counts from there, is added; its words, made for
// Go programmers, are replaced.
func at(base int64, err error) error {
	var placed *offsetError
	var semantic *json.SemanticError
	var syntactic *jsontext.SyntacticError
	switch {
	case errors.As(err, &placed):
		return &offsetError{placed.offset, placed.err}
	case errors.As(err, &syntactic):
		return &offsetError{base + syntactic.ByteOffset, describeSyntax(syntactic)}
	case errors.As(err, &semantic):
		return &offsetError{base + semantic.ByteOffset, describeSemantic(semantic)}
	}
	return &offsetError{base, err}
}

func describeSyntax(e *jsontext.SyntacticError) error {
	if errors.Is(e, jsontext.ErrDuplicateName) {
		return fmt.Errorf("key %q stands twice in one object", e.JSONPointer.LastToken())
	}
	return errors.New(strings.TrimPrefix(e.Err.Error(), "jsontext: "))
}

func describeSemantic(e *json.SemanticError) error {
	switch {
	case errors.Is(e, json.ErrUnknownName):
		key := e.JSONPointer.LastToken()
		if sources.IsDotGit(key) {
			return sources.RefuseDotGit(fmt.Sprintf("key %q", key))
		}
		return fmt.Errorf("unknown key %q", key)
	case e.Err != nil:
		return e.Err
	}
	return fmt.Errorf("a %s cannot stand here", e.JSONKind)
}

// Parse reads a lock, strictly. Every error is an [ErrSyntax]; all but those
// about the file as a whole are a [*ParseError].
func Parse(data []byte, d Decoder) (*File, error) {
	if len(data) > MaxSize {
		return nil, fmt.Errorf("%d bytes, more than %d: %w", len(data), MaxSize, ErrSyntax)
	}
	if err := refuseConflictMarkers(data); err != nil {
		return nil, err
	}
	f, err := parse(data, d)
	if err == nil {
		return f, nil
	}
	var placed *offsetError
	if !errors.As(err, &placed) {
		return nil, fmt.Errorf("%w: %w", err, ErrSyntax)
	}
	line, column := position(data, placed.offset)
	return nil, &ParseError{line, column, placed.err}
}

func parse(data []byte, d Decoder) (*File, error) {
	var in struct {
		Version located            `json:"version"`
		Pins    map[string]located `json:"pins"`
	}
	if err := json.Unmarshal(data, &in, strict); err != nil {
		_, broken := survey(data)
		return nil, cmp.Or(broken, otherVersion(data), at(0, err))
	}
	if bytes.Contains(data, []byte("null")) { // in a name, perhaps
		if _, err := survey(data); err != nil {
			return nil, err
		}
	}
	if err := checkVersion(data, in.Version); err != nil {
		return nil, err
	}
	if in.Pins == nil {
		return nil, at(0, errors.New(`the lock has no "pins"`))
	}
	names := slices.Sorted(maps.Keys(in.Pins))
	if bad := checkNames(names, in.Pins); bad.err != nil {
		places, _ := survey(data)
		return nil, at(places[bad.name], bad.err)
	}
	f := &File{Pins: make(map[string]Pin, len(in.Pins))}
	for _, name := range names { // the first error in name order, whatever the order of the file
		pin, err := decodePin(data, in.Pins[name], d)
		if err != nil {
			return nil, err
		}
		f.Pins[name] = pin
	}
	return f, nil
}

// survey reads the whole lock once, for what decoding does not tell: where the pins' names
// stand, and that no value is null.
func survey(data []byte) (names map[string]int64, err error) {
	names = make(map[string]int64)
	dec := jsontext.NewDecoder(bytes.NewReader(data))
	section := ""
	for {
		token, err := dec.ReadToken()
		if err == io.EOF {
			return names, nil
		}
		if err != nil {
			return nil, at(0, err)
		}
		if token.Kind() == 'n' {
			return nil, at(dec.InputOffset()-int64(len("null")), errors.New("null cannot stand here"))
		}
		depth := dec.StackDepth()
		kind, length := dec.StackIndex(depth)
		if kind != '{' || length%2 == 0 || token.Kind() != '"' { // only a name makes the length odd
			continue
		}
		switch {
		case depth == 1:
			section = token.String()
		case depth == 2 && section == "pins":
			end := int(dec.InputOffset())
			names[token.String()] = int64(bytes.LastIndexByte(data[:end-1], '"'))
		}
	}
}

// otherVersion returns an error if what is wrong with a lock is that it is not of this version.
func otherVersion(data []byte) error {
	var in struct {
		Version located `json:"version"`
	}
	if json.Unmarshal(data, &in) != nil {
		return nil
	}
	return checkVersion(data, in.Version)
}

func checkVersion(data jsontext.Value, value located) error {
	if !value.isThere() {
		return at(0, errors.New(`the lock has no "version"`))
	}
	var version int
	if err := json.Unmarshal(value.of(data), &version); err != nil {
		return at(value.offset, err)
	}
	switch {
	case version > Version:
		return at(value.offset, fmt.Errorf("version %d was written by a newer pinfetch, this one reads version %d: %w", version, Version, ErrVersion))
	case version != Version:
		return at(value.offset, fmt.Errorf("there is no version %d, this pinfetch reads version %d: %w", version, Version, ErrVersion))
	}
	return nil
}

// decodePin reads the pin that stands at a place of the lock.
func decodePin(lock jsontext.Value, place located, d Decoder) (Pin, error) {
	var in struct {
		Source located `json:"source"`
		Frozen bool    `json:"frozen"`
		Locked located `json:"locked"`
		Fetch  located `json:"fetch"`
	}
	data, base := place.of(lock), place.offset
	if err := json.Unmarshal(data, &in, strict); err != nil {
		return Pin{}, at(base, err)
	}
	if !in.Source.isThere() || !in.Locked.isThere() || !in.Fetch.isThere() {
		return Pin{}, at(base, errors.New(`a pin needs "source", "locked" and "fetch"`))
	}
	spec, err := d.Decode(in.Source.of(data))
	if err != nil {
		return Pin{}, at(base+in.Source.offset, err)
	}
	calls, err := decodeCalls(in.Fetch.of(data), base+in.Fetch.offset)
	if err != nil {
		return Pin{}, err
	}
	var facts factsJSON
	if err = json.Unmarshal(in.Locked.of(data), &facts, strict); err == nil {
		err = validateFacts(facts.facts(), calls)
	}
	if err != nil {
		return Pin{}, at(base+in.Locked.offset, err)
	}
	return Pin{Source: spec, Frozen: in.Frozen, Locked: sources.Resolution{Facts: facts.facts(), Calls: calls}}, nil
}

// isDate reports whether text is YYYY-MM-DD.
func isDate(text string) bool {
	return len(text) == 10 && text[4] == '-' && text[7] == '-' && strings.Trim(text[:4]+text[5:7]+text[8:], "0123456789") == ""
}

// isWord reports whether text is safe on a terminal and contains no space.
func isWord(text string) bool { return terminal.IsSafe(text) && !strings.Contains(text, " ") }

func validateFacts(f sources.Facts, calls []sources.Call) error {
	switch {
	case f.Date != "" && !isDate(f.Date):
		return fmt.Errorf("date %q is not YYYY-MM-DD", f.Date)
	case f.Ref != "" && (!strings.HasPrefix(f.Ref, "refs/") || !isWord(f.Ref)):
		return fmt.Errorf("ref %q is not a full ref name", f.Ref)
	case f.Version != "" && !isWord(f.Version):
		return fmt.Errorf("version %q contains a character that is not allowed in a version", f.Version)
	case f.Rev != "" && !sources.IsCommit(f.Rev):
		return fmt.Errorf("rev %q is not a full commit ID", f.Rev)
	case f.Rev != "" && calls[0].Rev != "":
		return errors.New(`"rev" appears in both "locked" and "args"`)
	}
	return nil
}

func refuseConflictMarkers(data []byte) error {
	if !bytes.Contains(data, []byte("<<<<<<< ")) && !bytes.Contains(data, []byte(">>>>>>> ")) {
		return nil
	}
	line := 0
	for text := range bytes.Lines(data) {
		line++
		if bytes.HasPrefix(text, []byte("<<<<<<< ")) || bytes.HasPrefix(text, []byte(">>>>>>> ")) {
			return &ParseError{line, 1, ErrConflictMarkers}
		}
	}
	return nil
}

// position turns an offset into a line and a column.
func position(data []byte, offset int64) (line, column int) {
	before := data[:min(int(offset), len(data))]
	line = 1 + bytes.Count(before, []byte("\n"))
	return line, len(before) - bytes.LastIndexByte(before, '\n')
}
