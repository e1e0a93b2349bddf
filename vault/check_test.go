package vault_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/store/custody"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/secret"
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
	_, putErr := s.Custody.Put(ctx, "z-document", map[string]string{"type": "tokens"}, 0)
	err = errors.Join(putErr, s.Custody.ImportKey(ctx, "z-key", stranger), s.Custody.Delete(ctx, stored[0].ID),
		s.Custody.DestroyKey(ctx, stored[0].KeyID))
	if err != nil {
		t.Fatal(err)
	}
	want := []vault.Orphan{{InCustody: true, Kind: "key", ID: "z-key"}, {
		Kind: "The certificate " + stored[0].Name,
		ID:   stored[0].KeyID,
	},
		{InCustody: true, Kind: "tokens document", ID: "z-document"}, {
			Kind: "The certificate " + stored[0].Name,
			ID:   stored[0].ID,
		}}
	if diff := cmp.Diff(want, look(s.Vault), cmpopts.IgnoreFields(vault.Orphan{}, "Text")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// Reported, and still there: it may be another database's.
	if _, err := s.Custody.PublicKeys(ctx, "z-key"); err != nil {
		t.Error(err)
	}
	// Before an empty database everything is an orphan.
	all := look(over(t, s, storetest.SQLite(t)))
	if len(all) < 10 {
		t.Errorf("only %d orphans", len(all))
	}
	if _, err := s.Vault.CheckCustody(ctx, stack.Officer); !errors.Is(err, fault.Denied) {
		t.Errorf("an officer: %v", err)
	}
}

// Changing a draft's client secret leaves the old one in custody: said, and no orphan.
func TestReplacedSecretIsNoOrphan(t *testing.T) {
	s, _ := firm(t)
	replaced := secret.NewTextString("replaced")
	ref, _, err := s.Vault.RenewCredentials(t.Context(), stack.Engineer, "", "id", replaced, nil)
	if err != nil {
		t.Fatal(err)
	}
	found, err := s.Vault.CheckCustody(t.Context(), operator)
	if diff := cmp.Diff([]string{ref}, found.Unused); err != nil || diff != "" || len(found.Orphans) > 0 {
		t.Errorf("%+v, %v %s", found, err, diff)
	}
}

