package service

import (
	"context"
	"errors"
	"maps"
	"testing"
	"time"
)

// failing is a TokenStore that fails until it is mended.
type failing struct {
	TokenStore
	err   error
	noted map[string]time.Time
}

// NoteServiceTokens implements TokenStore.
func (f *failing) NoteServiceTokens(_ context.Context, used map[string]time.Time) error {
	if f.err == nil {
		f.noted = used
	}
	return f.err
}

// What the database did not take is written the next time, and never over what is newer.
func TestUsesAreKeptUntilTheyAreWritten(t *testing.T) {
	store := &failing{err: errors.New("the database does not answer")}
	s := New(Config{Tokens: store, Now: time.Now})
	first, second := time.Unix(1, 0), time.Unix(2, 0)
	s.used["a"], s.used["b"] = first, first
	if err := s.Flush(t.Context()); !errors.Is(err, store.err) {
		t.Fatalf("got %v", err)
	}
	s.used["b"] = second
	store.err = nil
	if err := s.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := map[string]time.Time{"a": first, "b": second}; !maps.Equal(store.noted, want) {
		t.Errorf("noted %v, want %v", store.noted, want)
	}
}
