package store_test

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs/rules"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/vault"
)

// parsed is a query of the list of certificates, given as in an address.
func parsed(t *testing.T, text string) listing.Query {
	t.Helper()
	values, err := url.ParseQuery(text)
	must(t, err)
	q, err := vault.Certificates.Parse(values)
	must(t, err)
	return q
}

// names are the certificates that the list has, in its order.
func names(t *testing.T, db *store.DB, text string, now time.Time) string {
	t.Helper()
	page, err := db.CertificateSummaries(t.Context(), access.Whole(), parsed(t, text), now)
	must(t, err)
	var all []string
	for _, s := range page.Items {
		all = append(all, s.Name)
	}
	if page.Count.N != len(all) {
		t.Errorf("%s: counted %d, listed %d", text, page.Count.N, len(all))
	}
	return strings.Join(all, ", ")
}

// What lists say of a certificate is written with it, and finds it.
func TestCertificateList(t *testing.T) {
	now := time.Now().UTC().Truncate(time.Microsecond)
	ca := qtsp.Must(t)
	issue := func(id, name string, r qtsp.Request) vault.Record {
		issued := ca.MustIssue(t, r)
		return vault.Record{
			ID:        id,
			KeyID:     id,
			Name:      name,
			Leaf:      issued.Certificate,
			CreatedAt: now,
			KeyMode:   vault.KeyHeld,
			Line:      vault.Line{ID: id, Version: 1, Change: vault.First},
		}
	}
	records := []vault.Record{
		issue("a", "Équipe QWAC", qtsp.Request{NotAfter: now.AddDate(1, 0, 0)}),
		issue("b", "banque seal", qtsp.Request{Kind: certs.QSealC, NotAfter: now.AddDate(0, 0, 20)}),
		issue("c", "Zebra", qtsp.Request{
			OrganizationIdentifier: "PSDDE-BAFIN-777123456",
			Organization:           "Zebra GmbH",
			NotBefore:              now.AddDate(-1, 0, 0),
			NotAfter:               now.AddDate(0, 0, -1),
		}),
	}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for _, r := range records {
			must(t, db.BeginImport(t.Context(), r))
			must(t, db.FinishImport(t.Context(), r.ID))
		}
		for text, want := range map[string]string{
			"sort=name":                             "banque seal, Équipe QWAC, Zebra",
			"sort=-name":                            "Zebra, Équipe QWAC, banque seal",
			"sort=not_after":                        "Zebra, banque seal, Équipe QWAC",
			"kind=qsealc":                           "banque seal",
			"finding=error":                         "Zebra",
			"organization=PSDDE-BAFIN-777123456":    "Zebra",
			"ends_in_days=60":                       "banque seal",
			"state=pending":                         "",
			"ended=true":                            "",
			"q=equipe":                              "Équipe QWAC",
			"q=ZEB+gmb":                             "Zebra",
			"q=psdde-bafin":                         "Zebra",
			"q=777123456":                           "Zebra",
			"q=" + records[1].Leaf.SHA256[:10]:      "banque seal",
			"q=" + records[1].Leaf.Serial:           "banque seal",
			"q=zebra+banque":                        "",
			"q=%2D%2D":                              "",
			"sort=name&q=sealkeeper&kind=qwac":      "Équipe QWAC, Zebra",
			"sort=name&q=sealkeeper+test&limit=500": "banque seal, Équipe QWAC, Zebra",
		} {
			if got := names(t, db, text, now); got != want {
				t.Errorf("%s lists %q, want %q", text, got, want)
			}
		}
		retired := records[2]
		retired.State, retired.Retired = vault.Stored, vault.Retirement{Reason: "over", By: "x", At: now}
		must(t, db.RetireCertificate(t.Context(), retired))
		if got := names(t, db, "ended=true", now); got != "Zebra" {
			t.Errorf("out of use is %q", got)
		}
		if got := names(t, db, "finding=error", now); got != "" {
			t.Errorf("in use is %q", got)
		}
	})
}

