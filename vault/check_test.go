package vault_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/fault"
	"github.com/sealkeeper/sealkeeper/internal/stacktest"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/vault"
)

func TestCheckCustodyBothWays(t *testing.T) {
	s, _ := firm(t)
	ctx := t.Context()
	look := func(v *vault.Vault) []vault.Orphan {
		t.Helper()
		found, err := v.CheckCustody(ctx, operator)
		if err != nil {
			t.Fatal(err)
		}
		return found.Orphans
	}
	if found := look(s.Vault); len(found) > 0 {
		t.Fatalf("orphans of a sound installation: %+v", found)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := certs.NewPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := s.DB.Certificates(ctx, vault.Stored)
	if err != nil {
		t.Fatal(err)
	}
	_, putErr := s.Custody.Put(ctx, "z-document", map[string]string{"type": "credentials"}, 0)
	err = errors.Join(putErr, s.Custody.ImportKey(ctx, "z-key", stranger), s.Custody.Delete(ctx, stored[0].ID), s.Custody.DestroyKey(ctx, stored[0].KeyID))
	if err != nil {
		t.Fatal(err)
	}
	want := []vault.Orphan{{InCustody: true, Kind: "key", ID: "z-key"}, {Kind: "The certificate " + stored[0].Name, ID: stored[0].KeyID},
		{InCustody: true, Kind: "credentials document", ID: "z-document"}, {Kind: "The certificate " + stored[0].Name, ID: stored[0].ID}}
	if diff := cmp.Diff(want, look(s.Vault), cmpopts.IgnoreFields(vault.Orphan{}, "Text")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// Reported, and still there: it may be another database's.
	if _, err := s.Custody.PublicKeys(ctx, "z-key"); err != nil {
		t.Error(err)
	}
	// Before an empty database everything is an orphan.
	all := look(over(s, storetest.SQLite(t)))
	if len(all) < 10 {
		t.Errorf("only %d orphans", len(all))
	}
	if _, err := s.Vault.CheckCustody(ctx, stacktest.Officer); !errors.Is(err, fault.Denied) {
		t.Errorf("an officer: %v", err)
	}
}

// The record of a write that was cut off explains what is in custody until it is settled.
func TestPendingIsNoOrphan(t *testing.T) {
	s := stacktest.New(t)
	s.Register(stacktest.Institution) // its copies are behind
	found, err := s.Vault.CheckCustody(t.Context(), operator)
	if err != nil || len(found.Orphans) > 0 {
		t.Errorf("%+v, %v", found, err)
	}
}
