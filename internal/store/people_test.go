package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/internal/passkey"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
)

func TestOneTimeThingsAreTakenOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		must(t, db.AddUser(ctx, identity.User{
			ID:        "u1",
			Name:      "Ada",
			Roles:     []access.Role{access.Admin, access.Auditor},
			CreatedAt: at,
		}))
		mustBe(t, db.AddUser(ctx, identity.User{
			ID:        "u2",
			Name:      "Ada",
			Roles:     []access.Role{access.Admin},
			CreatedAt: at,
		}), fault.Conflict)
		must(t, db.AddSignInLink(ctx, identity.Link{Hash: "h1", UserID: "u1", ExpiresAt: at}))

		for name, takeIt := range map[string]func(context.Context) error{
			"sign-in link": func(ctx context.Context) error { _, err := db.TakeSignInLink(ctx, "h1"); return err },
		} {
			results := make(chan error, 8)
			for range cap(results) {
				go func() { results <- takeIt(ctx) }()
			}
			taken := 0
			for range cap(results) {
				if err := <-results; err == nil {
					taken++
				} else {
					mustBe(t, err, fault.NotFound)
				}
			}
			if taken != 1 {
				t.Errorf("the %s was taken %d times", name, taken)
			}
		}
		u, err := db.UserByName(ctx, "Ada")
		must(t, err)
		if diff := cmp.Diff([]access.Role{access.Admin, access.Auditor}, u.Roles); diff != "" {
			t.Error(diff)
		}
	})
}

func TestSessionsExpire(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, sessions := t.Context(), db.Sessions()
		must(t, sessions.CommitCtx(ctx, "old", []byte("x"), time.Now().Add(-time.Second)))
		must(t, sessions.CommitCtx(ctx, "new", []byte("y"), time.Now().Add(time.Hour)))
		must(t, sessions.CommitCtx(ctx, "new", []byte("z"), time.Now().Add(time.Hour)))
		_, found, err := sessions.FindCtx(ctx, "old")
		must(t, err)
		data, foundNew, err := sessions.FindCtx(ctx, "new")
		must(t, err)
		if found || !foundNew || string(data) != "z" {
			t.Errorf("old found: %v; new found: %v with %q", found, foundNew, data)
		}
	})
}

func TestExpiredOneTimeThingsAreSweptOut(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		past, future := time.Now().Add(-time.Second), time.Now().Add(time.Hour)
		must(t, db.AddUser(ctx, identity.User{ID: "u1", Name: "Ada", CreatedAt: at}))
		for _, thing := range []struct {
			name      string
			expiresAt time.Time
		}{{"old", past}, {"new", future}, {"newer", future}} {
			must(t, db.AddSignInLink(ctx, identity.Link{Hash: thing.name, UserID: "u1", ExpiresAt: thing.expiresAt}))
		}
		_, link := db.TakeSignInLink(ctx, "old")
		mustBe(t, link, fault.NotFound)
		_, link = db.TakeSignInLink(ctx, "new")
		must(t, link)
	})
}

// A passkey's counter is kept, and the sessions that began with it end with it, and no others.
func TestPasskeysAndTheirSessions(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		must(t, db.AddUser(ctx, identity.User{ID: "u1", Name: "Ada", CreatedAt: at}))
		key := passkey.Passkey{
			ID:           "p1",
			UserID:       "u1",
			Handle:       "h",
			CredentialID: "c1",
			Credential:   []byte(`{"n":1}`),
			Name:         "laptop",
			CreatedAt:    at,
		}
		must(t, db.AddPasskey(ctx, key))
		mustBe(t, db.AddPasskey(ctx, passkey.Passkey{ID: "p2", UserID: "u1", CredentialID: "c1"}), fault.Conflict)
		key.Credential, key.Synced, key.LastUsedAt = []byte(`{"n":2}`), true, at.Add(time.Hour)
		must(t, db.PasskeyUsed(ctx, key))
		found, err := db.PasskeyByCredential(ctx, "c1")
		must(t, err)
		if diff := cmp.Diff(key, found); diff != "" {
			t.Error(diff)
		}
		for id, with := range map[string]string{"s1": "p1", "s2": ""} {
			session := identity.Session{
				ID:        id,
				UserID:    "u1",
				How:       identity.ByPasskey,
				PasskeyID: with,
				BeganAt:   at,
				SeenAt:    at,
			}
			must(t, db.BeginSession(ctx, session, at.Add(-time.Hour), at.Add(-time.Hour), 10))
		}
		must(t, db.RemovePasskey(ctx, "p1"))
		mustBe(t, db.RemovePasskey(ctx, "p1"), fault.NotFound)
		_, _, err = db.SessionUser(ctx, "s1")
		mustBe(t, err, fault.NotFound)
		_, _, err = db.SessionUser(ctx, "s2")
		must(t, err)
		must(t, db.RemoveUser(ctx, "u1"))
		_, _, err = db.SessionUser(ctx, "s2")
		mustBe(t, err, fault.NotFound)
	})
}
