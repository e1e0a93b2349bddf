package store_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/vault"
)

// CSRs are found by name and key, and those that wait apart from those that were issued.
func TestCSRList(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		for i, id := range []string{"c1", "c2", "c3"} {
			r := vault.CSR{ID: id, Name: "psd2." + id + ".example", CreatedAt: at.Add(time.Duration(i) * time.Hour)}
			must(t, db.BeginCSR(ctx, r))
			if r.SPKISHA256 = "abcdef0" + id; id != "c3" {
				must(t, db.OpenCSR(ctx, r))
			}
		}
		must(t, store.Exec(ctx, db, "UPDATE csrs SET state = 'issued' WHERE id = 'c1'"))
		for text, want := range map[string]string{
			"":                     "c3 c2 c1",
			"sort=created_at":      "c1 c2 c3",
			"issued=true":          "c1",
			"issued=false":         "c3 c2",
			"q=psd2":               "c3 c2 c1",
			"q=abcdef0c2":          "c2",
			"q=abcdef&issued=true": "c1",
		} {
			page, err := db.CSRPage(ctx, access.Whole(), listQuery(t, vault.CSRsListed, text))
			must(t, err)
			var ids []string
			for _, r := range page.Items {
				ids = append(ids, r.ID)
			}
			if got := strings.Join(ids, " "); got != want || page.Count.N != len(ids) {
				t.Errorf("%q lists %q (%d), want %q", text, got, page.Count.N, want)
			}
		}
		must(t, db.DropCSR(ctx, "c3"))
		page, err := db.CSRPage(ctx, access.Whole(), listQuery(t, vault.CSRsListed, "q=c3"))
		if err != nil || len(page.Items) != 0 {
			t.Errorf("a CSR that was dropped is found: %+v, %v", page.Items, err)
		}
		if _, err := db.CSRByID(ctx, "c3"); fault.Code(err) != "not_found" {
			t.Errorf("a CSR that was dropped: %v", err)
		}
	})
}

// Requests for approval are found by what they are about, and in each state.
func TestApprovalList(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		for i, id := range []string{"p1", "p2", "p3"} {
			must(t, db.AddApproval(ctx, approval.Request{
				ID: id, Kind: "bundle.retire", Object: "r" + id, ObjectName: "Société " + id,
				RequestedByName: "Ada", State: approval.Open, RequestedAt: at.Add(time.Duration(i) * time.Hour),
			}))
		}
		must(t, db.MoveApproval(ctx, approval.Request{ID: "p1", State: approval.Rejected}, approval.Open))
		for text, want := range map[string]string{
			"":                      "p3 p2 p1",
			"sort=requested_at":     "p1 p2 p3",
			"state=open":            "p3 p2",
			"state=inbox":           "p3 p2",
			"state=rejected":        "p1",
			"object=rp2":            "p2",
			"kind=cert.retire":      "",
			"q=societe+ada":         "p3 p2 p1",
			"q=rp1":                 "p1",
			"q=societe&state=open":  "p3 p2",
			"q=nobody&state=failed": "",
		} {
			page, err := db.ApprovalPage(ctx, access.Whole(), listQuery(t, approval.Listed, text))
			must(t, err)
			var ids []string
			for _, r := range page.Items {
				ids = append(ids, r.ID)
			}
			if got := strings.Join(ids, " "); got != want || page.Count.N != len(ids) {
				t.Errorf("%q lists %q (%d), want %q", text, got, page.Count.N, want)
			}
		}
	})
}

// With 100,000 CSRs and requests for approval, every list is read by an index, on its first page and deep in it.
func TestRequestListsUseIndexes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		numbers := `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < 100000)`
		if store.IsPostgres(db) {
			numbers = "WITH n(i) AS (SELECT generate_series(0, 99999))"
		}
		must(t, db.BeginCSR(ctx, vault.CSR{ID: "c", CreatedAt: at}))
		must(t, db.AddApproval(ctx, approval.Request{ID: "p", Kind: "bundle.retire", State: approval.Open}))
		must(t, store.CopyRows(ctx, db, numbers, "csrs", "c", map[string]string{
			"id": "'x' || i", "created_at": "1700000000000000 + i",
			"state": "CASE WHEN i % 2 = 0 THEN 'issued' ELSE 'open' END",
		}))
		must(t, store.CopyRows(ctx, db, numbers, "approvals", "p", map[string]string{
			"id": "'x' || i", "object": "'o' || i", "requested_at": "1700000000000000 + i",
			"state": "CASE WHEN i % 2 = 0 THEN 'rejected' ELSE 'open' END",
		}))
		must(t, store.Vacuum(ctx, db, "csrs"))
		must(t, store.Vacuum(ctx, db, "approvals"))
		deep := func(spec listing.Spec, text string) listing.Query {
			q := listQuery(t, spec, text)
			q.Cursor = listing.Cursor{Values: []any{int64(1700000000050000), "x5"}}
			return q
		}
		csrs := func(text string) func(context.Context) {
			return func(ctx context.Context) {
				_, err := db.CSRPage(ctx, access.Whole(), deep(vault.CSRsListed, text))
				must(t, err)
			}
		}
		approvals := func(text string) func(context.Context) {
			return func(ctx context.Context) {
				_, err := db.ApprovalPage(ctx, access.Whole(), deep(approval.Listed, text))
				must(t, err)
			}
		}
		for what, asked := range map[string]struct {
			index string
			ask   func(context.Context)
		}{
			"CSRs":                  {"csrs_created", csrs("")},
			"CSRs, oldest first":    {"csrs_created", csrs("sort=created_at")},
			"CSRs that wait":        {"csrs_waiting", csrs("issued=false")},
			"CSRs that are issued":  {"csrs_issued", csrs("issued=true")},
			"requests":              {"approvals_newest", approvals("")},
			"open requests":         {"approvals_state", approvals("state=open")},
			"rejected requests":     {"approvals_state", approvals("state=rejected&sort=requested_at")},
			"requests of an object": {"approvals_", approvals("object=o7")},
		} {
			t.Run(what, func(t *testing.T) { usesIndex(t, db, asked.index, asked.ask) })
		}
	})
}
