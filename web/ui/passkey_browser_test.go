package ui_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
)

const (
	addForm     = `form[data-make]`
	addPasskey  = addForm + ` button`
	signInWith  = `form[action="/sign-in/passkey"] button`
	confirmWith = `.confirm button`
	failed      = `[data-failed]:not([hidden])`
)

// enrolled is a tab whose device has a passkey of a new person, who is signed in.
func enrolled(t *testing.T, s *console, name string, roles ...access.Role) (*tab, authenticator) {
	t.Helper()
	b := chromium(t, s)
	a := b.authenticator()
	s.user(t, name, roles...)
	b.open("/sign-in?token=" + s.link(t, name))
	b.submit("main form button", ".who strong")
	b.open("/account")
	b.submit(addPasskey, ".note.good")
	if n := len(a.keys()); n != 1 {
		t.Fatalf("the device has %d passkeys", n)
	}
	return b, a
}

func (b *tab) signOut() {
	b.t.Helper()
	b.submit(`form[action="/sign-out"] button`, signInWith)
}

// refusedFor is the code with which the newest attempt of an action was refused.
func (s *console) refusedFor(t *testing.T, action access.Action) string {
	t.Helper()
	entries, err := s.DB.LatestAudit(t.Context(), 50)
	check(t, err)
	for _, e := range entries {
		if e.Action == action && e.Outcome == audit.Denied {
			return e.Code
		}
	}
	return ""
}

// countSignatures sets how many signatures of somebody's only passkey are known.
func (s *console) countSignatures(t *testing.T, name string, n int) {
	t.Helper()
	u, err := s.DB.UserByName(t.Context(), name)
	check(t, err)
	keys, err := s.DB.PasskeysOf(t.Context(), u.ID)
	check(t, err)
	counter := regexp.MustCompile(`"signCount":\d+`)
	if !counter.Match(keys[0].Credential) {
		t.Fatalf("no counter in %s", keys[0].Credential)
	}
	keys[0].Credential = counter.ReplaceAll(keys[0].Credential, fmt.Appendf(nil, `"signCount":%d`, n))
	check(t, s.DB.PasskeyUsed(t.Context(), keys[0]))
}

// TestPasskeys is a passkey's life: made, used, refused when the device does not recognise its owner, signs with
// nonsense or has a second copy of the key; and removed.
func TestPasskeys(t *testing.T) {
	s := newLocalhost(t)
	b, a := enrolled(t, s, "Ada", access.Auditor)
	b.look("account")
	b.signOut()
	b.look("sign-in-passkey")
	b.submit(signInWith, ".who strong")
	b.signOut()

	a.verifies(false)
	b.click(signInWith, failed)
	a.verifies(true)

	s.Now = s.Now.Add(2 * time.Hour) // each refusal below is the first of its kind
	a.lies(false, true)
	b.submit(signInWith, ".note.bad[role=alert]:not([hidden])")
	if code := s.refusedFor(t, access.SessionStart); code != "passkey_refused" {
		t.Errorf("a device that did not recognise its owner: %q", code)
	}
	a.lies(true, false)
	check(t, s.Audit.Settle(t.Context(), true))
	b.submit(signInWith, ".note.bad[role=alert]:not([hidden])")
	check(t, s.Audit.Settle(t.Context(), true))
	if code := s.refusedFor(t, access.SessionStart); code != "repeated" {
		t.Errorf("a bad signature: %q", code)
	}
	a.lies(false, false)

	b.submit(signInWith, ".who strong")
	b.signOut()
	s.countSignatures(t, "Ada", 1000) // by another copy of the key
	b.submit(signInWith, ".note.bad[role=alert]:not([hidden])")
	if code := s.refusedFor(t, access.SessionStart); code != "passkey_cloned" {
		t.Errorf("a second copy of the key: %q", code)
	}
	s.countSignatures(t, "Ada", 1)
	b.submit(signInWith, ".who strong")

	// The last passkey goes with a word, and the session that began with it goes too.
	b.open("/account")
	b.submit(`form[action$="/remove"] button`, ".note.bad[role=alert]:not([hidden])")
	b.click(`form[action$="/remove"] [name=last]`, `form[action$="/remove"] [name=last]:checked`)
	b.submit(`form[action$="/remove"] button`, signInWith)
	b.submit(signInWith, ".note.bad[role=alert]:not([hidden])")
	if code := s.refusedFor(t, access.SessionStart); code != "passkey_unknown" {
		t.Errorf("a passkey that was removed: %q", code)
	}
}

// TestConfirming: what could do harm is done by somebody who has just shown that it is them, and then without
// typing anything again.
func TestConfirming(t *testing.T) {
	s := newLocalhost(t)
	b, a := enrolled(t, s, "Grace", access.Admin)
	s.user(t, "Emma", access.Engineer)
	emma, err := s.DB.UserByName(t.Context(), "Emma")
	check(t, err)
	s.Now = s.Now.Add(access.ConfirmedFor)
	b.open("/people/" + emma.ID)
	b.look("person")
	b.click(`[value=auditor]`, `[value=auditor]:checked`)
	b.submit(`form[action$="/roles"] button`, confirmWith)
	b.look("confirm")
	if u, err := s.DB.UserByID(t.Context(), emma.ID); err != nil || len(u.Roles) != 1 {
		t.Fatalf("changed before it was confirmed: %v, %v", u.Roles, err)
	}
	a.lies(true, false)
	b.submit(confirmWith, "h1")
	if code := s.refusedFor(t, access.SessionConfirm); code != "passkey_refused" {
		t.Errorf("confirming with a bad signature: %q", code)
	}
	a.lies(false, false)
	b.open("/people/" + emma.ID)
	b.click(`[value=auditor]`, `[value=auditor]:checked`)
	b.submit(`form[action$="/roles"] button`, confirmWith)
	b.submit(confirmWith, ".note.good")
	u, err := s.DB.UserByID(t.Context(), emma.ID)
	check(t, err)
	if len(u.Roles) != 2 || !u.Caller(time.Now()).May(access.AuditRead) {
		t.Errorf("the roles are %v", u.Roles)
	}
}

// TestTwoInvitedPeople join from an empty database, without a command line.
func TestJoining(t *testing.T) {
	s := newLocalhost(t)
	b, _ := enrolled(t, s, "Grace", access.Admin)
	b.open("/people")
	b.look("people")
	b.fill(map[string]string{`#name`: "Camille Durand"})
	b.click(`[name=role][value=compliance]`, `[name=role]:checked`)
	b.submit(`form[method=post][action="/people"] button`, "#link")
	b.look("invitation")
	address := strings.TrimPrefix(evaluate[string](b, `document.getElementById("link").value`), s.url)
	code := evaluate[string](b, `document.getElementById("code").textContent`)

	guest := chromium(t, s)
	guest.authenticator()
	guest.open(address)
	guest.look("join")
	guest.fill(map[string]string{`#code`: "0000 0000"})
	guest.submit("main form button", ".note.bad[role=alert]:not([hidden])")
	guest.fill(map[string]string{`#code`: code})
	guest.submit("main form button", addPasskey)
	guest.open("/certificates") // the passkey comes first
	guest.sees(addPasskey)
	guest.submit(addPasskey, ".note.good")
	guest.open("/certificates")
	if at := guest.address(); at != s.url+"/certificates" {
		t.Errorf("with a passkey, and yet at %s", at)
	}
	guest.open("/account")
	guest.signOut()
	guest.submit(signInWith, ".who strong")
	guest.open(address)
	guest.sees(".note.bad")
}
