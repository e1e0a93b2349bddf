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

// What is kept of a sentence for ever has none of its values.
func TestOutlines(t *testing.T) {
	for name, test := range map[string]struct {
		err  *fault.Error
		want string
	}{
		"no value":        {fault.New(fault.Invalid, "a", "Choose one."), "Choose one."},
		"values":          {fault.New(fault.Invalid, "a", "%q is %d of %s.", "x", 3, "y"), "… is … of …."},
		"their order":     {fault.New(fault.Invalid, "a", "The %[2]s of %[1]s.", "x", "y"), "The … of …."},
		"nothing but one": {fault.New(fault.Invalid, "a", "%s.", "x"), ""},
		"made elsewhere":  {&fault.Error{Code: "a", Message: "hunter2"}, ""},
	} {
		if got := test.err.Outline(); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}
