package store_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/idempotency"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/secret"
)

func underKey(caller, token, body string) idempotency.Request {
	return idempotency.Request{
		Caller:    caller,
		Token:     secret.NewTextString(token),
		Key:       "k",
		Operation: "POST /v1/consents",
		Body:      []byte(body),
	}
}

// watched sees what is written.
type watched struct {
	idempotency.Store
	written bytes.Buffer
}

// FinishRequest implements idempotency.Store.
func (w *watched) FinishRequest(ctx context.Context, id string, answer []byte) error {
	fmt.Fprintf(&w.written, "%s %s", id, answer)
	return w.Store.FinishRequest(ctx, id, answer)
}

// Of many who make the same request under the same key at once, one is let through; when it has its answer, all have
// it.
func TestARequestUnderAKeyIsMadeOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		watched := &watched{Store: db}
		s := idempotency.New(watched, time.Now)
		var through atomic.Pointer[idempotency.Running]
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				running, answer, err := s.Begin(ctx, underKey("ada", "token-of-ada", "hunter2"))
				switch {
				case running != nil && !through.CompareAndSwap(nil, running):
					t.Error("two are let through")
				case running == nil && (answer != nil || fault.Code(err) != "idempotency_in_progress"):
					t.Errorf("a second one: %v, %v", answer, err)
				}
			})
		}
		all.Wait()
		if through.Load() == nil {
			t.Fatal("nobody is let through")
		}
		want := idempotency.Answer{Status: 201, ContentType: "application/json", Body: []byte(`"the bank's state"`)}
		must(t, through.Load().Finish(ctx, want))
		_, got, err := s.Begin(ctx, underKey("ada", "token-of-ada", "hunter2"))
		if err != nil || got == nil || got.Status != want.Status || !bytes.Equal(got.Body, want.Body) {
			t.Errorf("again: %+v, %v", got, err)
		}
		for what, other := range map[string]idempotency.Request{
			"another body":  underKey("ada", "token-of-ada", "hunter3"),
			"another token": underKey("ada", "new-token-of-ada", "hunter2"),
		} {
			if _, got, err := s.Begin(ctx, other); fault.Code(err) != "idempotency_key_reused" || got != nil {
				t.Errorf("%s: %v, %v", what, got, err)
			}
		}
		running, _, err := s.Begin(ctx, underKey("grace", "token-of-grace", "hunter2"))
		if err != nil || running == nil {
			t.Errorf("somebody else's key is taken: %v", err)
		}
		rows := watched.written.String()
		if rows == "" || strings.Contains(rows, "bank") || strings.Contains(rows, "hunter") {
			t.Errorf("what is kept can be read without the token: %q", rows)
		}
	})
}

// A key is free again after a day, and when its request failed in a way that may pass.
func TestKeysAreForgotten(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, now := t.Context(), time.UnixMicro(1_000_000)
		s := idempotency.New(db, func() time.Time { return now })
		begin := func() *idempotency.Running {
			t.Helper()
			running, answer, err := s.Begin(ctx, underKey("ada", "t", ""))
			if err != nil || running == nil || answer != nil {
				t.Fatalf("the key is not free: %v, %v", answer, err)
			}
			return running
		}
		must(t, begin().Forget(ctx))
		must(t, begin().Finish(ctx, idempotency.Answer{Status: 200}))
		now = now.Add(idempotency.Kept - time.Microsecond)
		if _, answer, err := s.Begin(ctx, underKey("ada", "t", "")); err != nil || answer == nil {
			t.Fatalf("before a day is over: %v, %v", answer, err)
		}
		now = now.Add(time.Microsecond)
		must(t, begin().Finish(ctx, idempotency.Answer{Status: 200}))
		r := idempotency.Record{ID: "r", Caller: "ada", ExpiresAt: now.Add(time.Hour)}
		_, _, _, err := db.BeginRequest(ctx, r, now, 9)
		must(t, err)
		began := now
		now = now.Add(time.Hour)
		must(t, s.Forget(ctx))
		if _, found, _, err := db.BeginRequest(ctx, r, began, 9); err != nil || found {
			t.Errorf("what is over remains: %v", err)
		}
	})
}

// A caller has only so many keys; those that are known still have their answer.
func TestKeysAreBounded(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, now := t.Context(), time.UnixMicro(0)
		record := func(id string) idempotency.Record {
			return idempotency.Record{ID: id, Caller: "ada", ExpiresAt: now.Add(time.Hour)}
		}
		for _, id := range []string{"1", "2"} {
			if _, found, full, err := db.BeginRequest(ctx, record(id), now, 2); err != nil || found || full {
				t.Fatal(id, found, full, err)
			}
		}
		if _, found, full, err := db.BeginRequest(ctx, record("3"), now, 2); err != nil || found || !full {
			t.Error("a third one is taken", found, full, err)
		}
		if _, found, full, err := db.BeginRequest(ctx, record("2"), now, 2); err != nil || !found || full {
			t.Error("the second one is not known", found, full, err)
		}
	})
}

func TestKeysThatAreNone(t *testing.T) {
	s := idempotency.New(nil, time.Now)
	for _, key := range []string{"", "é", "a\nb", strings.Repeat("k", 256)} {
		r := underKey("ada", "t", "")
		r.Key = key
		if _, _, err := s.Begin(t.Context(), r); fault.Code(err) != "idempotency_key_invalid" {
			t.Errorf("%q: %v", key, err)
		}
	}
}