// Findings follow the time, and rows from before are completed, while the service runs.
func TestCertificatesAreJudgedAgain(t *testing.T) {
	now := time.Now().UTC().Truncate(time.Microsecond)
	ca := qtsp.Must(t)
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for i := range 5 {
			id := fmt.Sprint("c", i)
			must(t, db.BeginImport(t.Context(), vault.Record{
				ID:    id,
				KeyID: id,
				Name:  "Certificate " + id,
				Leaf: ca.MustIssue(t, qtsp.Request{
					KeyType:  qtsp.P256,
					NotAfter: now.AddDate(0, 0, 300+i),
				}).Certificate,
				CreatedAt: now,
				Line:      vault.Line{ID: id, Version: 1},
			}))
		}
		judge := func(at time.Time) int {
			n := 0
			for {
				due, err := db.CertificatesToJudge(t.Context(), rules.Revision, at, 2)
				must(t, err)
				must(t, db.SkipCertificates(t.Context(), rules.Revision, due.Unreadable))
				if len(due.Records)+len(due.Unreadable) == 0 {
					return n
				}
				for _, r := range due.Records {
					must(t, db.JudgeCertificates(t.Context(), []vault.Judged{{
						Record:    r,
						Judgement: vault.JudgementOf(r, at),
					}}))
					n++
				}
			}
		}
		if n := judge(now); n != 0 {
			t.Errorf("%d were judged again at once", n)
		}
		later := now.AddDate(0, 0, 301).Add(time.Hour)
		if n := judge(later); n != 5 {
			t.Errorf("%d were judged again", n)
		}
		if got := names(t, db, "finding=error&sort=name", later); got != "Certificate c0, Certificate c1" {
			t.Errorf("errors: %s", got)
		}
		must(t, store.Exec(t.Context(), db, "DELETE FROM search_words"))
		must(t,
			store.Exec(t.Context(), db,
				"UPDATE certificates SET judged_rules = 0, judge_at = 0, name_key = '', issuer = ''"))
		if n := judge(later); n != 5 {
			t.Errorf("%d from before were completed", n)
		}
		// Another one is found too if its serial number begins with c3.
		if got := names(t, db, "q=certificate+c3", later); !strings.Contains(got, "Certificate c3") {
			t.Errorf("found %q", got)
		}
		must(t, store.Exec(t.Context(), db, "UPDATE certificates SET judged_rules = 0"))
		must(t, store.Exec(t.Context(), db,
			"UPDATE certificates SET chain_pem = 'cut off' WHERE id IN ('c0', 'c1', 'c2')"))
		if n := judge(later); n != 2 {
			t.Errorf("%d were judged beside those that cannot be read", n)
		}
	})
}

const manyCertificates = 100_000

// fill writes rows in bulk: what a list reads, and no certificate that could be parsed.
func fill(t *testing.T, db *store.DB) {
	t.Helper()
	numbers := "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < %d)"
	text := "'%s' || substr('00000000' || i, -8)"
	if store.IsPostgres(db) {
		numbers = "WITH n(i) AS (SELECT generate_series(0, %d - 1))"
		text = "'%s' || lpad(i::text, 8, '0')"
	}
	id, sha := fmt.Sprintf(text, "c-"), fmt.Sprintf(text, "f")
	numbers = fmt.Sprintf(numbers, manyCertificates)
	must(t, store.Exec(t.Context(), db, numbers+`
		INSERT INTO certificates (id, key_id, state, name, kind, sha256, organization_identifier, not_after, chain_pem,
			custody, created_at, created_by, line_id, line_version, name_key, severity, findings, judged_rules,
			judge_at)
		SELECT `+id+`, `+id+`, 'stored', 'Certificate ' || i, CASE i % 2 WHEN 0 THEN 'qwac' ELSE 'qsealc' END, `+sha+`,
			'PSDFR-ACPR-' || (i % 1000), 1800000000000000 + i, '', 'embedded', 1700000000000000 + i, 'x', `+id+`, 1,
			`+id+`, CASE i % 100 WHEN 0 THEN 3 ELSE 0 END, 0, 1, 9223372036854775807 FROM n`))
	must(t, store.Exec(t.Context(), db, numbers+`
		INSERT INTO search_words (kind, word, id) SELECT 'certificate', w.word, `+id+` FROM n,
			(SELECT 'certificate' AS word UNION SELECT '') w WHERE w.word <> ''`))
	must(t, store.Exec(t.Context(), db, numbers+`
		INSERT INTO search_words (kind, word, id) SELECT 'certificate', 'acpr' || (i % 1000), `+id+` FROM n`))
	must(t, store.Exec(t.Context(), db, "UPDATE certificates SET state = 'retired', ended = 1 WHERE id = 'c-00099999'"))
	for _, table := range []string{"certificates", "search_words"} {
		must(t, store.Vacuum(t.Context(), db, table))
	}
}

