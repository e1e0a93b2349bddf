package failure

import (
	"errors"

	"github.com/sealkeeper/sealkeeper/fault"
)

// Class is a class of failure: its kind, stable code, action and sentence for the user.
type Class struct {
	Kind     fault.Kind
	Code     string
	Action   Action
	Sentence string // with a verb for each of Because's args
}

// NewClass returns a Class.
func NewClass(kind fault.Kind, code string, action Action, sentence string) Class {
	return Class{Kind: kind, Code: code, Action: action, Sentence: sentence}
}

// Because makes an error of the class with the cause f, to which it gives code and action,
// and from which it has how long to wait.
func (c Class) Because(f *Failure, args ...any) error {
	f.Code, f.Action = c.Code, c.Action
	err := fault.Wrap(f, c.Kind, c.Code, c.Sentence, args...)
	if f.RetryAfter > 0 {
		return err.RetryAfter(f.RetryAfter)
	}
	return err
}

// Is reports whether err is of the class.
func (c Class) Is(err error) bool {
	e, ok := errors.AsType[*fault.Error](err)
	return ok && e.Code == c.Code
}
