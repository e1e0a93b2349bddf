package vault_test

import (
	"crypto/rand"
	"crypto/rsa"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs/rules"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/vault"
)

// An order for a short RSA key is warned of until the last minute of 2026 in Brussels, and then refused.
func TestShortRSAKeysAreOrderedUntilTheEndOf2026(t *testing.T) {
	b := newBench(t)
	b.now = time.Date(2026, 12, 31, 22, 59, 0, 0, time.UTC)
	made, err := b.CreateCSR(t.Context(), officer, vault.NewCSR{Template: order, Algorithm: "rsa-2048"})
	if err != nil {
		t.Fatal(err)
	}
	if found := made.Findings(b.now); len(found) != 1 || found[0].Severity != rules.SeverityWarning {
		t.Errorf("in time: %+v", found)
	}
	b.now = b.now.Add(time.Minute)
	if found := made.Findings(b.now); len(found) != 1 || found[0].Severity != rules.SeverityError {
		t.Errorf("what was asked for and not issued: %+v", found)
	}
	_, err = b.CreateCSR(t.Context(), officer, vault.NewCSR{Template: order, Algorithm: "rsa-2048"})
	expect(t, err, fault.Invalid, "order_rsa_too_short")
	if all, err := b.CSRPage(t.Context(), officer, vault.CSRsListed.Query()); err != nil || len(all.Items) != 1 {
		t.Errorf("%d requests, %v", len(all.Items), err)
	}
	if _, err = b.CreateCSR(t.Context(), officer, vault.NewCSR{Template: order}); err != nil {
		t.Errorf("the usual key: %v", err)
	}
}

// A renewal for the same short RSA key is taken if it was issued in time, whenever it comes.
func TestShortRSAKeysAreNotRenewedAfter2026(t *testing.T) {
	b := newBench(t)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	b.now = time.Date(2027, 2, 1, 12, 0, 0, 0, time.UTC)
	issued := func(day time.Time) vault.Files {
		return files(issue(t, qtsp.Request{Key: key, NotBefore: day, NotAfter: day.AddDate(1, 0, 0)}))
	}
	inTime := time.Date(2026, 12, 31, 23, 59, 59, 0, time.UTC)
	for _, day := range []time.Time{inTime.AddDate(0, -6, 0), inTime} {
		if _, err := b.Import(t.Context(), officer, issued(day)); err != nil {
			t.Fatalf("issued on %s: %v", day, err)
		}
	}
	_, err = b.Import(t.Context(), officer, issued(inTime.Add(time.Second)))
	expect(t, err, fault.Invalid, "key_not_for_renewal")
}
