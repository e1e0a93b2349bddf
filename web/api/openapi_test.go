package api_test

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
	"github.com/google/go-cmp/cmp"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/web/api"
)

// loaded is the description, closed: what it does not name is a mistake here,
// while a client is asked to ignore it.
var loaded = sync.OnceValues(func() (*openapi3.T, error) {
	doc, err := openapi3.NewLoader().LoadFromFile("openapi.yaml")
	if err != nil {
		return nil, err
	}
	for _, schema := range doc.Components.Schemas {
		closeSchema(schema)
	}
	for _, response := range doc.Components.Responses {
		closeContent(response.Value.Content)
	}
	for _, item := range doc.Paths.Map() {
		for _, operation := range item.Operations() {
			for _, response := range operation.Responses.Map() {
				closeContent(response.Value.Content)
			}
		}
	}
	return doc, nil
})

func closeContent(content openapi3.Content) {
	for _, media := range content {
		closeSchema(media.Schema)
	}
}

// closeSchema forbids what is not named, all the way down.
func closeSchema(ref *openapi3.SchemaRef) {
	if ref == nil || ref.Value == nil {
		return
	}
	s := ref.Value
	if len(s.Properties) > 0 {
		no := false
		s.AdditionalProperties.Has = &no
	}
	for _, property := range s.Properties {
		closeSchema(property)
	}
	closeSchema(s.Items)
	closeSchema(s.AdditionalProperties.Schema)
}

// routed finds the operation of a request. It is made once: making it validates the whole description, and thousands of
// requests are looked at.
var routed = sync.OnceValues(func() (routers.Router, error) {
	doc, err := loaded()
	if err != nil {
		return nil, err
	}
	return legacy.NewRouter(doc)
})

func description(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := loaded()
	check(t, err)
	return doc
}

// described fails the test unless the answer is as the description has it, and
// the request too if it was served.
func described(t *testing.T, r *http.Request, body []byte, a answer) {
	t.Helper()
	router, err := routed()
	check(t, err)
	route, params, err := router.FindRoute(r)
	if err != nil {
		if a.status < http.StatusBadRequest {
			t.Errorf("%s is served and not described: %v", a.what, err)
		}
		return
	}
	in := &openapi3filter.RequestValidationInput{
		Request:    r.Clone(t.Context()),
		PathParams: params,
		Route:      route,
		Options: &openapi3filter.Options{
			AuthenticationFunc:    openapi3filter.NoopAuthenticationFunc,
			IncludeResponseStatus: true,
		},
	}
	in.Request.Body = io.NopCloser(bytes.NewReader(body))
	if a.status < http.StatusBadRequest {
		if err := openapi3filter.ValidateRequest(t.Context(), in); err != nil {
			t.Errorf("%s was served, and the request is not as described: %v", a.what, err)
		}
	}
	out := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in,
		Status:                 a.status,
		Header:                 a.header,
		Options:                in.Options,
	}
	out.SetBodyBytes(a.body)
	if err := openapi3filter.ValidateResponse(t.Context(), out); err != nil {
		t.Errorf("%s: the answer is not as described: %v", a.what, err)
	}
}

func TestDescriptionIsValid(t *testing.T) {
	doc := description(t)
	if err := doc.Validate(t.Context()); err != nil {
		t.Error(err)
	}
	ids := map[string]string{}
	for path, item := range doc.Paths.Map() {
		for method, operation := range item.Operations() {
			name := method + " " + path
			if other, twice := ids[operation.OperationID]; twice || operation.OperationID == "" {
				t.Errorf("%s and %q have the operation id %q", name, other, operation.OperationID)
			}
			ids[operation.OperationID] = name
			if operation.Summary == "" || operation.Responses.Default() == nil {
				t.Errorf("%s lacks its summary or the answer for errors", name)
			}
			if operation.Security != nil && operation.OperationID != "exchangeToken" &&
				operation.OperationID != "fetchToken" { // which give them
				t.Errorf("%s is exempt from the token that every route needs", name)
			}
		}
	}
}

// TestEveryAnswerFieldIsRequired keeps a field from vanishing unnoticed: only
// what is omitted when empty may be left out.
func TestEveryAnswerFieldIsRequired(t *testing.T) {
	doc := description(t)
	optional := []string{
		"Finding.args", "Gate.args", "Institution.tokens.refresh_days", "Institution.tokens.announced",
		"InspectedCertificate.not_before", "InspectedCertificate.not_after",
		"Certificate.not_before", "Certificate.not_after",
		"ServiceBinding.institution_id", "ServiceBinding.environment",
		"Problem.trace_id", "AuditEntry.trace_id", // where nothing is traced
		"ServerSeen.not_after",                                                              // it comes in
		"ExportedFile.private_key_pem", "ExportedFile.key_store", "ExportedFile.passphrase", // one format or another
	}
	var walk func(name string, s *openapi3.Schema)
	walk = func(name string, s *openapi3.Schema) {
		for field, property := range s.Properties {
			path := name + "." + field
			if !slices.Contains(s.Required, field) && !slices.Contains(optional, path) {
				t.Errorf("%s is described as if it could be missing", path)
			}
			if property.Ref == "" {
				walk(path, property.Value)
			}
		}
		if s.Items != nil && s.Items.Ref == "" {
			walk(name, s.Items.Value)
		}
	}
	for name, schema := range doc.Components.Schemas {
		if !strings.HasPrefix(name, "New") { // those are what comes in
			walk(name, schema.Value)
		}
	}
}

var parameter = regexp.MustCompile(`:(\w+)`)

func TestEveryRouteIsDescribed(t *testing.T) {
	served := map[string]bool{}
	for _, route := range handler(&api.API{}).Routes() {
		if route.Method != "echo_route_not_found" {
			served[route.Method+" "+parameter.ReplaceAllString(route.Path, "{$1}")] = true
		}
	}
	doc := description(t)
	known := map[string]bool{}
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			known[method+" "+path] = true
		}
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(served)), slices.Sorted(maps.Keys(known))); diff != "" {
		t.Errorf("served (-) and described (+) routes differ:\n%s", diff)
	}
}

func TestDescriptionIsServed(t *testing.T) {
	s := serve(t)
	a := s.as(t, "auditor", access.Auditor).call("GET", "/v1/openapi.yaml", nil)
	a.want(http.StatusOK, nil)
	file, err := os.ReadFile("openapi.yaml")
	check(t, err)
	if !bytes.Equal(a.body, file) || a.header.Get("Content-Type") != "application/yaml" {
		t.Errorf("got %d bytes of %s", len(a.body), a.header.Get("Content-Type"))
	}
	(&client{t: t, s: s}).call("GET", "/v1/openapi.yaml", nil).refused(http.StatusUnauthorized, "token_missing")
}

// documented fails the test unless errors.md explains the code.
func documented(t *testing.T, code string) {
	t.Helper()
	text, err := os.ReadFile("../reference/errors.md")
	check(t, err)
	if !bytes.Contains(text, fmt.Appendf(nil, "`%s`", code)) {
		t.Errorf("errors.md does not explain the code %s", code)
	}
}