// One damaged document or key hides none of the others.
func TestEveryDamageIsNamed(t *testing.T) {
	s, _ := firm(t)
	ctx, rows := t.Context(), s.DB.CustodyRows()
	stored, err := s.DB.Certificates(ctx, vault.Stored)
	if err != nil {
		t.Fatal(err)
	}
	var organization string
	err = s.DB.EachNaming(ctx, vault.HeldDocument, func(page []vault.Naming) error {
		for _, n := range page {
			if n.What == "The organization" {
				organization = n.ID
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	_, version, err := s.Custody.Get(ctx, organization)
	if err != nil {
		t.Fatal(err)
	}
	_, garbage := s.Custody.Put(ctx, organization, map[string]string{"foo": "bar"}, version)
	err = errors.Join(garbage, alter(ctx, rows, "document", stored[0].ID), alter(ctx, rows, "document", stored[1].ID),
		alter(ctx, rows, "key", stored[1].KeyID))
	if err != nil {
		t.Fatal(err)
	}
	now, _, err := s.Vault.Inventory(ctx, operator)
	if err != nil || len(now.Damaged()) != 4 {
		t.Errorf("inventory: %q, %v", now.Damaged(), err)
	}
	wanted := []string{organization, stored[0].ID, stored[1].ID}
	checked, err := s.Vault.CheckCustody(ctx, operator)
	if err != nil || len(checked.Orphans) != 3 {
		t.Errorf("check: %+v, %v", checked.Orphans, err)
	}
	found, err := s.Vault.Reindex(ctx, operator, s.DB, true)
	if err != nil || len(found.Problems) != 3 || found.Secrets[""] > 0 {
		t.Errorf("reindex: %+v, %v", found, err)
	}
	for _, id := range wanted {
		if !slices.ContainsFunc(checked.Orphans, func(o vault.Orphan) bool {
			return o.ID == id
		}) || !strings.Contains(strings.Join(found.Problems, " "), id) {
			t.Errorf("%s is not named: %+v %q", id, checked.Orphans, found.Problems)
		}
	}
}

// alter puts something else in the place of a sealed row.
func alter(ctx context.Context, rows custody.Rows, kind, id string) error {
	row, err := rows.Get(ctx, kind, id)
	if err != nil {
		return err
	}
	row.Version++
	return rows.Put(ctx, row) // sealed for the version before
}

// The record of a write that was cut off explains what is in custody until it is settled.
func TestPendingIsNoOrphan(t *testing.T) {
	s := stack.New(t)
	s.Register(stack.Institution) // its copies are behind
	found, err := s.Vault.CheckCustody(t.Context(), operator)
	if err != nil || len(found.Orphans) > 0 {
		t.Errorf("%+v, %v", found, err)
	}
}

// What a crash under load leaves to be copied is no orphan, however much it is.
func TestManyPendingAreNoOrphans(t *testing.T) {
	s := stack.New(t)
	const many = 600
	for i := range many {
		if err := s.DB.AddOrganization(t.Context(), registration.Organization{
			ID:                     fmt.Sprintf("many-%d", i),
			LegalName:              fmt.Sprintf("Exemple %d SAS", i),
			Country:                "FR",
			OrganizationIdentifier: fmt.Sprintf("PSDFR-ACPR-%d", 20000+i),
			NCA:                    "ACPR",
			CreatedAt:              time.Now(),
		}); err != nil {
			t.Fatal(err)
		}
	}
	found, err := s.Vault.CheckCustody(t.Context(), operator)
	if err != nil || len(found.Orphans) > 0 {
		t.Errorf("%d orphans, %v", len(found.Orphans), err)
	}
	if err := s.Vault.UpdateMirror(t.Context()); err != nil {
		t.Fatal(err)
	}
	pages := &paging{Custody: s.Custody}
	found, err = overCustody(t, pages, s.DB).CheckCustody(t.Context(), operator)
	if err != nil || len(found.Orphans) > 0 || found.Documents < many || pages.single > 0 || pages.several > 2 {
		t.Errorf("%+v, %v: read in %d pages, and %d documents by themselves", found, err, pages.several, pages.single)
	}
}

// paging counts how a custody's documents are read.
type paging struct {
	vault.Custody
	single, several int
}

func (p *paging) Get(ctx context.Context, id string) (map[string]string, int, error) {
	p.single++
	return p.Custody.Get(ctx, id)
}

func (p *paging) GetEach(
	ctx context.Context, ids []string, visit func(string, map[string]string, int, error) error,
) error {
	p.several++
	return p.Custody.GetEach(ctx, ids, visit)
}

// Before an empty database everything is an orphan: what is listed has a bound, and the rest is counted.
func TestListedOrphansHaveABound(t *testing.T) {
	s := stack.New(t)
	const many = 1300
	for i := range many {
		if _, err := s.Custody.Put(t.Context(), fmt.Sprintf("x-%d", i), map[string]string{"type": "tokens"},
			0); err != nil {
			t.Fatal(err)
		}
	}
	found, err := s.Vault.CheckCustody(t.Context(), operator)
	if err != nil || len(found.Orphans) != 1000 || found.Omitted != many-1000 {
		t.Errorf("%d orphans are listed and %d are not, %v", len(found.Orphans), found.Omitted, err)
	}
}

// What one replica has compared, another knows, and one that starts later.
func TestReplicasShareTheComparison(t *testing.T) {
	s := stack.New(t)
	if err := s.Vault.WatchCustody(t.Context()); err != nil {
		t.Fatal(err)
	}
	mine, err := s.Vault.LastCheck(t.Context())
	if err != nil || mine == nil {
		t.Fatal(mine, err)
	}
	theirs, err := s.Replica().Vault.Comparison(t.Context(), stack.Auditor)
	if diff := cmp.Diff(mine, theirs); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

// copying is a custody in which the copies of records are written just after its documents were listed.
type copying struct {
	vault.Custody
	copies func(context.Context) error
}

func (c copying) List(ctx context.Context) ([]string, error) {
	ids, err := c.Custody.List(ctx)
	return ids, errors.Join(err, c.copies(ctx))
}

// Copies that are written while the check reads are no orphans either.
func TestCopiedMeanwhileIsNoOrphan(t *testing.T) {
	s := stack.New(t)
	s.Register(stack.Institution)
	found, err := overCustody(t, copying{s.Custody, s.Vault.UpdateMirror}, s.DB).CheckCustody(t.Context(), operator)
	if err != nil || len(found.Orphans) > 0 {
		t.Errorf("%+v, %v", found.Orphans, err)
	}
	if changes, err := s.DB.Changed(t.Context(), 0, 1); err != nil || len(changes) > 0 {
		t.Errorf("behind are %v, %v", changes, err)
	}
}