// With 100,000 certificates, every list is read by an index, on its first page and deep in it.
func TestListsUseIndexes(t *testing.T) {
	now := time.UnixMicro(1750000000000000).UTC()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		fill(t, db)
		for text, index := range map[string]string{
			"":                                          "certificates_created",
			"sort=not_after":                            "certificates_ends",
			"sort=-name":                                "certificates_name",
			"kind=qwac":                                 "certificates_kind_created",
			"finding=error&sort=not_after":              "certificates_severity_ends",
			"organization=PSDFR-ACPR-7":                 "certificates_organization_created",
			"organization=PSDFR-ACPR-7&sort=name":       "certificates_organization_name",
			"ends_in_days=3650&sort=not_after":          "certificates_ends",
			"ends_in_days=3650":                         "certificates_created",
			"ends_in_days=3650&sort=name":               "certificates_name",
			"state=stored&sort=-name":                   "certificates_name",
			"state=retired&sort=name":                   "certificates_state",
			"q=acpr77":                                  "search_words",
			"q=acpr77&ends_in_days=3650&sort=not_after": "search_words",
			"q=acpr77&organization=PSDFR-ACPR-77":       "search_words",
			"q=certificate":                             "certificates_created",
		} {
			t.Run(text, func(t *testing.T) {
				if index == "search_words" && !store.IsPostgres(db) {
					index = "certificates_found" // each of the few
				}
				q := parsed(t, text)
				if text == "" || strings.HasPrefix(text, "q=") || strings.HasPrefix(text, "kind") {
					q.Cursor = listing.Cursor{Values: []any{int64(1700000000000000 + manyCertificates/2), "c-00050000"}}
				}
				usesIndex(t, db, index, func(ctx context.Context) {
					page, err := db.CertificateSummaries(ctx, access.Whole(), q, now)
					must(t, err)
					if len(page.Items) == 0 {
						t.Error("nothing is listed")
					}
				})
			})
		}
		listInReach(t, db, now)
		newestOfMany(t, db, now)
		lineOfMany(t, db)
		touchedOfMany(t, db, now)
		judgedOfMany(t, db, now)
	})
}

// judgedOfMany writes what was judged where each certificate is, however many there are.
func judgedOfMany(t *testing.T, db *store.DB, now time.Time) {
	leaf := qtsp.Must(t).MustIssue(t, qtsp.Request{KeyType: qtsp.P256}).Certificate
	usesIndex(t, db, "UPDATE certificates", func(ctx context.Context) {
		record := vault.Record{ID: "c-00000007", KeyID: "c-00000007", Name: "Judged", Leaf: leaf, State: vault.Stored}
		must(t, db.JudgeCertificates(ctx, []vault.Judged{{Record: record, Judgement: vault.JudgementOf(record, now)}}))
	})
}

// lineOfMany finds a line by its index, which leaves certificates without a line out: every certificate's page asks.
func lineOfMany(t *testing.T, db *store.DB) {
	usesIndex(t, db, "certificates_line", func(ctx context.Context) {
		if _, err := db.CertificatesOfLine(ctx, "c-00000007"); err == nil {
			t.Error("a record without a certificate was read")
		}
	})
}

// touchedOfMany finds the first certificates that a rule to come touches, of all of them: Home asks.
func touchedOfMany(t *testing.T, db *store.DB, now time.Time) {
	rule := rules.DatedRule{Code: "a_rule", From: now}
	must(t, store.Exec(t.Context(), db, fmt.Sprintf(`INSERT INTO coming_rules (code, from_at, by_at, certificate_id)
		SELECT '%s', %d, not_after, id FROM certificates`, rule.Code, now.UnixMicro())))
	must(t, store.Vacuum(t.Context(), db, "coming_rules"))
	usesIndex(t, db, "coming_rules_by", func(ctx context.Context) {
		found, err := db.CertificatesTouched(ctx, access.Whole(),
			[]rules.DatedRule{{Code: "none", From: now}, rule}, now, 1)
		must(t, err)
		if len(found) != 1 || !found[0].Count.Over || !slices.Equal(found[0].IDs, []string{"c-00000000"}) {
			t.Errorf("found %+v", found)
		}
	})
}

