package lock

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/pinfetch/pinfetch/pkg/sources"
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

// A Decoder reads a Spec from its JSON object; [sources.Set] is one.
type Decoder interface {
	Decode([]byte) (sources.Spec, error)
}

// ParseError says where a lock is broken. It is an [ErrSyntax].
type ParseError struct {
	Line, Column int // from 1; Column counts bytes
	Err          error
}

func (e *ParseError) Error() string { return fmt.Sprintf("%d:%d: %v", e.Line, e.Column, e.Err) }

func (e *ParseError) Unwrap() []error { return []error{e.Err, ErrSyntax} }

// strict refuses unknown members; repeated ones and invalid UTF-8 are refused by default.
var strict = json.RejectUnknownMembers(true)

// located is a value with the offset at which it begins.
type located struct {
	data   jsontext.Value
	offset int64
}

// UnmarshalJSONFrom implements [json.UnmarshalerFrom].
func (l *located) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	value, err := dec.ReadValue()
	if err != nil {
		return err
	}
	*l = located{value.Clone(), dec.InputOffset() - int64(len(value))}
	return nil
}

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
	places, err := survey(data)
	if err != nil {
		return nil, err
	}
	var head struct {
		Version located `json:"version"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, at(0, err)
	}
	if err := checkVersion(head.Version); err != nil {
		return nil, err
	}
	var in struct {
		Version int                `json:"version"`
		Pins    map[string]located `json:"pins"`
	}
	if err := json.Unmarshal(data, &in, strict); err != nil {
		return nil, at(0, err)
	}
	if in.Pins == nil {
		return nil, at(0, errors.New(`the lock has no "pins"`))
	}
	f := &File{Pins: make(map[string]Pin, len(in.Pins))}
	for _, name := range slices.Sorted(maps.Keys(in.Pins)) {
		pin, err := decodePin(in.Pins[name], d)
		if err != nil {
			return nil, err
		}
		f.Pins[name] = pin
	}
	if name, err := f.checkNames(); err != nil {
		return nil, at(places[name], err)
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

func checkVersion(value located) error {
	if value.data == nil {
		return at(0, errors.New(`the lock has no "version"`))
	}
	var version int
	if err := json.Unmarshal(value.data, &version); err != nil {
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

func decodePin(value located, d Decoder) (Pin, error) {
	var in struct {
		Source located `json:"source"`
		Frozen bool    `json:"frozen"`
		Locked located `json:"locked"`
		Fetch  located `json:"fetch"`
	}
	if err := json.Unmarshal(value.data, &in, strict); err != nil {
		return Pin{}, at(value.offset, err)
	}
	if in.Source.data == nil || in.Locked.data == nil || in.Fetch.data == nil {
		return Pin{}, at(value.offset, errors.New(`a pin needs "source", "locked" and "fetch"`))
	}
	spec, err := d.Decode(in.Source.data)
	if err != nil {
		return Pin{}, at(value.offset+in.Source.offset, err)
	}
	calls, err := decodeCalls(in.Fetch.data, value.offset+in.Fetch.offset)
	if err != nil {
		return Pin{}, err
	}
	var facts factsJSON
	if err = json.Unmarshal(in.Locked.data, &facts, strict); err == nil {
		err = validateFacts(facts.facts(), calls)
	}
	if err != nil {
		return Pin{}, at(value.offset+in.Locked.offset, err)
	}
	return Pin{Source: spec, Frozen: in.Frozen, Locked: Locked{facts.facts(), calls}}, nil
}

var datePattern = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}$`)

// isFact reports whether text holds no white space and nothing that drives a terminal.
func isFact(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) || unicode.IsSpace(r) })
}

func validateFacts(f sources.Facts, calls []Call) error {
	switch {
	case f.Date != "" && !datePattern.MatchString(f.Date):
		return fmt.Errorf("date %q is not YYYY-MM-DD", f.Date)
	case f.Ref != "" && (!strings.HasPrefix(f.Ref, "refs/") || !isFact(f.Ref)):
		return fmt.Errorf("ref %q is no full name of a ref", f.Ref)
	case f.Version != "" && !isFact(f.Version):
		return fmt.Errorf("version %q holds a character that no version holds", f.Version)
	case f.Rev != "" && !sources.IsCommit(f.Rev):
		return fmt.Errorf("rev %q is no full commit ID", f.Rev)
	case f.Rev != "" && calls[0].Rev != "":
		return errors.New(`"rev" stands in "locked" and in "args"`)
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
