package identity_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/secret"
)

// session is somebody at the console, with a session that is there.
func (b *bench) session(t *testing.T, u identity.User) access.Caller {
	t.Helper()
	s, err := b.BeginSession(t.Context(), u.ID, identity.ByPasskey, "key-of-"+u.ID, "a browser")
	if err != nil {
		t.Fatal(err)
	}
	c := b.atConsole(u)
	c.Session = s.ID
	return c
}

// TestOwnTokens makes tokens, uses and ends them in every way in which they end.
func TestOwnTokens(t *testing.T) {
	onEach(t, func(t *testing.T, b *bench, root access.Caller) {
		ctx := t.Context()
		ada, err := b.AddUser(ctx, "Ada", []access.Role{access.Engineer})
		wants(t, "a user", err, "")
		own := b.session(t, ada)
		made := func() secret.Text {
			t.Helper()
			_, held, err := b.MakeToken(ctx, own, "laptop", time.Hour)
			wants(t, "making one", err, "")
			return held
		}
		ends := func(how string, held secret.Text, end func(ctx context.Context, id string) error) {
			t.Helper()
			caller, err := b.Caller(ctx, held)
			wants(t, how+": before", err, "")
			if caller.Way != access.ByToken || caller.Roles[0] != access.Engineer {
				t.Errorf("%s: %+v", how, caller)
			}
			all, err := b.OwnTokens(ctx, caller)
			wants(t, how+": the list", err, "")
			if len(all) != 1 || all[0].Name != "laptop" || all[0].LastUsedAt.IsZero() {
				t.Fatalf("%s: %+v", how, all)
			}
			wants(t, how, end(ctx, all[0].ID()), "")
			if _, err = b.Caller(ctx, held); refusal(err) != "token_invalid" && refusal(err) != "person_disabled" {
				t.Errorf("%s: it is still taken: %v", how, err)
			}
		}
		ends("revoking", made(), func(ctx context.Context, id string) error {
			return b.RevokeToken(ctx, own, ada.ID, id)
		})
		ends("an administrator's revoking", made(), func(ctx context.Context, id string) error {
			return b.RevokeToken(ctx, root, ada.ID, id)
		})
		ends("its end", made(), func(context.Context, string) error {
			b.now = b.now.Add(time.Hour + time.Second)
			return nil
		})
		own, root.ConfirmedAt = b.session(t, ada), b.now
		ends("disabling", made(), func(ctx context.Context, _ string) error { return b.Disable(ctx, root, ada.ID) })
	})
}

func TestOwnTokensAreRefused(t *testing.T) {
	onEach(t, func(t *testing.T, b *bench, root access.Caller) {
		ctx := t.Context()
		ada, err := b.AddUser(ctx, "Ada", []access.Role{access.Engineer})
		wants(t, "a user", err, "")
		own := b.session(t, ada)
		b.LimitTokens(2 * time.Hour)
		late, byToken := own, own
		late.ConfirmedAt = b.now.Add(-access.ConfirmedFor)
		byToken.Way = access.ByToken
		for name, test := range map[string]struct {
			caller access.Caller
			name   string
			lasts  time.Duration
			code   string
		}{
			"with a token":     {byToken, "x", time.Hour, "session_needed"},
			"not confirmed":    {late, "x", time.Hour, "confirm_needed"},
			"without a name":   {own, " ", time.Hour, "token_name"},
			"an unseen name":   {own, "a\u202eb", time.Hour, "token_name"},
			"without an end":   {own, "x", 0, "token_lifetime"},
			"longer than may":  {own, "x", 3 * time.Hour, "token_lifetime"},
			"as long as it is": {own, "x", 2 * time.Hour, ""},
		} {
			_, _, err := b.MakeToken(ctx, test.caller, test.name, test.lasts)
			wants(t, name, err, test.code)
		}
		for range identity.MaxTokens - 1 {
			_, _, err := b.MakeToken(ctx, own, "x", time.Hour)
			wants(t, "one more", err, "")
		}
		_, _, err = b.MakeToken(ctx, own, "x", time.Hour)
		wants(t, "one too many", err, "tokens_many")
		all, err := b.OwnTokens(ctx, own)
		wants(t, "the list", err, "")
		bob, err := b.AddUser(ctx, "Bob", []access.Role{access.Engineer})
		wants(t, "a user", err, "")
		wants(t, "somebody else's", b.RevokeToken(ctx, b.session(t, bob), ada.ID, all[0].ID()), "own_token_unknown")
	})
}

