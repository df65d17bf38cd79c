package page

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"

	"github.com/theory/jsonpath"

	"github.com/pinfetch/pinfetch/pkg/redact"
	"github.com/pinfetch/pinfetch/pkg/sources"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/newest"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/registry"
	"github.com/pinfetch/pinfetch/pkg/sources/internal/version"
)

const (
	maxDocument = 8 << 20 // bytes of a document
	maxMatches  = 100_000 // places in a document that may be versions
)

// reader reads each document once, however many Specs name it.
type reader struct {
	client    registry.Client
	documents sync.Map // URL to func() ([]byte, error)
}

func newReader(transport http.RoundTripper) *reader {
	return &reader{client: registry.Client{Transport: transport}}
}

func (r *reader) document(ctx context.Context, address string) ([]byte, error) {
	once, _ := r.documents.LoadOrStore(address, sync.OnceValues(func() ([]byte, error) {
		data, err := r.client.Get(ctx, address, "")
		switch {
		case errors.Is(err, sources.ErrNotFound):
			return nil, sources.WithHint(err, "check the address of the page")
		case err == nil && len(data) > maxDocument:
			return nil, fmt.Errorf("more than %d MiB: %w", maxDocument>>20, sources.ErrAnswer)
		}
		return data, err
	}))
	return once.(func() ([]byte, error))()
}

func (r *reader) resolver() sources.Resolver[Spec] {
	at := func(s Spec, version string) (sources.Resolution, error) {
		return sources.Resolution{Facts: sources.Facts{Version: version}, Calls: []sources.Call{{Fetch: s.call()}}}, nil
	}
	return sources.Resolver[Spec]{
		Resolve: func(ctx context.Context, s Spec) (sources.Resolution, error) {
			if s.Version != "" {
				return at(s, s.Version)
			}
			chosen, held, err := r.newest(ctx, s)
			if err != nil {
				return sources.Resolution{}, fmt.Errorf("page %s: %w", redact.Address(s.URL), err)
			}
			found, err := at(s, chosen)
			found.Held = held
			return found, err
		},
		// A version that is named needs no page: pages forget old versions whose files still exist.
		At: func(_ context.Context, s Spec, version string) (sources.Resolution, error) {
			if !sources.IsVersion(version) {
				return sources.Resolution{}, sources.Invalid("%q is not a version", version)
			}
			return at(s, version)
		},
	}
}

func (r *reader) newest(ctx context.Context, s Spec) (chosen string, held []sources.HeldBack, err error) {
	data, err := r.document(ctx, s.URL)
	if err != nil {
		return "", nil, err
	}
	texts, err := s.texts(data)
	if err != nil {
		return "", nil, err
	}
	known := make(map[string]bool)
	list := newest.List{}
	for _, text := range texts {
		if known[text] || !sources.IsVersion(text) {
			continue
		}
		known[text] = true
		if tag, ok := version.ReadTag(text); ok {
			list.Releases = append(list.Releases, version.Release{Ordered: tag.Version, Name: text})
		}
	}
	if len(list.Releases) == 0 {
		err := fmt.Errorf("no version among %d matches of %s, such as %.40q: %w", len(texts), s.where(), texts[0], sources.ErrNotFound)
		return "", nil, sources.WithHint(err, "make it match versions such as 1.2.3")
	}
	list.Names = fmt.Sprintf("%d versions", len(list.Releases))
	release, held, err := list.Choose(s.Range)
	if err != nil {
		return "", nil, err
	}
	return release.String(), held, nil
}

// where names the place of versions in a document.
func (s Spec) where() string {
	if s.Path != "" {
		return fmt.Sprintf("JSON path %q", s.Path)
	}
	return fmt.Sprintf("regex %q", s.Match)
}

// texts returns what stands in a document where versions do: at least one text.
func (s Spec) texts(data []byte) (texts []string, err error) {
	if s.Path != "" {
		texts, err = s.selected(data)
	} else {
		texts, err = s.matches(data)
	}
	switch {
	case err != nil:
		return nil, err
	case len(texts) >= maxMatches:
		return nil, sources.WithHint(fmt.Errorf("%s has %d matches or more: %w", s.where(), maxMatches, sources.ErrAnswer), "make it match less")
	case len(texts) == 0:
		err := fmt.Errorf("%s matches nothing in %d bytes: %w", s.where(), len(data), sources.ErrNotFound)
		return nil, sources.WithHint(err, "compare it with what curl prints for the address: a browser may show what scripts add")
	}
	return texts, nil
}

func (s Spec) matches(data []byte) (texts []string, err error) {
	re, group, err := s.regex()
	if err != nil {
		return nil, err
	}
	for _, match := range re.FindAllSubmatchIndex(data, maxMatches) {
		if begin, end := match[2*group], match[2*group+1]; begin >= 0 {
			texts = append(texts, string(data[begin:end]))
		}
	}
	return texts, nil
}

// selected returns the strings and numbers at a JSON path. A number stays as it is written: 1.10 is not 1.1.
func (s Spec) selected(data []byte) (texts []string, err error) {
	path, err := jsonpath.Parse(s.Path)
	if err != nil {
		return nil, sources.Invalid("JSON path %q: %v", s.Path, err)
	}
	var document any
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	if err := decoder.Decode(&document); err != nil {
		return nil, notJSON(data)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, notJSON(data)
	}
	for _, value := range path.Select(document) {
		switch value := value.(type) {
		case string:
			texts = append(texts, value)
		case json.Number:
			texts = append(texts, value.String())
		}
	}
	return texts, nil
}

func notJSON(data []byte) error {
	err := fmt.Errorf("%d bytes that are not one JSON document: %w", len(data), sources.ErrAnswer)
	return sources.WithSettings(err, sources.Setting{Option: "match"})
}
