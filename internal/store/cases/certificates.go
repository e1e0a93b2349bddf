package cases

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/cases"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

// certificates are facts by the certificates' ids. What is read later is asked for those alone that it matters to.
type certificates map[string]*cases.CertificateFacts

func (all certificates) which(matters func(f *cases.CertificateFacts) bool) []string {
	var ids []string
	for id, f := range all {
		if !f.Ended && matters(f) {
			ids = append(ids, id)
		}
	}
	return ids
}

func (all certificates) stored() []string {
	return all.which(func(*cases.CertificateFacts) bool { return true })
}

func (all certificates) inUse() []string {
	return all.which(func(f *cases.CertificateFacts) bool { return f.Count > 0 })
}

func (all certificates) unused() []string {
	return all.which(func(f *cases.CertificateFacts) bool { return f.Count == 0 })
}

// CertificateFacts implements cases.Facts.
func (s *Store) CertificateFacts(
	ctx context.Context, ids []string, places int,
) (map[string]*cases.CertificateFacts, error) {
	var rows []struct {
		ID, Name, Kind, OrganizationIdentifier, Issuer, State, ChainPEM string
		Ended                                                           int
		NotBefore, NotAfter                                             int64
	}
	err := s.many(ctx, &rows, "certificate", `SELECT id, name, kind, organization_identifier, issuer, state, ended,
		not_before, not_after, chain_pem AS chain_pem FROM certificates WHERE id IN ? AND state <> 'pending'`, ids)
	if err != nil {
		return nil, err
	}
	all := make(certificates, len(rows))
	for _, r := range rows {
		all[r.ID] = &cases.CertificateFacts{
			Name:         r.Name,
			Kind:         r.Kind,
			Organization: r.OrganizationIdentifier,
			Issuer:       r.Issuer,
			Ended:        r.Ended == 1 || r.State != "stored",
			NotBefore:    sqldb.FromMicros(r.NotBefore),
			NotAfter:     sqldb.FromMicros(r.NotAfter),
			ChainPEM:     r.ChainPEM,
		}
	}
	if err := s.uses(ctx, all, places); err != nil {
		return nil, err
	}
	for _, read := range []func(context.Context, certificates) error{
		s.declared, s.successors, s.revoked, s.withdrawn, s.registers,
	} {
		if err := read(ctx, all); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// many reads rows about things, of which there may be none.
func (s *Store) many(ctx context.Context, target any, what, query string, ids []string, more ...any) error {
	if len(ids) == 0 {
		return nil
	}
	return sqldb.Wrap(s.db.WithContext(ctx).Raw(query, append([]any{ids}, more...)...).Scan(target).Error, what)
}

// uses reads where certificates are in use.
func (s *Store) uses(ctx context.Context, all certificates, places int) error {
	var rows []struct{ CertificateID, RegistrationID, InstitutionID string }
	ids := all.stored()
	err := s.many(ctx, &rows, "bundle", `SELECT u.certificate_id, u.registration_id, r.institution_id FROM (
			SELECT qwac_id AS certificate_id, registration_id FROM bundles WHERE state = 'active' AND qwac_id IN ?
			UNION SELECT qsealc_id, registration_id FROM bundles WHERE state = 'active' AND qsealc_id IN ?) AS u
		JOIN registrations r ON r.id = u.registration_id ORDER BY u.certificate_id, u.registration_id`, ids, ids)
	if err != nil {
		return err
	}
	for _, r := range rows {
		f := all[r.CertificateID]
		if f.Count++; f.Count <= places {
			f.Registrations = append(f.Registrations, r.RegistrationID)
		}
		if !slices.Contains(f.Institutions, r.InstitutionID) {
			f.Institutions = append(f.Institutions, r.InstitutionID)
		}
	}
	return nil
}

// declared reads what somebody has declared compromised.
func (s *Store) declared(ctx context.Context, all certificates) error {
	var rows []struct {
		CertificateID string
		DeclaredAt    int64
	}
	err := s.many(ctx, &rows, "incident", `SELECT c.id AS certificate_id, MIN(i.declared_at) AS declared_at
		FROM incidents i JOIN certificates c ON c.id = i.certificate_id
			OR i.whole_key = 1 AND (c.key_id = i.key_id OR c.spki_sha256 = i.spki_sha256)
		WHERE i.withdrawn_at = 0 AND c.id IN ? GROUP BY c.id`, all.stored())
	if err != nil {
		return err
	}
	for _, r := range rows {
		f := all[r.CertificateID]
		f.Compromised = cases.Refused{Name: f.Name, At: sqldb.FromMicros(r.DeclaredAt)}
	}
	return nil
}

// successors counts where something else is in use since.
func (s *Store) successors(ctx context.Context, all certificates) error {
	var rows []struct {
		CertificateID string
		N             int
	}
	ids := all.unused()
	err := s.many(ctx, &rows, "bundle", `SELECT u.certificate_id, count(*) AS n FROM (
			SELECT qwac_id AS certificate_id, registration_id FROM bundles WHERE state = 'superseded' AND qwac_id IN ?
			UNION SELECT qsealc_id, registration_id FROM bundles WHERE state = 'superseded' AND qsealc_id IN ?) AS u
		WHERE EXISTS (SELECT 1 FROM bundles a WHERE a.registration_id = u.registration_id AND a.state = 'active')
		GROUP BY u.certificate_id`, ids, ids)
	if err != nil {
		return err
	}
	for _, r := range rows {
		all[r.CertificateID].Successors = r.N
	}
	return nil
}

// revoked reads what issuers have said of certificates and their chains.
func (s *Store) revoked(ctx context.Context, all certificates) error {
	var rows []struct {
		CertificateID string
		Position      int
		Certificate   []byte
		Answer        string
	}
	err := s.many(ctx, &rows, "revocation check", `SELECT e.certificate_id, e.position, r.certificate, r.answer
		FROM chain_elements e JOIN revocation_checks r ON r.sha256 = e.sha256
		WHERE e.certificate_id IN ? AND r.status = 'revoked' ORDER BY e.certificate_id, e.position`, all.inUse())
	if err != nil {
		return err
	}
	for _, r := range rows {
		var answer struct {
			RevokedAt time.Time `json:"revoked_at"`
		}
		_ = json.Unmarshal([]byte(r.Answer), &answer) // a store wrote it
		f := all[r.CertificateID]
		said := cases.Refused{Name: f.Name, At: answer.RevokedAt}
		if r.Position == 0 {
			f.Revoked = said
		} else if c, err := certs.ParseCertificate(r.Certificate); err == nil && f.IssuerRevoked.At.IsZero() {
			said.Name = c.Subject
			f.IssuerRevoked = said
		}
	}
	return nil
}

// withdrawn reads of whose services trusted lists say that they may no longer issue.
func (s *Store) withdrawn(ctx context.Context, all certificates) error {
	var rows []struct {
		CertificateID, Service string
		Since                  int64
	}
	err := s.many(ctx, &rows, "verdict of trusted lists", `SELECT certificate_id, service, since FROM trust_verdicts
		WHERE certificate_id IN ? AND state = 'withdrawn'`, all.inUse())
	if err != nil {
		return err
	}
	for _, r := range rows {
		all[r.CertificateID].Withdrawn = cases.Refused{Name: r.Service, At: sqldb.FromMicros(r.Since)}
	}
	return nil
}

// registers reads what registers of payment firms say against certificates. One that lists nothing of the firm says so
// only if it has listed it before: it may be another register that the firm is in.
func (s *Store) registers(ctx context.Context, all certificates) error {
	var rows []struct {
		CertificateID, State, What string
		Since                      int64
	}
	err := s.many(ctx, &rows, "verdict of registers", `SELECT certificate_id, state, what, since FROM register_verdicts
		WHERE certificate_id IN ? AND (state IN ('ended', 'role_missing') OR state = 'not_found' AND found)`,
		all.inUse())
	if err != nil {
		return err
	}
	for _, r := range rows {
		said := cases.Refused{Name: r.What, At: sqldb.FromMicros(r.Since)}
		if r.State == "role_missing" {
			all[r.CertificateID].RoleUnlisted = said
		} else {
			all[r.CertificateID].Unauthorised = said
		}
	}
	return nil
}
