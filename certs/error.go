package certs

import "fmt"

// Stable codes of [Error].
const (
	CodeEmpty             = "empty"             // the file has no bytes
	CodeTooLarge          = "too_large"         // larger than MaxFileSize, or expands beyond it
	CodeTooCostly         = "too_costly"        // asks for more key derivation work than allowed
	CodeNotACertificate   = "not_a_certificate" // nothing in it is a certificate or key
	CodeMalformed         = "malformed"         // of a known format, but damaged
	CodeRequest           = "certificate_request"
	CodePublicKey         = "public_key"
	CodePassphraseNeeded  = "passphrase_needed"
	CodePassphraseWrong   = "passphrase_wrong"
	CodeManyPassphrases   = "passphrases_too_many" // more than are tried, and none of those opens the file
	CodeUnsupportedFormat = "unsupported_format"   // recognised, but not accepted
	CodeUnsupportedKey    = "unsupported_key"
	CodeKeyMismatch       = "key_mismatch"  // a key belongs to none of the certificates
	CodeNoLeaf            = "no_leaf"       // only issuing certificates were given
	CodeKeyOfIssuer       = "key_of_issuer" // a key belongs to an issuing certificate
	CodeChainMisfit       = "chain_misfit"  // issuing certificates that did not issue what they were given for
	CodeChainExpired      = "chain_expired" // one of them is out of date
)

// Error is why a file cannot be used: a stable code, one sentence that says
// what to do, and the cause for the log. It never holds a secret.
type Error struct {
	Code    string
	Message string
	Args    []string // the values in Message, in order, for catalogues of other languages
	Case    string   // which of a code's sentences it is, for the same; "" where one translation does for all
	Err     error

	aside bool // it matters only where nothing else is found
}

// Error implements error with the sentence for the user.
func (e *Error) Error() string { return e.Message }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

func newError(code string, cause error, format string, args ...any) *Error {
	e := &Error{Code: code, Message: fmt.Sprintf(format, args...), Err: cause}
	for _, a := range args {
		e.Args = append(e.Args, fmt.Sprint(a))
	}
	return e
}

// within puts the name of what holds it in front of an error. The values of its own sentence come after those of the
// new one.
func within(format, name string, e *Error) *Error {
	outer := newError(e.Code, e, format, name, e.Message)
	outer.Args = append(outer.Args, e.Args...)
	outer.aside = e.aside
	return inCase(outer, e.Case)
}

// aside marks what people keep next to certificates and keys: the request one was made with, the issuer's
// instructions, the same in another format. It matters only when it comes alone.
func aside(e *Error) *Error {
	e.aside = true
	return e
}

// inCase says which of its code's sentences an error has.
func inCase(e *Error, which string) *Error {
	e.Case = which
	return e
}
