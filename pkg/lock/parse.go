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

	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/terminal"
)

var (
	// ErrSyntax is the class of malformed locks; see [ParseError].
	ErrSyntax = errors.New("broken lock")
	// ErrConflictMarkers is an [ErrSyntax]: an unfinished git merge left markers in the lock.
	ErrConflictMarkers = fmt.Errorf("merge conflict markers: %w", ErrSyntax)
	// ErrVersion is an [ErrSyntax]: the lock has another version of the format.
	ErrVersion = fmt.Errorf("unknown lock version: %w", ErrSyntax)
)

// MaxSize is the size in bytes of the largest lock that is read, about 90,000 pins.
const MaxSize = 64 << 20

// A Codec reads and writes a Spec as one JSON object; [sources.Codecs] is one.
type Codec interface {
	Decode([]byte) (sources.Spec, error)
	Encode(sources.Spec) ([]byte, error)
}

// ParseError says where a lock is broken. It is an [ErrSyntax].
type ParseError struct {
	Line, Column int // from 1; Column counts bytes
	Err          error
}

// maxText is how many bytes of an error's text are shown: it may quote the lock.
const maxText = 500

func (e *ParseError) Error() string {
	return fmt.Sprintf("%d:%d: %s", e.Line, e.Column, terminal.Shorten(e.Err.Error(), maxText))
}

func (e *ParseError) Unwrap() []error { return []error{e.Err, ErrSyntax} }

// strict refuses unknown keys. Duplicate keys and invalid UTF-8 are refused by default.
var strict = json.RejectUnknownMembers(true)

// span is the place of a value within the value that contains it. The zero span means that the value is absent.
type span struct{ offset, size int64 }

// UnmarshalJSONFrom implements [json.UnmarshalerFrom].
func (s *span) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	value, err := dec.ReadValue()
	*s = span{dec.InputOffset() - int64(len(value)), int64(len(value))}
	return err
}

func (s span) isZero() bool { return s == span{} }

// of returns the value within data.
func (s span) of(data jsontext.Value) jsontext.Value { return data[s.offset : s.offset+s.size] }

// offsetError is an error about the value at an offset.
type offsetError struct {
	offset int64
	err    error
}

func (e *offsetError) Error() string { return e.err.Error() }
func (e *offsetError) Unwrap() error { return e.err }

// at adds base to the offset of an error about a value that begins at base. Texts of the JSON package, which are meant
// for Go programmers, are replaced.
func at(base int64, err error) error {
	var placed *offsetError
	var semantic *json.SemanticError
	var syntactic *jsontext.SyntacticError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &placed):
		return &offsetError{base + placed.offset, placed.err}
	case errors.As(err, &syntactic):
		return &offsetError{base + syntactic.ByteOffset, describeSyntax(syntactic)}
	case errors.As(err, &semantic):
		return &offsetError{base + semantic.ByteOffset, describeSemantic(semantic)}
	}
	return &offsetError{base, err}
}

func describeSyntax(e *jsontext.SyntacticError) error {
	if errors.Is(e, jsontext.ErrDuplicateName) {
		return fmt.Errorf("duplicate key %q", e.JSONPointer.LastToken())
	}
	return errors.New(strings.TrimPrefix(e.Err.Error(), "jsontext: "))
}

func describeSemantic(e *json.SemanticError) error {
	switch {
	case errors.Is(e, json.ErrUnknownName):
		return unknownKey(e.JSONPointer.LastToken())
	case e.Err != nil:
		return e.Err
	}
	return unexpectedKind(e.JSONKind)
}

func unknownKey(key string) error {
	if sources.IsDotGit(key) {
		return sources.RefuseDotGit(fmt.Sprintf("key %q", key))
	}
	return fmt.Errorf("unknown key %q", key)
}

func unexpectedKind(kind jsontext.Kind) error { return fmt.Errorf("unexpected %s", kind) }

// Unmarshal reads a JSON document as strictly as [Parse], for other files beside the lock. Every error is an [ErrSyntax].
func Unmarshal(data []byte, into any) error {
	return locate(data, cmp.Or(at(0, json.Unmarshal(data, into, strict)), refuseNull(data)))
}

// Parse reads a lock, strictly. It does not validate the values of a pin ([Pin.Validate] does), but refuses credentials and
// malformed hashes. Every error is an [ErrSyntax]. Errors about a place in the file are a [*ParseError]; if
// several pins are invalid, the error is about the first one in the order of names.
func Parse(data []byte, c Codec) (*File, error) {
	if len(data) > MaxSize {
		return nil, fmt.Errorf("%d bytes, more than %d: %w", len(data), MaxSize, ErrSyntax)
	}
	f, err := parse(data, c)
	return f, locate(data, err)
}

// locate turns an [offsetError] into a [*ParseError].
func locate(data []byte, err error) error {
	if placed := (*offsetError)(nil); errors.As(err, &placed) {
		line, column := position(data, placed.offset)
		return &ParseError{line, column, placed.err}
	}
	return err
}

