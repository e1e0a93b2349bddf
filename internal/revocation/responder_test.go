package revocation_test

import (
	"testing"
	"time"

	judge "github.com/sealkeeper/sealkeeper/certs/revocation"
	"github.com/sealkeeper/sealkeeper/internal/revocation"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
)

// A responder that the issuer has charged with answering is looked at itself: whether it need not be checked, when its
// certificate ends, and whether that was revoked, after which its answers are none.
func TestResponder(t *testing.T) {
	s, service := stack.Asking(t, stack.Options{})
	id := s.Import(qtsp.Request{KeyType: qtsp.P256})
	due(t, s)
	asked := func() revocation.Check {
		t.Helper()
		s.Now = s.Now.Add(30 * time.Minute)
		all, err := s.Revocation.AskNow(t.Context(), stack.Officer, id)
		check(t, err)
		return all[0].Check
	}
	if a := asked().Answer; a.Means != revocation.ByOCSP || !a.ResponderEnds.IsZero() || a.ResponderState != "" {
		t.Errorf("the issuer itself: %+v", a)
	}
	ends := s.Now.AddDate(0, 0, 20).UTC().Truncate(time.Second)
	_, err := service.Delegate(true, ends)
	check(t, err)
	a := asked().Answer
	if !a.ResponderEnds.Equal(ends) || a.ResponderState != revocation.ResponderExempt {
		t.Errorf("exempt: %+v", a)
	}
	own, err := service.Delegate(false, ends)
	check(t, err)
	if a = asked().Answer; a.ResponderState != revocation.ResponderGood {
		t.Errorf("to be checked: %+v", a)
	}
	kept := a.SHA256
	service.Revoke(own.SerialNumber, 1)
	now := asked()
	if now.Answer.SHA256 != kept && now.Answer.Means == revocation.ByOCSP {
		t.Errorf("what a revoked responder has signed counts: %+v", now.Answer)
	}
	if now.Attempt.Means == revocation.ByOCSP && now.Attempt.Cause != judge.ResponderRevoked {
		t.Errorf("a revoked responder: %+v", now.Attempt)
	}
}
