package fault_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/sealkeeper/sealkeeper/fault"
)

func TestKindsSurviveWrapping(t *testing.T) {
	cause := errors.New("disk full")
	err := fmt.Errorf("saving: %w", fault.Wrap(cause, fault.Unavailable, "database", "The database is %s.", "down"))
	if !errors.Is(err, fault.Unavailable) || errors.Is(err, fault.NotFound) || !errors.Is(err, cause) {
		t.Errorf("%v is not of the right kind", err)
	}
	kind, code, message := fault.Public(err)
	if kind != fault.Unavailable || code != "database" || message != "The database is down." {
		t.Errorf("got %s %s %q", kind, code, message)
	}
}

func TestOtherErrorsStayInside(t *testing.T) {
	kind, _, message := fault.Public(errors.New("password=hunter2"))
	if kind != fault.Internal || message != "Something went wrong on our side; the log has the details." {
		t.Errorf("got %s %q", kind, message)
	}
}
