package revocation_test

import (
	"crypto/x509"
	"slices"
	"testing"
	"time"

	judge "github.com/sealkeeper/sealkeeper/certs/revocation"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/revocation"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
)

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantCode(t testing.TB, err error, want string) {
	t.Helper()
	if code := fault.Code(err); err == nil || code != want {
		t.Fatalf("got %v, want the code %s", err, want)
	}
}

// results are those of a certificate and its chain, which has one issuer.
func results(t testing.TB, s *stack.Stack, id string) (leaf, issuer revocation.Result) {
	t.Helper()
	all, err := s.Revocation.OfCertificate(t.Context(), stack.Auditor, id)
	check(t, err)
	if len(all) != 2 {
		t.Fatalf("%d results", len(all))
	}
	return all[0], all[1]
}

func due(t testing.TB, s *stack.Stack) {
	t.Helper()
	_, err := s.Revocation.AskDue(t.Context())
	check(t, err)
}

// A certificate is asked about from its import on, its issuer too, whose own issuer nobody has stored.
func TestFromGoodToRevoked(t *testing.T) { storetest.Each(t, testFromGoodToRevoked) }

func testFromGoodToRevoked(t *testing.T, db *store.DB) {
	s, service := stack.Asking(t, stack.Options{DB: db})
	ctx := t.Context()
	issued := s.QTSP.MustIssue(t, qtsp.Request{KeyType: qtsp.P256})
	id := s.ImportIssued(issued)
	if leaf, issuer := results(t, s, id); leaf.State != revocation.NotChecked || issuer.State != revocation.NotChecked {
		t.Fatalf("before anybody was asked: %s, %s", leaf.State, issuer.State)
	}
	due(t, s)
	leaf, issuer := results(t, s, id)
	if leaf.State != revocation.Good || issuer.State != revocation.Good {
		t.Fatalf("%s %+v, %s %+v", leaf.State, leaf.Attempt, issuer.State, issuer.Attempt)
	}
	if a := leaf.Answer; a.Means != revocation.ByList || a.SHA256 == "" || a.Responder == "" || a.Source == "" ||
		!leaf.AskAt.After(s.Now) || leaf.AskAt.After(a.NextUpdate) {
		t.Errorf("%+v, due at %s", leaf.Answer, leaf.AskAt)
	}
	asked := service.Asked()
	due(t, s) // nothing is
	if now := service.Asked(); len(now) != len(asked) || now["/issuing.crl"] != 1 || now["/root.crl"] != 1 {
		t.Errorf("asked for %v", now)
	}

	service.Revoke(issued.Certificate.X509.SerialNumber, 1)
	s.Now = s.Now.Add(time.Hour)
	due(t, s)
	leaf, _ = results(t, s, id)
	if leaf.State != revocation.Revoked || leaf.Answer.Reason != "keyCompromise" || leaf.Answer.RevokedAt.IsZero() {
		t.Fatalf("%s %+v", leaf.State, leaf.Answer)
	}
	entries, err := s.Audit.Latest(ctx, stack.Auditor, 10)
	check(t, err)
	if e := entries[0]; e.Action != "cert.revoked" || e.Outcome != audit.Done || e.Object != issued.Certificate.SHA256 {
		t.Errorf("the audit log ends with %+v", e)
	}
	// It stays so, whatever comes later and however old that is.
	service.Release(issued.Certificate.X509.SerialNumber)
	s.Now = s.Now.Add(time.Hour)
	due(t, s)
	leaf, _ = results(t, s, id)
	if leaf.State != revocation.Revoked || leaf.Attempt.Cause != revocation.Contradicted {
		t.Errorf("released: %s %+v", leaf.State, leaf.Attempt)
	}
	s.Now = s.Now.Add(300 * 24 * time.Hour)
	if leaf, _ = results(t, s, id); leaf.State != revocation.Revoked {
		t.Errorf("long after: %s", leaf.State)
	}
}

// What was on hold is good again when its issuer says so.
func TestOnHold(t *testing.T) {
	s, service := stack.Asking(t, stack.Options{})
	issued := s.QTSP.MustIssue(t, qtsp.Request{KeyType: qtsp.P256})
	id := s.ImportIssued(issued)
	service.Revoke(issued.Certificate.X509.SerialNumber, 6)
	due(t, s)
	if leaf, _ := results(t, s, id); leaf.State != revocation.Revoked {
		t.Fatal(leaf.State)
	}
	service.Release(issued.Certificate.X509.SerialNumber)
	s.Now = s.Now.Add(2 * time.Hour)
	due(t, s)
	if leaf, _ := results(t, s, id); leaf.State != revocation.Good {
		t.Errorf("%s %+v", leaf.State, leaf.Attempt)
	}
}