// parse reads a lock. Every error is an [*offsetError].
func parse(data []byte, c Codec) (*File, error) {
	if err := refuseConflictMarkers(data); err != nil {
		return nil, err
	}
	var in struct {
		Version span            `json:"version"`
		Pins    map[string]span `json:"pins"`
	}
	if err := json.Unmarshal(data, &in, strict); err != nil {
		return nil, cmp.Or(checkOtherVersion(data), at(0, err))
	}
	if err := cmp.Or(checkVersion(data, in.Version), refuseNull(data)); err != nil {
		return nil, err
	}
	if in.Pins == nil {
		return nil, at(0, errors.New(`the lock has no "pins"`))
	}
	names := slices.Sorted(maps.Keys(in.Pins))
	if i, err := checkNames(names); err != nil {
		return nil, at(in.Pins[names[i]].offset, err)
	}
	pins, err := parallel(names, func(name string) (Pin, error) {
		place := in.Pins[name]
		pin, err := decodePin(place.of(data), c)
		return pin, at(place.offset, err)
	})
	if err != nil {
		return nil, err
	}
	f := &File{Pins: make(map[string]Pin, len(names))}
	for i, name := range names {
		f.Pins[name] = pins[i]
	}
	return f, nil
}

// refuseNull finds a null, which decoding would take for an absent value.
func refuseNull(data []byte) error {
	if !bytes.Contains(data, []byte("null")) {
		return nil
	}
	dec := jsontext.NewDecoder(bytes.NewReader(data))
	for {
		switch token, err := dec.ReadToken(); {
		case err == io.EOF:
			return nil
		case err != nil:
			return at(0, err)
		case token.Kind() == 'n':
			return at(dec.InputOffset()-int64(len("null")), unexpectedKind('n'))
		}
	}
}

// checkOtherVersion returns an error if data is a lock of another version, whose other keys are not known.
func checkOtherVersion(data []byte) error {
	var in struct {
		Version span `json:"version"`
	}
	if json.Unmarshal(data, &in) != nil {
		return nil
	}
	return checkVersion(data, in.Version)
}

func checkVersion(data jsontext.Value, place span) error {
	if place.isZero() {
		return at(0, errors.New(`the lock has no "version"`))
	}
	var version int
	err := json.Unmarshal(place.of(data), &version)
	switch {
	case err == nil && version > Version:
		err = fmt.Errorf("version %d was written by a newer pinfetch; this one reads version %d: %w", version, Version, ErrVersion)
	case err == nil && version != Version:
		err = fmt.Errorf("version %d does not exist; this pinfetch reads version %d: %w", version, Version, ErrVersion)
	}
	return at(place.offset, err)
}

// decodePin reads a pin. Offsets in errors count from its beginning.
func decodePin(data jsontext.Value, c Codec) (pin Pin, err error) {
	var in struct {
		Source span `json:"source"`
		Frozen bool `json:"frozen"`
		Locked span `json:"locked"`
		Fetch  span `json:"fetch"`
	}
	if err := json.Unmarshal(data, &in, strict); err != nil {
		return Pin{}, at(0, err)
	}
	if in.Source.isZero() || in.Locked.isZero() || in.Fetch.isZero() {
		return Pin{}, at(0, errors.New(`a pin needs "source", "locked" and "fetch"`))
	}
	pin.Frozen = in.Frozen
	if pin.Source, err = c.Decode(in.Source.of(data)); err != nil {
		return Pin{}, at(in.Source.offset, err)
	}
	if pin.Locked.Calls, err = decodeCalls(in.Fetch.of(data)); err != nil {
		return Pin{}, at(in.Fetch.offset, err)
	}
	var facts factsJSON
	if err = json.Unmarshal(in.Locked.of(data), &facts, strict); err != nil {
		return Pin{}, at(in.Locked.offset, err)
	}
	pin.Locked.Facts = sources.Facts(facts)
	return pin, refuseCredentials(data)
}

// refuseCredentials finds text that contains credentials: commands print the values of a pin, even of an invalid one.
func refuseCredentials(pin jsontext.Value) error {
	if !bytes.Contains(pin, []byte("@")) && !bytes.Contains(pin, []byte(`\u0040`)) {
		return nil
	}
	dec := jsontext.NewDecoder(bytes.NewReader(pin))
	for {
		if dec.PeekKind() != '"' {
			if _, err := dec.ReadToken(); err != nil { // io.EOF: the pin was decoded before
				return nil
			}
			continue
		}
		var text string
		start := dec.InputOffset()
		if err := json.UnmarshalDecode(dec, &text); err != nil {
			return at(start, err)
		}
		if hasCredentials(text) {
			return at(start+int64(bytes.IndexByte(pin[start:], '"')), fmt.Errorf("%q %w", redact.Reference(text), sources.ErrCredentials))
		}
	}
}

// hasCredentials reports whether text contains a user or a password, other than the user of ssh.
func hasCredentials(text string) bool {
	return strings.Contains(text, ":") && redact.Reference(text) != text
}

// position returns the line and column of an offset, both from 1.
func position(data []byte, offset int64) (line, column int) {
	before := data[:min(int(offset), len(data))]
	line = 1 + bytes.Count(before, []byte("\n"))
	return line, len(before) - bytes.LastIndexByte(before, '\n')
}
