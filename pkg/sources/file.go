package sources

import (
	"cmp"
	"net/url"
	"path"
)

// File asks for a file of a forge's release instead of the tree of a commit.
type File struct {
	Asset   string   `json:"asset,omitzero"`   // the file's name, with placeholders such as {version}; "" for the tree
	Systems BySystem `json:"systems,omitzero"` // a word for each system, which replaces {system}; "" if one file serves all
	Content
}

// Content says what of a file is pinned.
type Content struct {
	Unpack      bool `json:"unpack,omitzero"`      // the contents of the archive
	NoStripRoot bool `json:"noStripRoot,omitzero"` // only with Unpack: keep the archive's top-level directory
	Executable  bool `json:"executable,omitzero"`  // not with Unpack: mark the file executable
}

// Validate refuses settings that exclude each other. The error is an [ErrInvalid].
func (c Content) Validate() error {
	switch {
	case c.NoStripRoot && !c.Unpack:
		return WithSettings(&OptionError{[]string{"no-strip-root"}, "applies to an archive's contents only"}, Setting{Option: "unpack"})
	case c.Executable && c.Unpack:
		return &OptionError{[]string{"executable", "unpack"}, "exclude each other"}
	}
	return nil
}

// Fetch returns the call that fetches the file at an address, under a store name or, if that is "", nixpkgs' own if it is
// valid. The extension of an archive is found out when it is downloaded.
func (c Content) Fetch(address, name string) Fetch {
	f := Fetch{URL: EscapeURL(address), Name: StoreName(name)}
	if c.Unpack {
		f.Fetcher, f.StripRoot = FetchZip, !c.NoStripRoot
		return f
	}
	f.Fetcher, f.Executable, f.Name = FetchURL, c.Executable, cmp.Or(f.Name, FileStoreName(f.URL))
	return f
}

// FileName returns the last component of a URL's path, decoded, "" if there is none.
func FileName(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	if base := path.Base(u.Path); base != "/" && base != "." {
		return base
	}
	return ""
}
