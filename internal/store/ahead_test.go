package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
)

// The year ahead has the certificates in use that end, of both kinds in one order, and no others.
func TestCertificatesInUseThatEnd(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		withRegistration(t, db)
		for i, c := range []string{"q1 qwac", "s1 qsealc", "q2 qwac", "s2 qsealc", "idle qwac", "gone qwac"} {
			id, kind, _ := strings.Cut(c, " ")
			ended := map[bool]int{true: 1}[id == "gone"]
			inserts(t, db, fmt.Sprintf(`INSERT INTO certificates (id, state, name, kind, sha256,
				organization_identifier, not_after, chain_pem, custody, created_at, created_by, key_id, ended)
				VALUES ('%[1]s', 'stored', 'ours', '%[2]s', '%[1]s', '', %[3]d, '', 'embedded', 0, 'u1', '%[1]s',
				%[4]d)`, id, kind, 10+i, ended))
		}
		for i, pair := range []string{"q1 s1", "q1 s2", "q2 s1", "gone s2"} {
			qwac, qsealc, _ := strings.Cut(pair, " ")
			inserts(t, db, fmt.Sprintf(`INSERT INTO registrations (id, application_id, institution_id, created_at)
				VALUES ('x%[1]d', 'a1', 'bank%[1]d', 0)`, i),
				fmt.Sprintf(`INSERT INTO bundles (id, registration_id, version, state, qwac_id, qsealc_id, client_id,
				credentials_ref, tested_at, test_passed, test_detail, activated_by, activated_at, created_by,
				created_at)
				VALUES ('x%[1]d', 'x%[1]d', 1, 'active', '%[2]s', '%[3]s', '', '', 0, true, '', '', 0, '', 0)`,
					i, qwac, qsealc))
		}
		for limit, want := range map[int]string{10: "q1 2, s1 2, q2 1, s2 2", 3: "q1 2, s1 2, q2 1"} {
			spans, err := db.Spans(t.Context(), time.UnixMicro(0), time.UnixMicro(20), limit)
			must(t, err)
			var got []string
			for _, s := range spans {
				got = append(got, fmt.Sprint(s.ID, " ", s.N))
			}
			if strings.Join(got, ", ") != want {
				t.Errorf("at most %d: %v, want %s", limit, got, want)
			}
		}
	})
}