// Whatever goes wrong at the issuer, the last good answer counts until its next update, and is stale then.
func TestMishaps(t *testing.T) {
	causes := map[qtsp.Mishap][]judge.Cause{
		qtsp.Silent:       {revocation.Unreachable},
		qtsp.Lapsed:       {revocation.Older, judge.Expired},
		qtsp.Forged:       {judge.Forged},
		qtsp.OtherSerial:  {judge.OtherCertificate, ""}, // its lists are in order
		qtsp.ToMetadata:   {revocation.Unreachable},     // of OCSP no redirect is followed at all
		qtsp.Flood:        {judge.Oversized},
		qtsp.Unacquainted: {""},
		qtsp.BrokenOff:    {judge.Malformed},
		qtsp.FromTomorrow: {judge.Future},
	}
	for _, mishap := range qtsp.Mishaps {
		t.Run(string(mishap), func(t *testing.T) {
			s, service := stack.Asking(t, stack.Options{})
			id := s.Import(qtsp.Request{KeyType: qtsp.P256})
			due(t, s)
			good, _ := results(t, s, id)
			service.Have(mishap)
			s.Now = s.Now.Add(30 * time.Minute)
			all, err := s.Revocation.AskNow(t.Context(), stack.Officer, id)
			check(t, err)
			after := all[0]
			kept := after.Answer.SHA256 == good.Answer.SHA256
			if after.State != revocation.Good || !kept && after.Attempt.Status != judge.Good {
				t.Errorf("%s %+v", after.State, after.Attempt)
			}
			if want := causes[mishap]; !slices.Contains(want, after.Attempt.Cause) {
				t.Errorf("cause %q, want one of %q", after.Attempt.Cause, want)
			}
			s.Now = good.Answer.Until.Add(time.Second)
			want := revocation.Stale
			switch mishap {
			case qtsp.Unacquainted:
				want = revocation.Unknown
			case qtsp.OtherSerial:
				want = revocation.Good
			}
			if after, _ = results(t, s, id); after.State != want {
				t.Errorf("later it is %s, want %s: %+v", after.State, want, after.Attempt)
			}
			service.Have(qtsp.None)
			s.Now = s.Now.Add(7 * time.Hour)
			due(t, s)
			if after, _ = results(t, s, id); after.State != revocation.Good || after.Failures != 0 {
				t.Errorf("at last it is %s %+v", after.State, after.Attempt)
			}
		})
	}
}

// A list's redirect into a network is not followed.
func TestListRedirectedInside(t *testing.T) {
	s, service := stack.Asking(t, stack.Options{})
	id := s.Import(qtsp.Request{KeyType: qtsp.P256, Change: func(c *x509.Certificate) { c.OCSPServer = nil }})
	service.Have(qtsp.ToMetadata)
	due(t, s)
	if leaf, _ := results(t, s, id); leaf.State != revocation.NoAnswer || leaf.Attempt.Cause != revocation.Inside {
		t.Errorf("%s %+v", leaf.State, leaf.Attempt)
	}
}

// A person may ask once in a minute; an installation that asks nobody says that nothing was checked.
func TestAskNow(t *testing.T) {
	s, service := stack.Asking(t, stack.Options{})
	ctx := t.Context()
	id := s.Import(qtsp.Request{KeyType: qtsp.P256})
	all, err := s.Revocation.AskNow(ctx, stack.Engineer, id)
	check(t, err)
	if all[0].State != revocation.Good || all[0].Answer.Means != revocation.ByOCSP || service.Asked()["/ocsp"] != 2 {
		t.Errorf("%+v, asked %v", all[0], service.Asked())
	}
	_, err = s.Revocation.AskNow(ctx, stack.Engineer, id)
	wantCode(t, err, "revocation_asked_lately")
	_, err = s.Revocation.AskNow(ctx, stack.Auditor, id)
	wantCode(t, err, "not_permitted")

	nobody := stack.New(t)
	id = nobody.Import(qtsp.Request{KeyType: qtsp.P256})
	due(t, nobody)
	_, err = nobody.Revocation.AskNow(ctx, stack.Engineer, id)
	wantCode(t, err, "outgoing_off")
	if leaf, _ := results(t, nobody, id); leaf.State != revocation.NotChecked {
		t.Errorf("where nobody is asked: %s", leaf.State)
	}
}