// newestOfMany finds the newest certificate of an organization where it is, however many it has: every page of
// registrations asks.
func newestOfMany(t *testing.T, db *store.DB, now time.Time) {
	usesIndex(t, db, "certificates_newest", func(ctx context.Context) {
		found, err := db.NewestCertificates(ctx, now, []string{"PSDFR-ACPR-7"})
		must(t, err)
		if len(found) != 1 || found[0].ID != "c-00099007" {
			t.Errorf("the newest are %+v", found)
		}
	})
}

// listInReach lists for somebody who sees one organization, and for somebody who sees 200: the few certificates are
// looked up, and among the many the list is walked.
func listInReach(t *testing.T, db *store.DB, now time.Time) {
	var one, many access.Reach
	for i := range 200 {
		o := registration.Organization{
			ID:                     fmt.Sprintf("o-%d", i),
			LegalName:              fmt.Sprintf("Firm %d", i),
			OrganizationIdentifier: fmt.Sprintf("PSDFR-ACPR-%d", i),
		}
		must(t, db.AddOrganization(t.Context(), o))
		many.Organizations = append(many.Organizations, o.ID)
	}
	must(t, store.Vacuum(t.Context(), db, "organizations"))
	one.Organizations = many.Organizations[7:8]
	for _, c := range []struct {
		text  string
		reach access.Reach
		index string
		n     int
	}{
		{"", one, "certificates_organization", 100},
		{"sort=name&kind=qsealc", one, "certificates_organization", 100},
		{"sort=name&kind=qwac", one, "certificates_organization", 0},
		{"q=acpr8", one, "search_words", 0},
		{"q=certificate", one, "certificates_organization", 100},
		{"state=stored", one, "certificates_organization", 100},
		{"ends_in_days=3650", one, "certificates_", 100},
		{"", many, "certificates_created", listing.MaxCount},
		{"sort=-name", many, "certificates_name", listing.MaxCount},
		{"organization=PSDFR-ACPR-7", many, "certificates_organization", 100},
		{"organization=PSDFR-ACPR-200", many, "certificates_organization", 0},
		{"", access.Reach{}, "certificates", 0},
	} {
		t.Run(fmt.Sprintf("%s in the reach of %d", c.text, len(c.reach.Organizations)), func(t *testing.T) {
			usesIndex(t, db, c.index, func(ctx context.Context) {
				page, err := db.CertificateSummaries(ctx, c.reach, parsed(t, c.text), now)
				must(t, err)
				if page.Count.N != c.n || len(page.Items) != min(c.n, 50) {
					t.Errorf("%d are listed of %d, want %d", len(page.Items), page.Count.N, c.n)
				}
			})
		})
	}
}

// readsWhole finds what a plan says where a table that grows is read from one end to the other.
var readsWhole = regexp.MustCompile(`(Seq Scan on|\bSCAN) (certificates|search_words|registrations|audit_entries|` +
	`registration_looks|registration_tasks|bundles|consents|payments|organizations|applications|csrs|approvals)\b`)

// usesIndex fails the test unless each query is planned without reading a whole table, and one by the index.
func usesIndex(t *testing.T, db *store.DB, index string, ask func(ctx context.Context)) {
	t.Helper()
	plans, err := store.Plans(t.Context(), db, func() { ask(t.Context()) })
	must(t, err)
	for _, plan := range plans {
		_, how, _ := strings.Cut(plan, "\n")
		for line := range strings.Lines(how) {
			whole := readsWhole.MatchString(line) && !strings.Contains(line, "USING")
			if whole {
				t.Errorf("a table is read whole by\n%s", plan)
			}
		}
	}
	if !slices.ContainsFunc(plans, func(p string) bool { return strings.Contains(p, index) }) {
		t.Errorf("%s is not used by\n%s", index, strings.Join(plans, "\n"))
	}
}
