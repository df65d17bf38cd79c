package gitproto

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// IDs that stand for objects.
var (
	id1    = strings.Repeat("1", 40)
	id2    = strings.Repeat("2", 40)
	id3    = strings.Repeat("3", 40)
	id256  = strings.Repeat("a", 64)
	packed = func(lines ...string) string {
		var b strings.Builder
		for _, line := range lines {
			switch line {
			case flushPacket, delimiterPacket:
				b.WriteString(line)
			default:
				b.WriteString(packet(line))
			}
		}
		return b.String()
	}
)

func TestReadLsRefs(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		input string
		want  Refs
		err   error
	}{
		{"none", packed(flushPacket), Refs{}, nil},
		{"branch", packed(id1+" refs/heads/main\n", flushPacket), Refs{List: []Ref{{Name: "refs/heads/main", ID: id1}}}, nil},
		{"peeled tag", packed(id1+" refs/tags/v1 peeled:"+id2+"\n", flushPacket), Refs{List: []Ref{{Name: "refs/tags/v1", ID: id1, Peeled: id2}}}, nil},
		{"HEAD and its branch", packed(id1+" HEAD symref-target:refs/heads/main\n", id1+" refs/heads/main\n", flushPacket),
			Refs{Head: "refs/heads/main", List: []Ref{{Name: "refs/heads/main", ID: id1}}}, nil},
		{"HEAD without its branch", packed(id1+" HEAD symref-target:refs/heads/main\n", flushPacket),
			Refs{Head: "refs/heads/main", List: []Ref{{Name: "refs/heads/main", ID: id1}}}, nil},
		{"detached HEAD", packed(id1+" HEAD\n", flushPacket), Refs{}, nil},
		{"unborn HEAD", packed("unborn HEAD symref-target:refs/heads/main\n", flushPacket), Refs{}, nil},
		{"symref that is not HEAD", packed(id1+" refs/remotes/origin/HEAD symref-target:refs/remotes/origin/main\n", flushPacket),
			Refs{List: []Ref{{Name: "refs/remotes/origin/HEAD", ID: id1}}}, nil},
		{"unknown attribute", packed(id1+" refs/heads/main new:thing peeled:"+id2+"\n", flushPacket), Refs{List: []Ref{{Name: "refs/heads/main", ID: id1, Peeled: id2}}}, nil},
		{"SHA-256", packed(id256+" refs/heads/main\n", flushPacket), Refs{List: []Ref{{Name: "refs/heads/main", ID: id256}}}, nil},

		{"empty", "", Refs{}, ErrProtocol},
		{"no end", packed(id1 + " refs/heads/main\n"), Refs{}, ErrProtocol},
		{"breaks off", packed(id1 + " refs/heads/main\n")[:30], Refs{}, ErrProtocol},
		{"short ID", packed(id1[1:]+" refs/heads/main\n", flushPacket), Refs{}, ErrProtocol},
		{"upper-case ID", packed(strings.ToUpper(id256)+" refs/heads/main\n", flushPacket), Refs{}, ErrProtocol},
		{"no name", packed(id1+"\n", flushPacket), Refs{}, ErrProtocol},
		{"not below refs/", packed(id1+" heads/main\n", flushPacket), Refs{}, ErrProtocol},
		{"malformed peeled ID", packed(id1+" refs/tags/v1 peeled:x\n", flushPacket), Refs{}, ErrProtocol},
		{"HEAD that names no ref", packed(id1+" HEAD symref-target:main\n", flushPacket), Refs{}, ErrProtocol},
		{"HEAD with a malformed ID", packed("x HEAD symref-target:refs/heads/main\n", flushPacket), Refs{}, ErrProtocol},
		{"error", packed("ERR access denied\n"), Refs{}, ErrProtocol},
		{"error after refs", packed(id1+" refs/heads/main\n", "ERR upload-pack: oops\n"), Refs{}, ErrProtocol},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := readLsRefs(newPacketReader(strings.NewReader(tt.input)), []string{""})
			if !errors.Is(err, tt.err) {
				t.Fatalf("got %v, want %v", err, tt.err)
			}
			if err == nil && (got.Head != tt.want.Head || !slices.Equal(got.List, tt.want.List)) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestReadAdvertisement(t *testing.T) {
	t.Parallel()
	const service = "# service=git-upload-pack\n"
	main := Refs{Head: "refs/heads/main", List: []Ref{{Name: "refs/heads/main", ID: id1}}}
	tests := []struct {
		name  string
		input string
		caps  capabilities
		want  Refs
		err   error
	}{
		{"version 2", packed(service, flushPacket, "version 2\n", "agent=git/2.39\n", "ls-refs=unborn\n", "object-format=sha1\n", flushPacket), capabilities{true, "sha1"}, Refs{}, nil},
		{"version 2 without the service", packed("version 2\n", "ls-refs\n", flushPacket), capabilities{true, ""}, Refs{}, nil},
		{"version 2, SHA-256", packed("version 2\n", "object-format=sha256\n", flushPacket), capabilities{true, "sha256"}, Refs{}, nil},
		{"version 0", packed(service, flushPacket, id1+" HEAD\x00multi_ack symref=HEAD:refs/heads/main agent=git/2\n", id1+" refs/heads/main\n", flushPacket), capabilities{}, main, nil},
		{"version 0, first line is no HEAD", packed(service, flushPacket, id1+" refs/heads/main\x00multi_ack\n", flushPacket), capabilities{}, Refs{List: main.List}, nil},
		{"version 1", packed(service, flushPacket, "version 1\n", id1+" HEAD\x00symref=HEAD:refs/heads/main\n", id1+" refs/heads/main\n", flushPacket), capabilities{}, main, nil},
		{"peeled tag", packed(service, flushPacket, id1+" refs/tags/v1\x00x\n", id2+" refs/tags/v1^{}\n", id3+" refs/tags/v2\n", flushPacket), capabilities{},
			Refs{List: []Ref{{Name: "refs/tags/v1", ID: id1, Peeled: id2}, {Name: "refs/tags/v2", ID: id3}}}, nil},
		{"empty repository", packed(service, flushPacket, strings.Repeat("0", 40)+" capabilities^{}\x00multi_ack\n", flushPacket), capabilities{}, Refs{}, nil},
		{"shallow repository", packed(service, flushPacket, id1+" HEAD\x00symref=HEAD:refs/heads/main\n", id1+" refs/heads/main\n", "shallow "+id1, flushPacket), capabilities{}, main, nil},

		{"empty", "", capabilities{}, Refs{}, ErrProtocol},
		{"only the service", packed(service, flushPacket), capabilities{}, Refs{}, ErrProtocol},
		{"version 0 without an end", packed(service, flushPacket, id1+" refs/heads/main\x00x\n"), capabilities{}, Refs{}, ErrProtocol},
		{"version 2 without an end", packed(service, flushPacket, "version 2\n", "agent=git\n"), capabilities{}, Refs{}, ErrProtocol},
		{"error", packed("ERR no such repository\n"), capabilities{}, Refs{}, ErrProtocol},
		{"error after the service", packed(service, flushPacket, "ERR no such repository\n", flushPacket), capabilities{}, Refs{}, ErrProtocol},
		{"nonsense", packed("hello\n", flushPacket), capabilities{}, Refs{}, ErrProtocol},
		{"malformed peeled ID", packed(service, flushPacket, id1+" refs/tags/v1\x00x\n", "x refs/tags/v1^{}\n", flushPacket), capabilities{}, Refs{}, ErrProtocol},
		{"HTML", "<html>", capabilities{}, Refs{}, ErrProtocol},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			caps, got, err := readAdvertisement(newPacketReader(strings.NewReader(tt.input)), []string{""})
			if !errors.Is(err, tt.err) {
				t.Fatalf("got %v, %v, want %v", got, err, tt.err)
			}
			if err != nil {
				return
			}
			if caps != tt.caps {
				t.Errorf("got capabilities %v, want %v", caps, tt.caps)
			}
			if got.Head != tt.want.Head || !slices.Equal(got.List, tt.want.List) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// What a remote says reaches a terminal and a log: it is short and printable.
func TestRemotesWordsAreBounded(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("long ", 10000)
	for name, line := range map[string]string{
		"error": "ERR \x1b[2J" + long, "ref": id1 + " \x1b[2J" + strings.ReplaceAll(long, " ", ""), "ID": strings.Repeat("x", 60000) + " refs/heads/main",
	} {
		for reader, err := range map[string]error{
			"ls-refs":       second(readLsRefs(newPacketReader(strings.NewReader(packed(line, flushPacket))), []string{""})),
			"advertisement": third(readAdvertisement(newPacketReader(strings.NewReader(packed(line, flushPacket))), []string{""})),
		} {
			if !errors.Is(err, ErrProtocol) {
				t.Errorf("%s in %s: got %v, want %v", name, reader, err, ErrProtocol)
				continue
			}
			if text := err.Error(); len(text) > 2000 || strings.Contains(text, "\x1b") {
				t.Errorf("%s in %s: the error is %d bytes long: %.60q…", name, reader, len(text), text)
			}
		}
	}
}

func second(_ Refs, err error) error                { return err }
func third(_ capabilities, _ Refs, err error) error { return err }

func TestMergePrefixes(t *testing.T) {
	t.Parallel()
	tests := []struct{ have, add, want []string }{
		{nil, nil, nil},
		{nil, []string{"refs/tags/"}, []string{"refs/tags/"}},
		{[]string{"refs/tags/"}, []string{"refs/tags/v1"}, []string{"refs/tags/"}},
		{[]string{"refs/tags/v1", "HEAD"}, []string{"refs/tags/"}, []string{"HEAD", "refs/tags/"}},
		{[]string{"HEAD"}, []string{"HEAD", "refs/heads/a", "refs/heads/a"}, []string{"HEAD", "refs/heads/a"}},
		{[]string{"HEAD", "refs/heads/a"}, []string{""}, []string{""}},
	}
	for _, tt := range tests {
		if got := merge(slices.Clone(tt.have), tt.add); !slices.Equal(got, tt.want) {
			t.Errorf("%q and %q: got %q, want %q", tt.have, tt.add, got, tt.want)
		}
	}
}

func TestLookup(t *testing.T) {
	t.Parallel()
	refs := Refs{List: []Ref{{Name: "refs/heads/a", ID: id1}, {Name: "refs/heads/a-b", ID: id2}, {Name: "refs/heads/a/b", ID: id3}}}
	for name, want := range map[string]string{"refs/heads/a": id1, "refs/heads/a-b": id2, "refs/heads/a/b": id3, "refs/heads/": "", "refs/heads/a/": "", "a": "", "": ""} {
		ref, found := refs.Lookup(name)
		if ref.ID != want || found != (want != "") {
			t.Errorf("%q: got %v, %v", name, ref, found)
		}
	}
	if got := (Ref{ID: id1}).Commit(); got != id1 {
		t.Errorf("got %s, want %s", got, id1)
	}
	if got := (Ref{ID: id1, Peeled: id2}).Commit(); got != id2 {
		t.Errorf("got %s, want %s", got, id2)
	}
}

func TestLastLines(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                          "",
		"fatal: no\n":               "fatal: no",
		"a\nb\nc\nd\ne\nf\n":        "c; d; e; f",
		"Receiving: 1%\rdone.\nx":   "done.; x",
		"remote: \x1b[31mred\u009b": "remote: \ufffd[31mred\ufffd",
		"remote: \u202ered":         "remote: \ufffdred",
		"\n\n  a  \r\n":             "a",
	} {
		if got := lastLines(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	if got := lastLines(strings.Repeat("x", 1<<20)); len(got) > 4096 {
		t.Errorf("a line of a remote's makes an error of %d bytes", len(got))
	}
}
