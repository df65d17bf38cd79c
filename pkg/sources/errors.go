package sources

import (
	"errors"
	"fmt"
)

var (
	// ErrInvalid is the class of references, intents and fetcher calls that make no sense.
	ErrInvalid = errors.New("invalid source")
	// ErrCredentials is the class of URLs that contain credentials, which no lock may record. They are also [ErrInvalid].
	ErrCredentials = errors.New("contains credentials")
	// ErrNotFound is the class of repositories, branches, tags, releases and files that do not exist.
	ErrNotFound = errors.New("not found")
	// ErrAnswer is the class of answers that lack what a kind asked for.
	ErrAnswer = errors.New("unexpected answer")
	// ErrFixed is an [ErrInvalid]: a source was asked for another version, and has only one.
	ErrFixed = fmt.Errorf("it has only one version: %w", ErrInvalid)
	// ErrOtherKind is what a kind's parser returns for a reference of another kind; see [Define].
	ErrOtherKind = errors.New("another kind of source")
)

// Refusal is an error of a transport, or of a library above it, about a server that did not answer.
type Refusal interface {
	error
	// IsRefusal reports whether the server would answer others, or later: its quota is used up, or it wants credentials and got
	// none.
	IsRefusal() bool
}

// Invalid returns an error with exactly this text that is an [ErrInvalid].
func Invalid(format string, args ...any) error {
	return &invalidError{fmt.Sprintf(format, args...)}
}

type invalidError struct{ text string }

func (e *invalidError) Error() string        { return e.text }
func (e *invalidError) Is(target error) bool { return target == ErrInvalid }

type credentialsError struct{ url string } // url is redacted

func (e *credentialsError) Error() string { return fmt.Sprintf("URL %q %v", e.url, ErrCredentials) }
func (e *credentialsError) Is(target error) bool {
	return target == ErrInvalid || target == ErrCredentials
}

// OptionError reports options of a [Request] that conflict or do not apply to the source. It is an [ErrInvalid].
type OptionError struct {
	Options []string // names, as in [Option]
	Problem string   // what is wrong with them: "exclude each other"
}

func (e *OptionError) Error() string        { return e.Text(func(option string) string { return option }) }
func (e *OptionError) Is(target error) bool { return target == ErrInvalid }

// Text returns the message, with each option written by write.
func (e *OptionError) Text(write func(option string) string) string {
	var names []string
	for _, option := range e.Options {
		names = append(names, write(option))
	}
	return join(names, "and") + " " + e.Problem
}

// Setting is an option of a [Request] and its value, "" if the option takes none or the user has to choose it.
type Setting struct{ Option, Value string }

// Advised is an error with advice on how to make the request succeed.
type Advised struct {
	Err  error
	Next string    // an imperative; may be ""
	Try  []Setting // alternatives to set; may be empty
	Mean []Request // what the user may have meant instead; may be empty
}

// WithHint adds advice to an error.
func WithHint(err error, format string, args ...any) error {
	return &Advised{Err: err, Next: fmt.Sprintf(format, args...)}
}

// WithSettings adds alternative settings to an error, with which the request may succeed.
func WithSettings(err error, settings ...Setting) error { return &Advised{Err: err, Try: settings} }

// DidYouMean adds to an error what the user may have meant.
func DidYouMean(err error, requests ...Request) error { return &Advised{Err: err, Mean: requests} }

func (e *Advised) Error() string { return e.Err.Error() }
func (e *Advised) Unwrap() error { return e.Err }
