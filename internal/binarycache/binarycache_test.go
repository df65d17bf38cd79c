package binarycache_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/pinfetch/pinfetch/internal/binarycache"
	"github.com/pinfetch/pinfetch/internal/storepath"
	"github.com/pinfetch/pinfetch/internal/web"
	"github.com/pinfetch/pinfetch/pkg/hash"
)

// buckets are an empty bucket of each kind.
func buckets(t *testing.T) map[string]binarycache.Bucket {
	t.Helper()
	backend := s3mem.New()
	if err := backend.CreateBucket("mirror"); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(gofakes3.New(backend).Server())
	t.Cleanup(server.Close)
	s3, err := binarycache.NewS3("mirror", "some/prefix", binarycache.S3Options{
		Endpoint: strings.TrimPrefix(server.URL, "http://"), Scheme: "http", AccessKey: "key", SecretKey: "secret", TempDir: t.TempDir(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return map[string]binarycache.Bucket{"dir": binarycache.Dir(filepath.Join(t.TempDir(), "new")), "s3": s3}
}

// source is a file, flat or executable, as a fetcher would fetch it.
type source struct {
	nar  []byte
	outs []storepath.Output
}

func newSource(t *testing.T, text string, executable bool, names ...string) source {
	t.Helper()
	var nar bytes.Buffer
	hashed := hash.FileNAR
	if executable {
		hashed = hash.ExecutableFile
	}
	sri, err := hashed(t.Context(), strings.NewReader(text), hash.SHA256, hash.SpoolOptions{NAR: &nar})
	if err != nil {
		t.Fatal(err)
	}
	s := source{nar: nar.Bytes()}
	for _, name := range names {
		s.outs = append(s.outs, storepath.Default.Of(name, sri, executable))
	}
	return s
}

func (s source) write(nar func() io.Writer) ([]storepath.Output, error) {
	nar().Write([]byte("the connection broke here"))
	nar() // that of another origin, which has nothing
	_, err := nar().Write(s.nar)
	return s.outs, err
}

// keys lists a bucket.
func keys(t *testing.T, b binarycache.Bucket) (all []string) {
	t.Helper()
	for _, dir := range []string{"", "nar"} {
		for f, err := range b.List(t.Context(), dir) {
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, f.Key)
		}
	}
	return all
}

func TestCache(t *testing.T) {
	t.Parallel()
	flat := newSource(t, strings.Repeat("text", 100_000), false, "a.txt", "b.txt")
	tool := newSource(t, "#!/bin/sh\n", true, "tool")
	for name, bucket := range buckets(t) {
		for _, compression := range []binarycache.Compression{"", binarycache.XZ, binarycache.None} {
			t.Run(name+" "+string(compression), func(t *testing.T) {
				ctx := t.Context()
				c := &binarycache.Cache{Bucket: bucket, Store: storepath.Default, Compression: compression}
				if err := c.Init(ctx); err != nil {
					t.Fatal(err)
				}
				if s, err := c.Look(ctx, flat.outs); err != nil || len(s.Missing) != 2 || s.Held {
					t.Fatalf("%v, %v", s, err)
				}
				for _, s := range []source{{flat.nar, flat.outs[:1]}, tool} {
					if n, err := c.Add(ctx, s.write); err != nil || n == 0 {
						t.Fatalf("put %d bytes, %v", n, err)
					}
				}
				if err := c.Alias(ctx, flat.outs, flat.outs[1:]); err != nil {
					t.Fatal(err)
				}
				if n, err := c.Add(ctx, flat.write); err != nil || n != 0 {
					t.Errorf("put %d bytes again, %v", n, err)
				}
				if err := c.Check(ctx, slices.Concat(flat.outs, tool.outs)); err != nil {
					t.Error(err)
				}
				r, err := c.Open(ctx, flat.outs[1])
				if err != nil {
					t.Fatal(err)
				}
				if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, flat.nar) {
					t.Errorf("read %d bytes, %v", len(got), err)
				}
				r.Close()
				if got := keys(t, bucket); len(got) != 1+3+2 {
					t.Errorf("the bucket holds %q", got)
				}
				before := len(keys(t, bucket))
				if dropped, err := c.Prune(ctx, flat.outs[:1], true); err != nil || len(dropped) != 3 || len(keys(t, bucket)) != before {
					t.Errorf("would drop %v, %v", dropped, err)
				}
				if dropped, err := c.Prune(ctx, flat.outs[:1], false); err != nil || len(dropped) != 3 {
					t.Errorf("dropped %v, %v", dropped, err)
				}
				if err := c.Check(ctx, flat.outs[:1]); err != nil {
					t.Error(err)
				}
				if err := c.Check(ctx, tool.outs[:1]); !errors.Is(err, fs.ErrNotExist) {
					t.Error(err)
				}
				if _, err := c.Prune(ctx, nil, false); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// A source that is not what the lock says leaves nothing behind.
func TestAddRefused(t *testing.T) {
	t.Parallel()
	s := newSource(t, "text", false, "a.txt")
	wrong := errors.New("another hash")
	for name, bucket := range buckets(t) {
		c := &binarycache.Cache{Bucket: bucket, Store: storepath.Default}
		_, err := c.Add(t.Context(), func(nar func() io.Writer) ([]storepath.Output, error) {
			nar().Write(s.nar)
			return s.outs, wrong
		})
		if !errors.Is(err, wrong) || len(keys(t, bucket)) != 0 {
			t.Errorf("%s: %v; %q", name, err, keys(t, bucket))
		}
	}
}

// Whatever is changed in a cache is found.
func TestCheckFindsDamage(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s, other := newSource(t, "text of the one", false, "a.txt"), newSource(t, "text of another", false, "a.txt")
	for _, compression := range []binarycache.Compression{binarycache.Zstd, binarycache.XZ, binarycache.None} {
		dir := binarycache.Dir(t.TempDir())
		c := &binarycache.Cache{Bucket: dir, Store: storepath.Default, Compression: compression}
		for _, x := range []source{s, other} {
			if _, err := c.Add(ctx, x.write); err != nil {
				t.Fatal(err)
			}
		}
		info := filepath.Join(string(dir), s.outs[0].Key()+".narinfo")
		text, err := os.ReadFile(info)
		if err != nil {
			t.Fatal(err)
		}
		_, url, _ := strings.Cut(string(text), "URL: ")
		url, _, _ = strings.Cut(url, "\n")
		nar := filepath.Join(string(dir), url)
		whole, err := os.ReadFile(nar)
		if err != nil {
			t.Fatal(err)
		}
		restore := func() {
			os.WriteFile(nar, whole, 0o644)
			os.WriteFile(info, text, 0o644)
		}
		damaged := func(what string) {
			t.Helper()
			if err := c.Check(ctx, s.outs[:1]); !errors.Is(err, binarycache.ErrDamaged) {
				t.Errorf("%s, %s: %v", compression, what, err)
			}
			restore()
		}
		for i := range whole {
			os.WriteFile(nar, append(append(bytes.Clone(whole[:i]), whole[i]^1), whole[i+1:]...), 0o644)
			damaged(fmt.Sprintf("byte %d", i))
		}
		os.WriteFile(nar, whole[:len(whole)-1], 0o644)
		damaged("cut off")
		os.WriteFile(nar, append(bytes.Clone(whole), 0), 0o644)
		damaged("appended")
		otherText, _ := os.ReadFile(filepath.Join(string(dir), other.outs[0].Key()+".narinfo"))
		os.WriteFile(info, otherText, 0o644)
		damaged("the narinfo of another path")
		os.WriteFile(info, []byte(strings.ReplaceAll(string(otherText), other.outs[0].Path, s.outs[0].Path)), 0o644)
		damaged("the NAR of another path")
		os.WriteFile(info, []byte("x"), 0o644)
		damaged("no narinfo")
		if s, err := c.Look(ctx, s.outs); err != nil || len(s.Missing) != 0 || !s.Held || s.Damage != nil {
			t.Errorf("%v, %v", s, err)
		}
		os.Truncate(nar, 3)
		if s, err := c.Look(ctx, s.outs); err != nil || len(s.Missing) != 1 || s.Held || s.Damage == nil {
			t.Errorf("%v, %v", s, err)
		}
	}
}

// Files that other programs put there, and NARs that may be about to be named, stay.
func TestPruneSpares(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	dir := binarycache.Dir(t.TempDir())
	c := &binarycache.Cache{Bucket: dir, Store: storepath.Default}
	s := newSource(t, "text", false, "a.txt")
	if _, err := c.Add(ctx, s.write); err != nil {
		t.Fatal(err)
	}
	write := func(name, text string, age time.Duration) {
		path := filepath.Join(string(dir), name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		then := time.Now().Add(-age)
		if err := os.Chtimes(path, then, then); err != nil {
			t.Fatal(err)
		}
	}
	write("nar/new.nar.zst", "", 0)
	write("nar/old.nar.zst", "", 48*time.Hour)
	write("nar/theirs.nar.zst", "", 48*time.Hour)
	built := strings.Repeat("0", 32)
	write(built+".narinfo", "StorePath: /nix/store/"+built+"-built\nURL: nar/theirs.nar.zst\nCompression: zstd\n"+
		"NarHash: sha256:"+strings.Repeat("0", 52)+"\nNarSize: 1\nReferences: \n", 0)
	write("index.html", "hello", 48*time.Hour)
	dropped, err := c.Prune(ctx, s.outs, false)
	if err != nil || len(dropped) != 1 || dropped[0].Key != "nar/old.nar.zst" {
		t.Errorf("dropped %v, %v", dropped, err)
	}
}

func TestHTTP(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	dir := binarycache.Dir(t.TempDir())
	s := newSource(t, "text", false, "a.txt")
	if _, err := (&binarycache.Cache{Bucket: dir, Store: storepath.Default}).Add(ctx, s.write); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.FileServer(http.Dir(string(dir))))
	defer server.Close()
	c := &binarycache.Cache{Bucket: binarycache.HTTP{Web: web.New(web.Options{}), Address: server.URL + "/"}, Store: storepath.Default}
	if err := c.Check(ctx, s.outs[:1]); err != nil {
		t.Error(err)
	}
	if s, err := c.Look(ctx, newSource(t, "other", false, "a.txt").outs); err != nil || len(s.Missing) != 1 || s.Damage != nil {
		t.Errorf("%v, %v", s, err)
	}
	if _, err := c.Add(ctx, s.write); !errors.Is(err, binarycache.ErrReadOnly) {
		t.Errorf("written over HTTP: %v", err)
	}
}

func TestStoreDir(t *testing.T) {
	t.Parallel()
	dir := binarycache.Dir(t.TempDir())
	for store, want := range map[storepath.Store]error{storepath.Default: nil, "/gnu/store": binarycache.ErrStoreDir} {
		if store == storepath.Default {
			want = nil
		}
		c := &binarycache.Cache{Bucket: dir, Store: storepath.Default}
		if err := c.Init(t.Context()); err != nil {
			t.Fatal(err)
		}
		c.Store = store
		if err := c.Init(t.Context()); !errors.Is(err, want) {
			t.Errorf("%s: %v", store, err)
		}
	}
}

// Servers and file systems that refuse.
func TestRefused(t *testing.T) {
	t.Parallel()
	s := newSource(t, "text", false, "a.txt")
	for status, want := range map[int]error{403: binarycache.ErrRefused, 401: binarycache.ErrRefused} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(status) }))
		defer server.Close()
		bucket, err := binarycache.NewS3("mirror", "", binarycache.S3Options{Endpoint: strings.TrimPrefix(server.URL, "http://"), Scheme: "http", AccessKey: "k", SecretKey: "s"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := (&binarycache.Cache{Bucket: bucket, Store: storepath.Default}).Add(t.Context(), s.write); !errors.Is(err, want) {
			t.Errorf("status %d: %v, want %v", status, err, want)
		}
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := (&binarycache.Cache{Bucket: binarycache.Dir(file), Store: storepath.Default}).Add(t.Context(), s.write); err == nil {
		t.Error("a file is a directory")
	}
}

func TestSigned(t *testing.T) {
	t.Parallel()
	const secret = "k-1:" + "lY/KVC7X6TYOvCLRBLsmTAk24fGIikFzdD3z5TBAF7I27s7fR1G51ZFBK8jS3GJOg9sjG71UqkkPX57NF0u53w=="
	key, err := binarycache.ParseKey(secret + "\n")
	if err != nil {
		t.Fatal(err)
	}
	dir := binarycache.Dir(t.TempDir())
	s := newSource(t, "text", false, "a.txt")
	if _, err := (&binarycache.Cache{Bucket: dir, Store: storepath.Default, Key: key}).Add(t.Context(), s.write); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(string(dir), s.outs[0].Key()+".narinfo"))
	if err != nil || !strings.Contains(string(text), "\nSig: k-1:") {
		t.Errorf("%v\n%s", err, text)
	}
	for _, bad := range []string{"", "k", "k:x", secret[:len(secret)-8]} {
		if _, err := binarycache.ParseKey(bad); !errors.Is(err, binarycache.ErrKey) || len(bad) > 10 && strings.Contains(err.Error(), bad[4:]) {
			t.Errorf("key %q: %v", bad, err)
		}
	}
}
