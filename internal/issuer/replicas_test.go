package issuer_test

import (
	"testing"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration"
)

// What one replica activates or retires, another follows by looking at the records.
func TestOtherReplicasFollow(t *testing.T) {
	s := stack.New(t)
	first := s.QTSP.MustIssue(t, qtsp.Request{})
	r := s.ActivateWith(first, s.QTSP.MustIssue(t, qtsp.Request{Kind: certs.QSealC}))
	ctx, replica := t.Context(), s.Replica().Issuer
	presented := func() string {
		t.Helper()
		client, err := replica.Client(ctx, stack.Connector, r.ID)
		if err != nil {
			t.Fatal(err)
		}
		return client.Probe(ctx)[0].Presented
	}
	follow := func() {
		t.Helper()
		if err := replica.FollowReplicas(ctx); err != nil {
			t.Fatal(err)
		}
	}
	follow() // nothing is open yet
	if got := presented(); got != first.Certificate.SHA256 {
		t.Fatalf("it presents %s", got)
	}
	before := entries(t, s)
	follow()
	if entries(t, s) != before {
		t.Error("it followed though nothing had changed")
	}

	next := s.QTSP.MustIssue(t, qtsp.Request{})
	s.SaveBundle(r.ID, s.ImportIssued(next), "")
	s.TestConnection(r.ID)
	if done, err := s.Registrations.Activate(ctx, stack.Engineer, r.ID, 2); err != nil || !done {
		t.Fatal(err)
	}
	follow()
	if got := presented(); got != next.Certificate.SHA256 {
		t.Errorf("after an activation elsewhere it presents %s", got)
	}
	if _, done, err := s.Registrations.RequestChange(ctx, stack.Engineer, r.ID, registration.ChangeRequest{
		Version: 2,
		Retire:  true,
	}); err != nil || !done {
		t.Fatal(err)
	}
	follow()
	_, err := replica.Client(ctx, stack.Connector, r.ID)
	if fault.Code(err) != "not_ready" {
		t.Errorf("after it was retired elsewhere: %v", err)
	}
}
