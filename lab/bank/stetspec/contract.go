// Package stetspec answers whether an HTTP exchange is as STET's published
// contract has it. The contract is that of 1.5; where 1.4.2 or the bank is
// known to differ, it is corrected first, and the corrections are listed. It
// is for tests: programs have no use for it.
package stetspec

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
)

//go:embed stet-openapi-1.5.0.json
var source []byte

// Contract is the contract, closed: a field or parameter it does not name is
// a mistake.
type Contract struct{ router routers.Router }

// Exchange is a request with its answer.
type Exchange struct {
	Request     *http.Request
	RequestBody []byte
	Status      int
	Header      http.Header
	Body        []byte
}

// Load reads the contract with all corrections but the ones left out.
func Load(leaveOut ...string) (*Contract, error) {
	doc, err := openapi3.NewLoader().LoadFromData(source)
	if err != nil {
		return nil, err
	}
	doc.Servers = nil
	for name, schema := range doc.Components.Schemas {
		if len(schema.Value.Properties) > 0 {
			closed := false
			doc.Components.Schemas[name].Value.AdditionalProperties.Has = &closed
		}
	}
	for _, difference := range differences {
		if !slices.Contains(leaveOut, difference.Name) {
			difference.apply(doc)
		}
	}
	router, err := legacy.NewRouter(doc, openapi3.DisableExamplesValidation())
	return &Contract{router}, err
}

// CheckRequest validates a request to an API of any base path.
func (c *Contract) CheckRequest(r *http.Request, body []byte) error {
	in, err := c.input(r, body)
	if err != nil {
		return err
	}
	return errors.Join(unknownQuery(in), openapi3filter.ValidateRequest(r.Context(), in))
}

// CheckAnswer validates the answer to a request.
func (c *Contract) CheckAnswer(e Exchange) error {
	in, err := c.input(e.Request, e.RequestBody)
	if err != nil {
		return err
	}
	out := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in,
		Status:                 e.Status,
		Header:                 e.Header,
		Options:                in.Options,
	}
	out.SetBodyBytes(e.Body)
	return openapi3filter.ValidateResponse(e.Request.Context(), out)
}

// Check validates both sides of a success, and of a refusal the answer only.
func (c *Contract) Check(e Exchange) error {
	if e.Status >= http.StatusBadRequest {
		return c.CheckAnswer(e)
	}
	return errors.Join(c.CheckRequest(e.Request, e.RequestBody), c.CheckAnswer(e))
}

// roots are where the paths of the contract begin behind a bank's base path.
var roots = []string{
	"/accounts", "/end-user-identity", "/trusted-beneficiaries", "/payment-requests", "/consents",
	"/funds-confirmations",
}

func (c *Contract) input(r *http.Request, body []byte) (*openapi3filter.RequestValidationInput, error) {
	again := r.Clone(r.Context())
	again.Body = io.NopCloser(bytes.NewReader(body))
	again.ContentLength = int64(len(body))
	again.URL = &url.URL{Path: r.URL.Path, RawQuery: r.URL.RawQuery}
	for _, root := range roots {
		if i := strings.Index(r.URL.Path, root); i >= 0 {
			again.URL.Path = r.URL.Path[i:]
			break
		}
	}
	route, params, err := c.router.FindRoute(again)
	if err != nil {
		return nil, fmt.Errorf("%s %s is not in the contract: %w", r.Method, r.URL.Path, err)
	}
	return &openapi3filter.RequestValidationInput{
		Request:    again,
		PathParams: params,
		Route:      route,
		Options: &openapi3filter.Options{
			AuthenticationFunc:    openapi3filter.NoopAuthenticationFunc,
			IncludeResponseStatus: true,
			MultiError:            true,
		},
	}, nil
}

// unknownQuery refuses parameters that the contract does not name.
func unknownQuery(in *openapi3filter.RequestValidationInput) error {
	for name := range in.Request.URL.Query() {
		if in.Route.Operation.Parameters.GetByInAndName("query", name) == nil {
			return fmt.Errorf("the query parameter %q is not in the contract", name)
		}
	}
	return nil
}
