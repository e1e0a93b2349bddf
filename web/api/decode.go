package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"reflect"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// maxJSON bounds the body of a JSON request, in bytes.
const maxJSON = 64 << 10

// MaxReport bounds that of a service's report, which names each host that one certificate is presented to.
const MaxReport = 1 << 20

// decode reads one JSON object. Names it does not know are refused: a misspelt
// field must not silently keep an old value.
func decode(c echo.Context, into any) error {
	limit := int64(maxJSON)
	if _, is := into.(*api.ServiceReport); is {
		limit = MaxReport
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.Response(), c.Request().Body, limit))
	defer clear(body)
	if err == nil {
		err = unmarshal(body, into)
	}
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return unread(err)
	}
	// The decoder's own text may quote the body, which may hold a secret: what is
	// said is what the endpoint knows by itself.
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && wrong.Field != "" {
		return fault.New(fault.Invalid, "json_invalid",
			"The field %s of the request body is of another type than this endpoint expects; see the API description.",
			wrong.Field)
	}
	if strings.HasPrefix(err.Error(), "json: unknown field") {
		return fault.New(fault.Invalid, "json_invalid",
			"The request body has a field that this endpoint does not know; it takes %s.",
			strings.Join(fieldsOf(reflect.TypeOf(into)), ", "))
	}
	if errors.Is(err, errName) {
		return fault.New(fault.Invalid, "json_invalid",
			"A name stands twice in the request body, or is not in lower case; write each once, as the API "+
				"description does.")
	}
	return fault.New(fault.Invalid, "json_invalid",
		"The request body is not the JSON object this endpoint expects; see the API description.")
}

// missing refuses a body without a field whose zero value would do something.
func missing(field string) error {
	return fault.New(fault.Invalid, "json_invalid",
		"The field %s of the request body is missing; see the API description.", field)
}

// unread is the error of a body that was not read to its end.
func unread(err error) error {
	if large, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return fault.Wrap(err, fault.TooLarge, "body_too_large", "The request body is larger than %d KB.",
			large.Limit>>10)
	}
	return fault.Wrap(err, fault.Invalid, "json_invalid", "The request body did not arrive completely; send it again.")
}

func unmarshal(body []byte, into any) error {
	if bytes.Contains(body, []byte(`\u0000`)) {
		return errors.New("there is a NUL, which PostgreSQL does not take as text")
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is more after the JSON object")
	}
	return eachNameOnce(json.NewDecoder(bytes.NewReader(body)))
}

// errName is a name that stands twice in an object, or that is written in other case than it
// has: encoding/json takes both, and another reader of the same bytes something else.
var errName = errors.New("a name stands twice, or is not written as described")

// eachNameOnce reads one value. It is called with JSON that was decoded already.
func eachNameOnce(decoder *json.Decoder) error {
	token, err := decoder.Token()
	if err != nil {
		return err
	}
	open, nested := token.(json.Delim)
	if !nested {
		return nil
	}
	names := map[string]bool{}
	for decoder.More() {
		if open == '{' {
			token, err := decoder.Token()
			if err != nil {
				return err
			}
			name, _ := token.(string)
			if names[name] || name != strings.ToLower(name) {
				return errName
			}
			names[name] = true
		}
		if err := eachNameOnce(decoder); err != nil {
			return err
		}
	}
	_, err = decoder.Token() // the end of it
	return err
}

// fieldsOf returns the JSON names of a struct's fields, those of embedded structs included.
func fieldsOf(t reflect.Type) []string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	var names []string
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "":
			names = append(names, fieldsOf(f.Type)...)
		case f.IsExported() && name != "-":
			names = append(names, name)
		}
	}
	return names
}
