package gitrefs

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/pinfetch/pinfetch/pkg/sources"
)

func TestPacketReader(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", maxPacket-4)
	tests := []struct {
		name, input string
		want        []string // packets; "<>" stands for one without data
		err         error    // at the end of the input
	}{
		{"nothing", "", nil, io.EOF},
		{"flush", "0000", []string{"<>"}, io.EOF},
		{"delimiter and end of response", "00010002", []string{"<>", "<>"}, io.EOF},
		{"data", "0009hello", []string{"hello"}, io.EOF},
		{"upper-case length", "000Ahello\n", []string{"hello"}, io.EOF},
		{"one newline is dropped", "000bhello\n\n", []string{"hello\n"}, io.EOF},
		{"binary data", "0007\x00\xff\x01", []string{"\x00\xff\x01"}, io.EOF},
		{"empty data", "0004", []string{""}, io.EOF},
		{"only a newline", "0005\n", []string{""}, io.EOF},
		{"data, flush, data", "0006ab00000006cd", []string{"ab", "<>", "cd"}, io.EOF},
		{"the longest", "fff0" + long, []string{long}, io.EOF},
		{"longer than the longest", "fff1" + long + "x", nil, ErrProtocol},
		{"the longest number", "ffff" + long + "xxxxxxxxxxxxxxx", nil, ErrProtocol},
		{"no number", "zzzzhello", nil, ErrProtocol},
		{"sign", "+009hello", nil, ErrProtocol},
		{"negative", "-001hello", nil, ErrProtocol},
		{"space", "   9hello", nil, ErrProtocol},
		{"prefix of a Go number", "0x09hello", nil, ErrProtocol},
		{"underscore", "0_09hello", nil, ErrProtocol},
		{"HTML", "<!DOCTYPE html>", nil, ErrProtocol},
		{"length breaks off", "00", nil, ErrProtocol},
		{"length breaks off later", "0006ab000", []string{"ab"}, ErrProtocol},
		{"data is missing", "0009", nil, ErrProtocol},
		{"data breaks off", "0009hell", nil, ErrProtocol},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPacketReader(strings.NewReader(tt.input))
			for i, want := range tt.want {
				data, err := p.next()
				if err != nil {
					t.Fatalf("packet %d: %v", i, err)
				}
				got := string(data)
				if data == nil {
					got = "<>"
				}
				if got != want {
					t.Errorf("packet %d: got %.40q, want %.40q", i, got, want)
				}
			}
			if data, err := p.next(); !errors.Is(err, tt.err) {
				t.Errorf("the end: got %q, %v, want %v", data, err, tt.err)
			}
		})
	}
}

// An error of the connection keeps its class, so that it is retried.
func TestPacketReaderKeepsErrors(t *testing.T) {
	t.Parallel()
	broken := errors.New("connection lost")
	for _, input := range []string{"", "00", "0009", "0009he", "0009hello"} {
		p := newPacketReader(io.MultiReader(strings.NewReader(input), errReader{broken}))
		var err error
		for err == nil {
			_, err = p.next()
		}
		if !errors.Is(err, broken) || errors.Is(err, ErrProtocol) {
			t.Errorf("%q: got %v, want %v", input, err, broken)
		}
	}
}

type errReader struct{ err error }

func (r errReader) Read([]byte) (int, error) { return 0, r.err }

func TestPacket(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "a", "command=ls-refs\n", strings.Repeat("x", 1000)} {
		data, err := newPacketReader(strings.NewReader(packet(text))).next()
		if want := strings.TrimSuffix(text, "\n"); err != nil || string(data) != want {
			t.Errorf("got %.40q, %v, want %.40q", data, err, want)
		}
	}
}

func FuzzPacketReader(f *testing.F) {
	f.Fuzz(func(t *testing.T, input string) {
		p := newPacketReader(strings.NewReader(input))
		rest := len(input)
		for {
			data, err := p.next()
			if err != nil {
				if err != io.EOF && !errors.Is(err, ErrProtocol) {
					t.Errorf("got %v, want %v", err, ErrProtocol)
				}
				return
			}
			if rest -= 4; len(data) > rest || len(data) > maxPacket-4 {
				t.Fatalf("got %d bytes of the %d that are left", len(data), rest)
			}
		}
	})
}

func FuzzReadLsRefs(f *testing.F) {
	f.Fuzz(func(t *testing.T, input string) {
		refs, err := readLsRefs(newPacketReader(strings.NewReader(input)), []string{""})
		checkRefs(t, refs, err, len(input))
	})
}

func FuzzReadAdvertisement(f *testing.F) {
	f.Fuzz(func(t *testing.T, input string) {
		a, err := readAdvertisement(newPacketReader(strings.NewReader(input)), []string{""})
		checkRefs(t, a.refs, err, len(input))
	})
}

// checkRefs checks the result of a reader against what package gitrefs guarantees.
func checkRefs(t *testing.T, refs sources.Refs, err error, size int) {
	t.Helper()
	if err != nil {
		if !errors.Is(err, ErrProtocol) {
			t.Errorf("got %v, want %v", err, ErrProtocol)
		}
		return
	}
	if len(refs.List) > size/40+1 {
		t.Errorf("got %d refs out of %d bytes", len(refs.List), size)
	}
	for _, ref := range refs.List {
		if !strings.HasPrefix(ref.Name, "refs/") || strings.ContainsAny(ref.Name, " \n\x00") || !utf8.ValidString(ref.Name) {
			t.Errorf("got name %q", ref.Name)
		}
		for _, id := range []string{ref.ID, ref.Commit()} {
			if len(id) != 40 && len(id) != 64 || strings.Trim(id, "0123456789abcdef") != "" {
				t.Errorf("%s: got ID %q", ref.Name, id)
			}
		}
	}
}

// A fuzz target whose corpus was moved would pass without testing anything.
func TestCorpora(t *testing.T) {
	t.Parallel()
	for _, target := range []string{"FuzzPacketReader", "FuzzReadLsRefs", "FuzzReadAdvertisement"} {
		seeds, err := filepath.Glob(filepath.Join("testdata", "fuzz", target, "*"))
		if err != nil || len(seeds) < 3 {
			t.Errorf("%s: got %d seeds, %v, want 3 or more", target, len(seeds), err)
		}
		for _, seed := range seeds {
			text, err := os.ReadFile(seed)
			if err != nil || !strings.HasPrefix(string(text), "go test fuzz v1\n") {
				t.Errorf("%s: %v, or it is not a seed", seed, err)
			}
		}
	}
}
