package forgetest

import (
	"bytes"
	"embed"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
)

// descriptions are the OpenAPI descriptions of forges, cut to what is served here; see testdata/openapi/README.md.
//
//go:embed testdata/openapi/*.json
var descriptions embed.FS

// description is the OpenAPI description of a forge.
type description struct{ router routers.Router }

// openAPI returns a function that loads a description once, for few forges of a test need one.
func openAPI(name string, parse func([]byte) (*openapi3.T, error)) func() description {
	return sync.OnceValue(func() description {
		data, err := descriptions.ReadFile("testdata/openapi/" + name)
		if err != nil {
			panic(err)
		}
		doc, err := parse(data)
		if err != nil {
			panic(fmt.Errorf("%s: %w", name, err))
		}
		doc.Servers = nil // paths are relative to the API's root
		router, err := legacy.NewRouter(doc, openapi3.DisableExamplesValidation())
		if err != nil {
			panic(fmt.Errorf("%s: %w", name, err))
		}
		return description{router}
	})
}

// parseOpenAPI3 reads a description of version 3.
func parseOpenAPI3(data []byte) (*openapi3.T, error) { return openapi3.NewLoader().LoadFromData(data) }

// checked answers a request with next. Where request or answer are not as described, the answer is a 500 that says why. path
// is relative to the API's root.
func (d description) checked(w http.ResponseWriter, r *http.Request, path string, next http.HandlerFunc) {
	answer := &recording{header: http.Header{}, status: http.StatusOK}
	if err := d.check(answer, r, path, next); err != nil {
		http.Error(w, fmt.Sprintf("forgetest: %s /%s is not as the API's description says: %v", r.Method, path, err), http.StatusInternalServerError)
		return
	}
	answer.send(w, answer.body.Bytes())
}

func (d description) check(answer *recording, r *http.Request, path string, next http.HandlerFunc) error {
	asked, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	relative := r.Clone(r.Context())
	relative.URL = &url.URL{Path: "/" + path, RawQuery: r.URL.RawQuery}
	relative.Body = io.NopCloser(bytes.NewReader(asked))
	route, parameters, err := d.router.FindRoute(relative)
	if err != nil {
		return err
	}
	for name := range r.URL.Query() {
		if route.Operation.Parameters.GetByInAndName("query", name) == nil {
			return fmt.Errorf("unknown parameter %q", name)
		}
	}
	input := &openapi3filter.RequestValidationInput{
		Request: relative, PathParams: parameters, Route: route,
		Options: &openapi3filter.Options{SkipSettingDefaults: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc},
	}
	if err := openapi3filter.ValidateRequest(r.Context(), input); err != nil {
		return err
	}
	r.Body = io.NopCloser(bytes.NewReader(asked))
	next(answer, r)
	return openapi3filter.ValidateResponse(r.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: answer.status, Header: answer.header, Options: input.Options,
		Body: io.NopCloser(bytes.NewReader(answer.body.Bytes())),
	})
}
