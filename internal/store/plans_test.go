package store_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/consent"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/vault"
)

// What is asked at every upload, every activation or every few seconds reads no whole table.
func TestFrequentQueriesUseTheirIndexes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		manyBundles(t, db)
		for name, asked := range map[string]struct {
			indexes []string // one of them in each plan, in order
			ask     func(ctx context.Context) error
		}{
			"the open request of a key": {[]string{"csrs_key"}, func(ctx context.Context) error {
				_, err := db.OpenCSROf(ctx, "00")
				return ignoreMissing(err)
			}},
			"pending requests": {[]string{"csrs_pending"}, func(ctx context.Context) error {
				_, err := db.PendingCSRs(ctx)
				return err
			}},
			"certificates whose copies are behind": {[]string{"certificates_stale"}, func(ctx context.Context) error {
				_, err := db.StaleCertificates(ctx, 10)
				return err
			}},
			"certificates under way": {[]string{"certificates_state"}, func(ctx context.Context) error {
				_, err := db.Certificates(ctx, vault.Pending, vault.Destroying)
				return err
			}},
			"active bundles of open clients": {[]string{"bundles_one_active"}, func(ctx context.Context) error {
				_, err := db.ActiveBundles(ctx, []string{"a", "b"})
				return err
			}},
			"former versions in use": {[]string{"service_uses_former"},
				func(ctx context.Context) error {
					_, err := db.OldVersionsUsed(ctx, time.UnixMicro(1), 10)
					return err
				}},
			"consents that are due": {[]string{"consents_answer", "consents_state", "consents_leftover"},
				func(ctx context.Context) error {
					_, err := db.DueConsents(ctx, time.Now(), 10)
					return err
				}},
			"consents of a customer": {
				[]string{"consents_customer", "consents_customer"},
				func(ctx context.Context) error {
					_, err := db.ConsentPage(ctx, consent.Selection{
						Reach: access.Whole(),
						Query: consent.Listed.Query().With(consent.FilterCustomer, "c-1"),
					})
					return err
				},
			},
			"where a thing belongs": {[]string{"registrations"}, func(ctx context.Context) error {
				_, err := db.Belonging(ctx, "many7")
				return err
			}},
			"service accounts of applications": {
				[]string{"service_applications"},
				func(ctx context.Context) error {
					_, err := db.ServiceAccountsOf(ctx, []string{"a1"})
					return err
				},
			},
			"certificates to judge by trusted lists": {
				[]string{"bundles_active_qwac"},
				func(ctx context.Context) error {
					_, err := db.NotJudgedBy(ctx, "lists", "", 500)
					return err
				},
			},
			"what may have been revoked": {
				[]string{"revocation_checks_due"},
				func(ctx context.Context) error {
					_, err := db.DueRevocations(ctx, time.Now(), 500)
					return err
				},
			},
			"the copy of a registration": {
				[]string{"registrations", "checklist_steps_record", "bank_emails_record", "bundles"},
				func(ctx context.Context) error {
					_, err := db.RecordRows(ctx, "registration", "r-1")
					return ignoreMissing(err)
				},
			},
		} {
			t.Run(name, func(t *testing.T) {
				var asking error
				plans, err := store.Plans(t.Context(), db, func() { asking = asked.ask(t.Context()) })
				if err != nil || asking != nil || len(plans) != len(asked.indexes) {
					t.Fatalf("%d plans for %d queries: %v, %v\n%s", len(plans), len(asked.indexes), err, asking,
						strings.Join(plans, "\n"))
				}
				for i, plan := range plans {
					if how := plan[strings.Index(plan, "\n"):]; !strings.Contains(how, asked.indexes[i]) ||
						strings.Contains(how, "Seq Scan") ||
						strings.Contains(how, "SCAN") && !strings.Contains(how, "USING INDEX "+asked.indexes[i]) &&
							!strings.Contains(how, "USING COVERING INDEX "+asked.indexes[i]) {
						t.Errorf("%s is not in the plan of\n%s", asked.indexes[i], plan)
					}
				}
			})
		}
	})
}

// manyBundles makes one index better than another.
func manyBundles(t *testing.T, db *store.DB) {
	withRegistration(t, db)
	numbers := "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)"
	if store.IsPostgres(db) {
		numbers = "WITH n(i) AS (SELECT generate_series(1, 2000))"
	}
	must(t, store.Exec(t.Context(), db, numbers+`
		INSERT INTO registrations (id, application_id, institution_id, created_at)
		SELECT 'many' || i, 'a1', 'many' || i, 0 FROM n`))
	must(t, store.Exec(t.Context(), db, numbers+`
		INSERT INTO bundles (id, registration_id, version, state, qwac_id, qsealc_id, client_id, credentials_ref,
			tested_at, test_passed, test_detail, activated_by, activated_at, created_by, created_at)
		SELECT 'many' || i, 'many' || i, 1, 'active', 'c', 'c', '', '', 0, false, '', '', 0, '', 0 FROM n`))
	must(t, store.Vacuum(t.Context(), db, "bundles"))
}

func ignoreMissing(err error) error {
	if errors.Is(err, fault.NotFound) {
		return nil
	}
	return err
}
