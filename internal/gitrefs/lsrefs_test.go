package gitrefs

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/pinfetch/pinfetch/pkg/sources"
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
		want  sources.Refs
		err   error
	}{
		{"none", packed(flushPacket), sources.Refs{}, nil},
		{"branch", packed(id1+" refs/heads/main\n", flushPacket), sources.Refs{List: []sources.Ref{{Name: "refs/heads/main", ID: id1}}}, nil},
		{"peeled tag", packed(id1+" refs/tags/v1 peeled:"+id2+"\n", flushPacket), sources.Refs{List: []sources.Ref{{Name: "refs/tags/v1", ID: id1, Peeled: id2}}}, nil},
		{"HEAD and its branch", packed(id1+" HEAD symref-target:refs/heads/main\n", id1+" refs/heads/main\n", flushPacket),
			sources.Refs{Head: "refs/heads/main", List: []sources.Ref{{Name: "refs/heads/main", ID: id1}}}, nil},
		{"HEAD without its branch", packed(id1+" HEAD symref-target:refs/heads/main\n", flushPacket),
			sources.Refs{Head: "refs/heads/main", List: []sources.Ref{{Name: "refs/heads/main", ID: id1}}}, nil},
		{"detached HEAD", packed(id1+" HEAD\n", flushPacket), sources.Refs{}, nil},
		{"unborn HEAD", packed("unborn HEAD symref-target:refs/heads/main\n", flushPacket), sources.Refs{}, nil},
		{"symref that is not HEAD", packed(id1+" refs/remotes/origin/HEAD symref-target:refs/remotes/origin/main\n", flushPacket),
			sources.Refs{List: []sources.Ref{{Name: "refs/remotes/origin/HEAD", ID: id1}}}, nil},
		{"unknown attribute", packed(id1+" refs/heads/main new:thing peeled:"+id2+"\n", flushPacket), sources.Refs{List: []sources.Ref{{Name: "refs/heads/main", ID: id1, Peeled: id2}}}, nil},
		{"SHA-256", packed(id256+" refs/heads/main\n", flushPacket), sources.Refs{List: []sources.Ref{{Name: "refs/heads/main", ID: id256}}}, nil},
		{"HEAD with an invalid name", packed(id1+" HEAD symref-target:refs/heads/a..b\n", id1+" refs/heads/a..b\n", id2+" refs/tags/v1\n", flushPacket),
			sources.Refs{Head: "refs/heads/a..b", List: []sources.Ref{{Name: "refs/tags/v1", ID: id2}}}, nil},
		{"HEAD that names no ref", packed(id1+" HEAD symref-target:main\n", flushPacket), sources.Refs{Head: "main"}, nil},
		{"name with a space", packed(id1+" refs/tags/v1 x\n", id2+" refs/tags/v1 x peeled:"+id3+"\n", id3+" refs/tags/v2\n", flushPacket),
			sources.Refs{List: []sources.Ref{{Name: "refs/tags/v2", ID: id3}}}, nil},
		{"no name", packed(id1+"\n", flushPacket), sources.Refs{}, nil},
		{"not below refs/", packed(id1+" heads/main\n", flushPacket), sources.Refs{}, nil},

		{"empty", "", sources.Refs{}, ErrProtocol},
		{"no end", packed(id1 + " refs/heads/main\n"), sources.Refs{}, ErrProtocol},
		{"breaks off", packed(id1 + " refs/heads/main\n")[:30], sources.Refs{}, ErrProtocol},
		{"short ID", packed(id1[1:]+" refs/heads/main\n", flushPacket), sources.Refs{}, ErrProtocol},
		{"upper-case ID", packed(strings.ToUpper(id256)+" refs/heads/main\n", flushPacket), sources.Refs{}, ErrProtocol},
		{"malformed peeled ID", packed(id1+" refs/tags/v1 peeled:x\n", flushPacket), sources.Refs{}, ErrProtocol},
		{"HEAD and its branch with malformed IDs", packed("x HEAD symref-target:refs/heads/main\n", "x refs/heads/main\n", flushPacket), sources.Refs{}, ErrProtocol},
		{"HEAD with a malformed ID", packed("x HEAD symref-target:refs/heads/main\n", flushPacket), sources.Refs{}, ErrProtocol},
		{"error", packed("ERR access denied\n"), sources.Refs{}, ErrProtocol},
		{"error after refs", packed(id1+" refs/heads/main\n", "ERR upload-pack: oops\n"), sources.Refs{}, ErrProtocol},
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
	type capabilities struct {
		version2     bool
		objectFormat string
	}
	main := sources.Refs{Head: "refs/heads/main", List: []sources.Ref{{Name: "refs/heads/main", ID: id1}}}
	tests := []struct {
		name  string
		input string
		caps  capabilities
		want  sources.Refs
		err   error
	}{
		{"version 2", packed(service, flushPacket, "version 2\n", "agent=git/2.39\n", "ls-refs=unborn\n", "object-format=sha1\n", flushPacket), capabilities{true, "sha1"}, sources.Refs{}, nil},
		{"version 2 without the service", packed("version 2\n", "ls-refs\n", flushPacket), capabilities{true, ""}, sources.Refs{}, nil},
		{"version 2, SHA-256", packed("version 2\n", "object-format=sha256\n", flushPacket), capabilities{true, "sha256"}, sources.Refs{}, nil},
		{"version 0", packed(service, flushPacket, id1+" HEAD\x00multi_ack symref=HEAD:refs/heads/main agent=git/2\n", id1+" refs/heads/main\n", flushPacket), capabilities{}, main, nil},
		{"version 0, first line is no HEAD", packed(service, flushPacket, id1+" refs/heads/main\x00multi_ack\n", flushPacket), capabilities{}, sources.Refs{List: main.List}, nil},
		{"version 1", packed(service, flushPacket, "version 1\n", id1+" HEAD\x00symref=HEAD:refs/heads/main\n", id1+" refs/heads/main\n", flushPacket), capabilities{}, main, nil},
		{"peeled tag", packed(service, flushPacket, id1+" refs/tags/v1\x00x\n", id2+" refs/tags/v1^{}\n", id3+" refs/tags/v2\n", flushPacket), capabilities{},
			sources.Refs{List: []sources.Ref{{Name: "refs/tags/v1", ID: id1, Peeled: id2}, {Name: "refs/tags/v2", ID: id3}}}, nil},
		{"empty repository", packed(service, flushPacket, strings.Repeat("0", 40)+" capabilities^{}\x00multi_ack\n", flushPacket), capabilities{}, sources.Refs{}, nil},
		{"HEAD with an invalid name", packed(service, flushPacket, id1+" HEAD\x00symref=HEAD:refs/heads/a..b\n", id1+" refs/heads/a..b\n", id2+" refs/tags/v1\n", flushPacket), capabilities{},
			sources.Refs{Head: "refs/heads/a..b", List: []sources.Ref{{Name: "refs/tags/v1", ID: id2}}}, nil},
		{"NUL after the first line", packed(service, flushPacket, id1+" refs/heads/main\x00x\n", id2+" refs/tags/v1\x00symref=HEAD:refs/heads/main\n", flushPacket), capabilities{}, sources.Refs{List: main.List}, nil},
		{"invalid tag and what it peels to", packed(service, flushPacket, id1+" refs/tags/v1 x\x00x\n", id2+" refs/tags/v1 x^{}\n", id3+" refs/tags/v2\n", flushPacket), capabilities{},
			sources.Refs{List: []sources.Ref{{Name: "refs/tags/v2", ID: id3}}}, nil},
		{"shallow repository", packed(service, flushPacket, id1+" HEAD\x00symref=HEAD:refs/heads/main\n", id1+" refs/heads/main\n", "shallow "+id1, flushPacket), capabilities{}, main, nil},

		{"empty", "", capabilities{}, sources.Refs{}, ErrProtocol},
		{"only the service", packed(service, flushPacket), capabilities{}, sources.Refs{}, ErrProtocol},
		{"version 0 without an end", packed(service, flushPacket, id1+" refs/heads/main\x00x\n"), capabilities{}, sources.Refs{}, ErrProtocol},
		{"version 2 without an end", packed(service, flushPacket, "version 2\n", "agent=git\n"), capabilities{}, sources.Refs{}, ErrProtocol},
		{"error", packed("ERR no such repository\n"), capabilities{}, sources.Refs{}, ErrProtocol},
		{"error after the service", packed(service, flushPacket, "ERR no such repository\n", flushPacket), capabilities{}, sources.Refs{}, ErrProtocol},
		{"nonsense", packed("hello\n", flushPacket), capabilities{}, sources.Refs{}, ErrProtocol},
		{"malformed peeled ID", packed(service, flushPacket, id1+" refs/tags/v1\x00x\n", "x refs/tags/v1^{}\n", flushPacket), capabilities{}, sources.Refs{}, ErrProtocol},
		{"HTML", "<html>", capabilities{}, sources.Refs{}, ErrProtocol},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a, err := readAdvertisement(newPacketReader(strings.NewReader(tt.input)), []string{""})
			if !errors.Is(err, tt.err) {
				t.Fatalf("got %v, %v, want %v", a, err, tt.err)
			}
			if err != nil {
				return
			}
			if caps := (capabilities{a.version2, a.objectFormat}); caps != tt.caps {
				t.Errorf("got capabilities %v, want %v", caps, tt.caps)
			}
			got := a.refs
			if got.Head != tt.want.Head || !slices.Equal(got.List, tt.want.List) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// A name that git refuses concerns only who asks for it: it is dropped, and the other refs are read.
func TestInvalidNamesAreDropped(t *testing.T) {
	t.Parallel()
	want := []sources.Ref{{Name: "refs/heads/main", ID: id1}, {Name: "refs/tags/v1", ID: id3}}
	for _, name := range []string{
		"refs/tags/a b", "refs/tags/a\x00b", "refs/tags/a\xff", "refs/tags/a\x1b[31m", "refs/tags/a\tb", "refs/tags/a\x7f", "refs/tags/a..b", "refs/tags/a~1",
		"refs/tags/a^{}", "refs/tags/a:b", "refs/tags/a?", "refs/tags/*", "refs/tags/[", "refs/tags/a\\b", "refs/tags//a", "refs/tags/", "refs/tags/a.",
		"refs/tags/.a", "refs/tags/a.lock", "refs/tags/a.lock/b", "refs/tags/@{", "refs/", "refs", "@", "heads/main", "main",
	} {
		main, bad, tag := id1+" refs/heads/main", id2+" "+name, id3+" refs/tags/v1"
		refs, err := readLsRefs(newPacketReader(strings.NewReader(packed(main, bad, tag, flushPacket))), []string{""})
		if err != nil || !slices.Equal(refs.List, want) {
			t.Errorf("ls-refs: %q: got %q, %v", name, refs.List, err)
		}
		a, err := readAdvertisement(newPacketReader(strings.NewReader(packed(main+"\x00x", bad, tag, flushPacket))), []string{""})
		if err != nil || !slices.Equal(a.refs.List, want) {
			t.Errorf("advertisement: %q: got %q, %v", name, a.refs.List, err)
		}
	}
}

// A remote's text in errors is short and printable, because it reaches terminals and logs.
func TestRemoteTextIsBounded(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("long ", 10000)
	for name, line := range map[string]string{
		"error": "ERR \x1b[2J" + long, "ref": id1[1:] + " \x1b[2J" + strings.ReplaceAll(long, " ", ""), "ID": strings.Repeat("x", 60000) + " refs/heads/main",
	} {
		for reader, err := range map[string]error{
			"ls-refs":       second(readLsRefs(newPacketReader(strings.NewReader(packed(line, flushPacket))), []string{""})),
			"advertisement": second(readAdvertisement(newPacketReader(strings.NewReader(packed(line, flushPacket))), []string{""})),
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

func second[T any](_ T, err error) error { return err }

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
