package issuer_test

import (
	"encoding/pem"
	"testing"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration"
)

// A version's trust anchors count besides those of the bank's profile, from its activation on.
func TestTrustAnchorsOfAVersionAreTheClients(t *testing.T) {
	s := stack.New(t)
	anchor := func(q *qtsp.QTSP) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: q.Root().Raw}))
	}
	stranger, err := qtsp.New(s.Now)
	if err != nil {
		t.Fatal(err)
	}
	// The catalogue knows another issuer than the one the bank has.
	other := map[string]any{"connection": map[string]any{"trust_anchors": []any{anchor(stranger)}}}
	if err := s.Catalogue.Override(stack.Institution, other); err != nil {
		t.Fatal(err)
	}
	r := s.Register(stack.Institution)
	s.DoSteps(r.ID)
	s.SaveBundle(r.ID, s.Import(qtsp.Request{}), s.Import(qtsp.Request{Kind: certs.QSealC}))
	report, err := s.Issuer.Test(t.Context(), stack.Engineer, r.ID)
	if err != nil || report.Passed {
		t.Fatalf("a bank of an unknown issuer is trusted: %+v, %v", report, err)
	}
	save := func(anchors ...string) {
		in := registration.BundleInput{TrustAnchors: append([]string{}, anchors...)}
		if _, err := s.Registrations.SaveBundle(t.Context(), stack.Engineer, r.ID, in); err != nil {
			t.Fatal(err)
		}
	}
	save(anchor(s.QTSP))
	s.TestConnection(r.ID)
	if done, err := s.Registrations.Activate(t.Context(), stack.Engineer, r.ID, 1); err != nil || !done {
		t.Fatal(err)
	}
	first, err := s.Issuer.Client(t.Context(), stack.Connector, r.ID)
	if err != nil {
		t.Fatal(err)
	}
	// Other anchors and nothing else: a client that is open already must not go on with the former ones.
	save(anchor(s.QTSP), anchor(stranger))
	s.TestConnection(r.ID)
	if done, err := s.Registrations.Activate(t.Context(), stack.Engineer, r.ID, 2); err != nil || !done {
		t.Fatal(err)
	}
	next, err := s.Issuer.Client(t.Context(), stack.Connector, r.ID)
	if err != nil || next == first {
		t.Errorf("the client is the same: %v, %v", next == first, err)
	}
}