// TestTerminals: a code works once, in time and with its verifier alone.
func TestTerminals(t *testing.T) {
	onEach(t, func(t *testing.T, b *bench, root access.Caller) {
		ctx := t.Context()
		ada, err := b.AddUser(ctx, "Ada", []access.Role{access.Engineer})
		wants(t, "a user", err, "")
		own := b.session(t, ada)
		verifier := secret.NewTextString(strings.Repeat("v", 43))
		sum := sha256.Sum256(verifier.Bytes())
		challenge := base64.RawURLEncoding.EncodeToString(sum[:])
		code := func() secret.Text {
			t.Helper()
			code, _, err := b.AllowTerminal(ctx, own, challenge, "ada@laptop", time.Hour)
			wants(t, "allowing", err, "")
			return code
		}
		fetch := func(what string, code, verifier secret.Text, want string) secret.Text {
			t.Helper()
			_, _, held, err := b.FetchToken(ctx, code, verifier)
			wants(t, what, err, want)
			return held
		}
		_, _, err = b.AllowTerminal(ctx, own, "x", "ada@laptop", time.Hour)
		wants(t, "no challenge", err, "login_challenge")
		for what, name := range map[string]string{
			"no name":        " ",
			"a long name":    strings.Repeat("x", 61),
			"turned letters": "ada\u202elaptop",
			"two scripts":    "\u0430da",
		} {
			wants(t, what, b.CheckTerminal(challenge, name, time.Hour), "token_name")
		}
		first := code()
		held := fetch("the first time", first, verifier, "")
		if caller, err := b.Caller(ctx, held); err != nil || caller.ID != ada.ID {
			t.Errorf("%+v, %v", caller, err)
		}
		fetch("again", first, verifier, "login_code")
		other := code()
		fetch("another verifier", other, secret.NewTextString("w"), "login_code")
		fetch("after another verifier", other, verifier, "login_code")
		late := code()
		b.now = b.now.Add(identity.TerminalCodeLifetime + time.Second)
		fetch("late", late, verifier, "login_code")
		last := code()
		wants(t, "disabling", b.Disable(ctx, root, ada.ID), "")
		fetch("disabled meanwhile", last, verifier, "login_code")
	})
}

// TestALateLogout: what was made in a session that has ended at the provider ends with it, however late one hears of
// it, and what began since stays.
func TestALateLogout(t *testing.T) {
	onEach(t, func(t *testing.T, b *bench, _ access.Caller) {
		ctx := t.Context()
		shown := identity.Shown{
			Account: identity.Account{Issuer: "https://login.example/", Subject: "late", Provider: "firm"},
			Name:    "Ada",
			Roles:   []access.Role{access.Engineer},
			Sid:     "sid1",
		}
		begin := func() secret.Text {
			t.Helper()
			u, err := b.SignInWith(ctx, shown)
			wants(t, "signing in", err, "")
			s, err := b.BeginAccountSession(ctx, u.ID, shown, "a browser")
			wants(t, "a session", err, "")
			own := b.atConsole(u)
			own.Session = s.ID
			b.now = b.now.Add(8 * time.Minute)
			_, held, err := b.MakeToken(ctx, own, "laptop", 24*time.Hour)
			wants(t, "a token", err, "")
			return held
		}
		ended := b.now.Add(4 * time.Minute)
		of := begin()
		wants(t, "the logout", b.EndAccountSessions(ctx, shown.Issuer, shown.Subject, "", ended), "")
		_, err := b.Caller(ctx, of)
		wants(t, "made after the session had ended there", err, "token_invalid")

		since := begin()
		wants(t, "the logout again", b.EndAccountSessions(ctx, shown.Issuer, shown.Subject, "", ended), "")
		_, err = b.Caller(ctx, since)
		wants(t, "of a session that began since", err, "")

		behind := b.now.Add(-time.Hour) // the provider's clock is
		wants(t, "the session's logout", b.EndAccountSessions(ctx, shown.Issuer, shown.Subject, "sid1", behind), "")
		_, err = b.Caller(ctx, since)
		wants(t, "of the session that was named", err, "token_invalid")
	})
}

// TestTokensEndWithTheirAccount: what was made in a session that began with an account ends with that at the provider.
func TestTokensEndWithTheirAccount(t *testing.T) {
	onEach(t, func(t *testing.T, b *bench, _ access.Caller) {
		ctx := t.Context()
		shown := identity.Shown{
			Account: identity.Account{Issuer: "https://login.example/", Subject: "s1", Provider: "firm"},
			Name:    "Ada",
			Roles:   []access.Role{access.Engineer},
			Sid:     "sid1",
		}
		for how, end := range map[string]func(own access.Caller) error{
			"the provider's word": func(access.Caller) error {
				return b.EndAccountSessions(ctx, shown.Issuer, shown.Subject, "sid1", b.now)
			},
			"the account removed": func(own access.Caller) error {
				return b.RemoveAccount(ctx, own, shown.Issuer, shown.Subject)
			},
		} {
			shown.Subject, shown.Name = how, "Ada, "+how
			u, err := b.SignInWith(ctx, shown)
			wants(t, how, err, "")
			s, err := b.BeginAccountSession(ctx, u.ID, shown, "a browser")
			wants(t, how, err, "")
			own := b.atConsole(u)
			own.Session = s.ID
			long, held, err := b.MakeToken(ctx, own, "laptop", 7*24*time.Hour)
			wants(t, how, err, "")
			if lives := long.ExpiresAt.Sub(long.CreatedAt); lives != identity.SessionLongest {
				t.Errorf("%s: it is valid for %s", how, lives)
			}
			_, lasts, err := b.AllowTerminal(ctx, own, strings.Repeat("A", 43), "laptop", 24*time.Hour)
			wants(t, how+", a terminal", err, "")
			if lasts != identity.SessionLongest {
				t.Errorf("%s: a terminal may act for %s", how, lasts)
			}
			_, err = b.Caller(ctx, held)
			wants(t, how+", before", err, "")
			wants(t, how, end(own), "")
			_, err = b.Caller(ctx, held)
			wants(t, how+", then", err, "token_invalid")
		}
	})
}
