package web

import (
	"errors"
	"io"
	"strings"
)

// AddNetrc reads the text of a netrc file as curl does (lib/netrc.c) and adds its entries as [Credentials.Add] does. source
// is that of [Credential]. It ignores "default", which would send the password of one host to all others.
func (c Credentials) AddNetrc(text, source string) error {
	s := &netrcScanner{rest: text, lineBegins: true}
	host, entry := "", Credential{}
	add := func() {
		if host != "" {
			c.Add(host, entry)
		}
		host, entry = "", Credential{Source: source}
	}
	for s.err == nil {
		switch strings.ToLower(s.word()) {
		case "machine":
			add()
			host = s.word()
		case "default":
			add()
		case "login":
			entry.User = s.word()
		case "password":
			entry.Password = s.word()
		case "account":
			s.word()
		case "macdef":
			s.skipMacro()
		}
	}
	if s.err != io.EOF {
		return s.err
	}
	add()
	return nil
}

// netrcScanner splits a netrc into words.
type netrcScanner struct {
	rest       string
	lineBegins bool
	err        error // [io.EOF] at the end
}

// blanks separate the words of a line.
const blanks = " \t\r\v\f"

// word returns the next word, "" once there is an error. It skips lines that begin with "#".
func (s *netrcScanner) word() string {
	for s.rest = strings.TrimLeft(s.rest, blanks); s.rest != ""; s.rest = strings.TrimLeft(s.rest, blanks) {
		switch {
		case s.rest[0] == '\n':
			s.rest, s.lineBegins = s.rest[1:], true
		case s.lineBegins && s.rest[0] == '#':
			s.skipLine()
		case s.rest[0] == '"':
			s.lineBegins = false
			return s.quoted()
		default:
			s.lineBegins = false
			end := strings.IndexAny(s.rest, blanks+"\n")
			if end < 0 {
				end = len(s.rest)
			}
			word := s.rest[:end]
			s.rest = s.rest[end:]
			return word
		}
	}
	s.err = io.EOF
	return ""
}

// quoted returns a word in quotes. A backslash escapes a quote or itself, and makes a control character of n, r and t.
func (s *netrcScanner) quoted() string {
	var word strings.Builder
	for i := 1; i < len(s.rest) && s.rest[i] != '\n'; i++ {
		switch c := s.rest[i]; {
		case c == '"':
			s.rest = s.rest[i+1:]
			return word.String()
		case c == '\\' && i+1 < len(s.rest):
			i++
			if at := strings.IndexByte("nrt", s.rest[i]); at >= 0 {
				word.WriteByte("\n\r\t"[at])
			} else {
				word.WriteByte(s.rest[i])
			}
		default:
			word.WriteByte(c)
		}
	}
	s.err = errors.New("a quoted word has no end")
	return ""
}

// skipLine skips the rest of a line, and returns it.
func (s *netrcScanner) skipLine() (line string) {
	line, s.rest, _ = strings.Cut(s.rest, "\n")
	s.lineBegins = true
	return line
}

// skipMacro skips a macro, which ends at an empty line.
func (s *netrcScanner) skipMacro() {
	s.skipLine()
	for s.rest != "" && strings.Trim(s.skipLine(), blanks) != "" {
	}
}
