package store_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/vault"
)

func certificate(t *testing.T) vault.Record {
	issued := qtsp.Must(t).MustIssue(t, qtsp.Request{Kind: certs.QSealC, KeyType: qtsp.P256})
	chain := make([]*certs.Certificate, len(issued.Chain))
	for i, der := range issued.Chain {
		c, err := certs.ParseCertificate(der)
		must(t, err)
		chain[i] = c
	}
	return vault.Record{
		ID:        "c-" + issued.Certificate.SHA256[:8],
		State:     vault.Pending,
		Name:      "seal",
		Leaf:      issued.Certificate,
		Chain:     chain,
		Custody:   "embedded",
		CreatedAt: at,
		CreatedBy: "u1",
	}
}

func TestCertificates(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, want := t.Context(), certificate(t)
		_, err := db.CertificateByID(ctx, want.ID)
		mustBe(t, err, fault.NotFound)
		must(t, db.BeginImport(ctx, want))
		again := want
		again.ID = "other"
		mustBe(t, db.BeginImport(ctx, again), fault.Conflict)

		got, err := db.CertificateByFingerprint(ctx, want.Leaf.SHA256)
		must(t, err)
		if diff := cmp.Diff(summary(want), summary(got)); diff != "" {
			t.Error(diff)
		}
		must(t, db.FinishImport(ctx, want.ID))
		mustBe(t, db.FinishImport(ctx, want.ID), fault.Conflict)
		mustBe(t, db.AbandonImport(ctx, want.ID), fault.Conflict)
		stored, err := db.Certificates(ctx, vault.Stored)
		must(t, err)
		pending, err := db.Certificates(ctx, vault.Pending)
		must(t, err)
		if len(stored) != 1 || len(pending) != 0 {
			t.Errorf("%d stored and %d pending, want 1 and 0", len(stored), len(pending))
		}
	})
}

func summary(r vault.Record) []string {
	return []string{r.ID, string(r.State), r.Name, r.ChainPEM(), r.Custody, r.CreatedAt.String(), r.CreatedBy}
}

func TestAbandonedImportLeavesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := certificate(t)
		must(t, db.BeginImport(t.Context(), r))
		must(t, db.AbandonImport(t.Context(), r.ID))
		must(t, db.BeginImport(t.Context(), r))
	})
}
