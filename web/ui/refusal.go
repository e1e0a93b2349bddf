package ui

import (
	"errors"

	"github.com/sealkeeper/sealkeeper/fault"
)

// problem says an error: its sentence, never its cause.
func (w *words) problem(err error) *sentence {
	_, code, message := fault.Public(err)
	refused := fault.Error{Code: code, Message: message}
	if e, ok := errors.AsType[*fault.Error](err); ok {
		refused = *e
	}
	s := w.refusal(refused)
	return &s
}

// refusal says a fault: the case of its code, else the code with the values of
// its sentence, else the code alone, which is all there is of one that was recorded.
func (w *words) refusal(e fault.Error) sentence {
	args := e.Args
	if e.Code == "tls_refused" && len(args) == 2 {
		args = []string{args[0], w.alert(args[0])}
	}
	for _, key := range []string{"fault." + e.Code + "." + e.Case, "fault." + e.Code + ".with", "fault." + e.Code} {
		for _, values := range [][]string{args, nil} { // a text need not repeat the values
			if text, ok := w.said(key, values); ok {
				return sentence{Text: text}
			}
		}
	}
	return w.english(e.Message)
}

// failure says a fault of which the code and the English sentence were recorded.
func (w *words) failure(code, message string) sentence {
	return w.refusal(fault.Error{Code: code, Message: message})
}

// alert says what a TLS alert most likely means.
func (w *words) alert(name string) string {
	if !w.Has("alert." + name) {
		name = "other"
	}
	return w.enum("alert", name)
}

// recorded says a sentence that a service recorded in English.
func (w *words) recorded(text string) sentence {
	if said, ok := w.Recorded(text); ok {
		return sentence{Text: said}
	}
	return w.english(text)
}
