package wording

import (
	"errors"

	"github.com/sealkeeper/sealkeeper/fault"
)

// Problem says an error: its sentence, never its cause.
func (t *Translator) Problem(err error) *Sentence {
	_, code, message := fault.Public(err)
	refused := fault.Error{Code: code, Message: message}
	if e, ok := errors.AsType[*fault.Error](err); ok {
		refused = *e
	}
	s := t.Fault(refused)
	s.Fields = fields[code]
	return &s
}

// Fault says a fault: the case of its code, else the code with the values of its sentence, else the
// code alone, which is all there is of one that was recorded.
func (t *Translator) Fault(e fault.Error) Sentence {
	args := e.Args
	if e.Code == "tls_refused" && len(args) == 2 {
		args = []string{args[0], t.alert(args[0])}
	}
	if e.Code == "token_lifetime" && len(args) > 0 {
		args = []string{t.Lasting(args[0])}
	}
	if e.Code == "bank_unreachable" && len(args) == 1 {
		e.Case = args[0]
	}
	for _, key := range []string{"fault." + e.Code + "." + e.Case, "fault." + e.Code + ".with", "fault." + e.Code} {
		for _, values := range [][]string{args, nil} { // a text need not repeat the values
			if text, ok := t.lookup(key, values); ok {
				return Sentence{Text: text}
			}
		}
	}
	return t.English(e.Message)
}

// Failure says a fault of which the code and the English sentence were recorded.
func (t *Translator) Failure(code, message string) Sentence {
	return t.Fault(fault.Error{Code: code, Message: message})
}

// alert says what a TLS alert most likely means.
func (t *Translator) alert(name string) string {
	if !t.Has("alert." + name) {
		name = "other"
	}
	return t.Enum("alert", name)
}
