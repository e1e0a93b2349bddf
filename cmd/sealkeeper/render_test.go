package main

import "testing"

func TestPlain(t *testing.T) {
	if got, want := plain("Soci\u00e9t\u00e9 \x1b[31m\u202eSAS\u2066"), "Soci\u00e9t\u00e9 \ufffd[31m[U+202E]SAS[U+2066]"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
