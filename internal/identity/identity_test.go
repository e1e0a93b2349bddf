package identity_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/secret"
)

// bench is the service on a real database, with a clock to turn.
type bench struct {
	*identity.Service
	db  *store.DB
	now time.Time
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{db: storetest.SQLite(t), now: time.Now()}
	clock := func() time.Time { return b.now }
	b.Service = identity.New(b.db, audit.New(b.db, clock), clock)
	if _, err := b.AddUser(t.Context(), "Ada", []access.Role{access.Compliance}); err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSignInLinkWorksOnceAndNotForLong(t *testing.T) {
	b := newBench(t)
	link, err := b.NewSignInLink(t.Context(), "Ada")
	if err != nil {
		t.Fatal(err)
	}
	u, err := b.SignIn(t.Context(), link)
	if err != nil || u.Name != "Ada" || !u.Caller(time.Now()).May(access.CertImport) {
		t.Fatalf("got %+v, %v", u, err)
	}
	if _, err := b.SignIn(t.Context(), link); !errors.Is(err, fault.Unauthenticated) {
		t.Errorf("the second time: %v", err)
	}
	late, err := b.NewSignInLink(t.Context(), "Ada")
	if err != nil {
		t.Fatal(err)
	}
	b.now = b.now.Add(identity.LinkLifetime + time.Second)
	if _, err := b.SignIn(t.Context(), late); !errors.Is(err, fault.Unauthenticated) {
		t.Errorf("too late: %v", err)
	}
	entries, err := b.db.LatestAudit(t.Context(), 10)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range slices.Backward(entries) {
		got = append(got, strings.TrimSpace(fmt.Sprintf("%s %s %s", e.Action, e.Outcome, e.Detail)))
	}
	want := []string{
		"user.manage allowed", "user.manage done created with roles compliance", "token.manage allowed",
		"token.manage done sign-in link made",
		"session.start done sign-in link",
		"session.start denied This sign-in link was already used or has expired; ask for a new one.",
		"token.manage allowed", "token.manage done sign-in link made",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestBearerTokens(t *testing.T) {
	b := newBench(t)
	short, err := b.NewToken(t.Context(), "Ada", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for _, lifetime := range []time.Duration{0, -1, 2 * identity.TokenLongest} {
		if _, err := b.NewToken(t.Context(), "Ada", lifetime); refusal(err) != "token_lifetime" {
			t.Errorf("for %s: %v", lifetime, err)
		}
	}
	long, err := b.NewToken(t.Context(), "Ada", 24*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for _, token := range []secret.Text{short, long} {
		if caller, err := b.Caller(t.Context(), token); err != nil || caller.Name != "Ada" {
			t.Errorf("got %+v, %v", caller, err)
		}
	}
	b.now = b.now.Add(2 * time.Hour)
	if _, err := b.Caller(t.Context(), short); !errors.Is(err, fault.Unauthenticated) {
		t.Errorf("an expired token: %v", err)
	}
	if _, err := b.Caller(t.Context(), long); err != nil {
		t.Error(err)
	}
	for _, wrong := range []string{"", "x", long.Reveal() + "x"} {
		if _, err := b.Caller(t.Context(), secret.NewTextString(wrong)); !errors.Is(err, fault.Unauthenticated) {
			t.Errorf("token %q: %v", wrong, err)
		}
	}
}

func TestRevokeAndRemove(t *testing.T) {
	b := newBench(t)
	token, err := b.NewToken(t.Context(), "Ada", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	link, err := b.NewSignInLink(t.Context(), "Ada")
	if err != nil {
		t.Fatal(err)
	}
	if err := b.RevokeTokens(t.Context(), "Ada"); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Caller(t.Context(), token); !errors.Is(err, fault.Unauthenticated) {
		t.Errorf("a revoked token: %v", err)
	}
	if _, err := b.SignIn(t.Context(), link); !errors.Is(err, fault.Unauthenticated) {
		t.Errorf("a revoked link: %v", err)
	}
	if token, err = b.NewToken(t.Context(), "Ada", time.Hour); err != nil {
		t.Fatal(err)
	}
	if err := b.RemoveUser(t.Context(), "Ada"); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Caller(t.Context(), token); !errors.Is(err, fault.Unauthenticated) {
		t.Errorf("a token of a removed user: %v", err)
	}
	if all, err := b.Users(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("got %v, %v", all, err)
	}
	if err := b.RemoveUser(t.Context(), "Ada"); !errors.Is(err, fault.NotFound) {
		t.Errorf("removing nobody: %v", err)
	}
}

// A link is no token and a token is no link.
func TestKindsOfTokensAreNotExchangeable(t *testing.T) {
	b := newBench(t)
	link, err := b.NewSignInLink(t.Context(), "Ada")
	if err != nil {
		t.Fatal(err)
	}
	token, err := b.NewToken(t.Context(), "Ada", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Caller(t.Context(), link); !errors.Is(err, fault.Unauthenticated) {
		t.Errorf("a link as token: %v", err)
	}
	if _, err := b.SignIn(t.Context(), token); !errors.Is(err, fault.Unauthenticated) {
		t.Errorf("a token as link: %v", err)
	}
}

func TestUsersAreChecked(t *testing.T) {
	b := newBench(t)
	for name, roles := range map[string][]access.Role{
		"":            {access.Admin},
		"No role":     nil,
		"Unknown":     {"root"},
		"The program": {access.System},
	} {
		if _, err := b.AddUser(t.Context(), name, roles); !errors.Is(err, fault.Invalid) {
			t.Errorf("user %q with %v: %v", name, roles, err)
		}
	}
	again, err := b.EnsureUser(t.Context(), "Ada", []access.Role{access.Admin})
	if err != nil || again.Caller(time.Now()).May(access.BundleWrite) {
		t.Errorf("ensuring a user changed its roles: %+v, %v", again, err)
	}
	if _, err := b.NewToken(t.Context(), "Nobody", time.Hour); !errors.Is(err, fault.NotFound) {
		t.Errorf("a token for nobody: %v", err)
	}
}
