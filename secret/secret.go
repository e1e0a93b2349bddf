// Package secret holds the type that carries secrets through the program. Every
// way that Go has of turning it into text yields "[redacted]"; only Reveal and
// Bytes give the secret itself.
package secret

import (
	"fmt"
	"log/slog"
)

// Redacted is what a secret looks like to fmt, slog, encoding/json and YAML.
const Redacted = "[redacted]"

// Text is a secret string: a client secret, a passphrase, a token.
// The zero value is an absent secret.
//
// The bytes are behind two pointers because fmt does not call the methods of a
// value in an unexported field: it prints what it finds there, and follows one
// pointer for a verb that does not fit. Here it finds an address.
type Text struct{ value **[]byte }

// NewText copies b into a secret.
func NewText(b []byte) Text { return NewTextString(string(b)) }

// NewTextString makes a secret from a string. The string itself cannot be wiped.
func NewTextString(s string) Text {
	value := []byte(s)
	inner := &value
	return Text{value: &inner}
}

// Reveal returns the secret itself. Call it only where the secret is used.
func (t Text) Reveal() string { return string(t.Bytes()) }

// Bytes returns the secret's own bytes, not a copy, so that Wipe reaches them.
func (t Text) Bytes() []byte {
	if t.value == nil {
		return nil
	}
	return **t.value
}

// Empty reports whether there is no secret.
func (t Text) Empty() bool { return len(t.Bytes()) == 0 }

// Wipe overwrites the secret in memory. Copies made by Reveal are out of reach.
func (t Text) Wipe() { clear(t.Bytes()) }

// Format implements fmt.Formatter for every verb.
func (Text) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(Redacted)) }

// String implements fmt.Stringer.
func (Text) String() string { return Redacted }

// GoString implements fmt.GoStringer.
func (Text) GoString() string { return Redacted }

// LogValue implements slog.LogValuer.
func (Text) LogValue() slog.Value { return slog.StringValue(Redacted) }

// MarshalText implements encoding.TextMarshaler, and through it JSON and YAML.
func (Text) MarshalText() ([]byte, error) { return []byte(Redacted), nil }

// UnmarshalText reads a secret out of a request or a configuration file.
func (t *Text) UnmarshalText(b []byte) error {
	*t = NewText(b)
	return nil
}
