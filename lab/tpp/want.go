package tpp

import (
	"errors"
	"testing"

	"github.com/sealkeeper/sealkeeper/connector/failure"
	"github.com/sealkeeper/sealkeeper/fault"
)

// FaultCode returns the stable code of err, "" when there is no error.
func FaultCode(err error) string {
	if err == nil {
		return ""
	}
	code := fault.Code(err)
	return code
}

// WantFailure wants an error that a bank gave rise to, with this code and action.
func WantFailure(t testing.TB, err error, code string, action failure.Action) {
	t.Helper()
	cause, ok := errors.AsType[*failure.Failure](err)
	if !ok || FaultCode(err) != code || cause.Code != code || cause.Action != action {
		t.Errorf("got %q %+v, want %q %s (%v)", FaultCode(err), cause, code, action, err)
	}
}
