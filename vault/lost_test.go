package vault_test

import (
	"testing"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/vault"
)

// Custody comes back from a snapshot that is older than a key: that certificate, and no other, is to be ordered anew,
// and the registrations that use it are named.
func TestLostCertificates(t *testing.T) {
	s := stack.New(t)
	r := s.Activate()
	ctx := t.Context()
	lost, err := s.Vault.LostCertificates(ctx, operator)
	if err != nil || len(lost) != 0 {
		t.Fatalf("of a sound installation: %+v, %v", lost, err)
	}
	stored, err := s.DB.Certificates(ctx, vault.Stored)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Custody.DestroyKey(ctx, stored[0].KeyID); err != nil {
		t.Fatal(err)
	}
	lost, err = s.Vault.LostCertificates(ctx, operator)
	if err != nil || len(lost) != 1 || lost[0].Record.ID != stored[0].ID {
		t.Fatalf("lost: %+v, %v", lost, err)
	}
	uses, err := s.DB.CurrentUses(ctx, access.Whole(), stored[0].ID, 10)
	if err != nil || len(lost[0].Uses) != len(uses) {
		t.Errorf("its uses are %+v, want %+v, %v", lost[0].Uses, uses, err)
	}
	for _, u := range lost[0].Uses {
		if u.RegistrationID != r.ID {
			t.Errorf("it is used by %+v", u)
		}
	}
	if _, err := s.Vault.LostCertificates(ctx, stack.Auditor); err == nil {
		t.Error("anybody may ask")
	}
}
