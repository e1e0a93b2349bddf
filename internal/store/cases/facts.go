package cases

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/internal/bankservers"
	"github.com/sealkeeper/sealkeeper/internal/cases"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

// one reads one row into target, or says that there is none.
func (s *Store) one(ctx context.Context, target any, what, query string, args ...any) error {
	found := s.db.WithContext(ctx).Raw(query, args...).Scan(target)
	if found.Error == nil && found.RowsAffected == 0 {
		found.Error = gorm.ErrRecordNotFound
	}
	return sqldb.Wrap(found.Error, what)
}

// CertificateFacts implements cases.Facts.
func (s *Store) CertificateFacts(ctx context.Context, id string, places int) (cases.CertificateFacts, error) {
	var r struct {
		Name, Kind, OrganizationIdentifier, Issuer, State, ChainPEM string
		Ended                                                       int
		NotBefore, NotAfter                                         int64
	}
	err := s.one(ctx, &r, "certificate", `SELECT name, kind, organization_identifier, issuer, state, ended, not_before,
		not_after, chain_pem AS chain_pem FROM certificates WHERE id = ? AND state <> 'pending'`, id)
	if err != nil {
		return cases.CertificateFacts{}, err
	}
	f := cases.CertificateFacts{
		Name:         r.Name,
		Kind:         r.Kind,
		Organization: r.OrganizationIdentifier,
		Issuer:       r.Issuer,
		Ended:        r.Ended == 1 || r.State != "stored",
		NotBefore:    sqldb.FromMicros(r.NotBefore),
		NotAfter:     sqldb.FromMicros(r.NotAfter),
		ChainPEM:     r.ChainPEM,
	}
	if f.Ended {
		return f, nil
	}
	db := s.db.WithContext(ctx)
	var declared int64
	err = db.Raw(`SELECT COALESCE(MIN(i.declared_at), 0) FROM incidents i JOIN certificates c ON c.id = i.certificate_id
		OR i.whole_key = 1 AND (c.key_id = i.key_id OR c.spki_sha256 = i.spki_sha256)
		WHERE i.withdrawn_at = 0 AND c.id = ?`, id).Scan(&declared).Error
	if err != nil {
		return f, sqldb.Wrap(err, "incident")
	}
	f.Compromised = cases.Refused{Name: f.Name, At: sqldb.FromMicros(declared)}
	var uses []struct {
		RegistrationID, InstitutionID string
	}
	err = db.Raw(`SELECT b.registration_id, r.institution_id FROM bundles b JOIN registrations r
		ON r.id = b.registration_id WHERE b.state = 'active' AND (b.qwac_id = ? OR b.qsealc_id = ?)
		ORDER BY b.registration_id`, id, id).Scan(&uses).Error
	if err != nil {
		return f, sqldb.Wrap(err, "bundle")
	}
	f.Count = len(uses)
	for i, u := range uses {
		if i < places {
			f.Registrations = append(f.Registrations, u.RegistrationID)
		}
		if !slices.Contains(f.Institutions, u.InstitutionID) {
			f.Institutions = append(f.Institutions, u.InstitutionID)
		}
	}
	if f.Count == 0 {
		err = db.Raw(`SELECT count(DISTINCT b.registration_id) FROM bundles b JOIN bundles a
			ON a.registration_id = b.registration_id AND a.state = 'active'
			WHERE b.state = 'superseded' AND (b.qwac_id = ? OR b.qsealc_id = ?)`, id, id).Scan(&f.Successors).Error
	}
	if err != nil || f.Count == 0 {
		return f, sqldb.Wrap(err, "bundle")
	}
	return f, s.refused(ctx, id, &f)
}

// refused reads what issuers, trusted lists and registers have said of a certificate and its chain.
func (s *Store) refused(ctx context.Context, id string, f *cases.CertificateFacts) error {
	var revoked []struct {
		Position    int
		Certificate []byte
		Answer      string
	}
	err := s.db.WithContext(ctx).Raw(`SELECT e.position, r.certificate, r.answer FROM chain_elements e
		JOIN revocation_checks r ON r.sha256 = e.sha256
		WHERE e.certificate_id = ? AND r.status = 'revoked' ORDER BY e.position`, id).Scan(&revoked).Error
	if err != nil {
		return sqldb.Wrap(err, "revocation check")
	}
	for _, r := range revoked {
		var answer struct {
			RevokedAt time.Time `json:"revoked_at"`
		}
		_ = json.Unmarshal([]byte(r.Answer), &answer) // a store wrote it
		said := cases.Refused{Name: f.Name, At: answer.RevokedAt}
		if r.Position == 0 {
			f.Revoked = said
		} else if c, err := certs.ParseCertificate(r.Certificate); err == nil && f.IssuerRevoked.At.IsZero() {
			said.Name = c.Subject
			f.IssuerRevoked = said
		}
	}
	var withdrawn []struct {
		Service string
		Since   int64
	}
	err = s.db.WithContext(ctx).Raw(`SELECT service, since FROM trust_verdicts WHERE certificate_id = ?
		AND state = 'withdrawn'`, id).Scan(&withdrawn).Error
	for _, w := range withdrawn {
		f.Withdrawn = cases.Refused{Name: w.Service, At: sqldb.FromMicros(w.Since)}
	}
	if err != nil {
		return sqldb.Wrap(err, "verdict of trusted lists")
	}
	return s.registers(ctx, id, f)
}

// registers reads what registers of payment firms say against a certificate. One that lists nothing of the firm says so
// only if it has listed it before: it may be another register that the firm is in.
func (s *Store) registers(ctx context.Context, id string, f *cases.CertificateFacts) error {
	var against []struct {
		State, What string
		Since       int64
	}
	err := s.db.WithContext(ctx).Raw(`SELECT state, what, since FROM register_verdicts WHERE certificate_id = ?
		AND (state IN ('ended', 'role_missing') OR state = 'not_found' AND found)`, id).Scan(&against).Error
	for _, a := range against {
		said := cases.Refused{Name: a.What, At: sqldb.FromMicros(a.Since)}
		if a.State == "role_missing" {
			f.RoleUnlisted = said
		} else {
			f.Unauthorised = said
		}
	}
	return sqldb.Wrap(err, "verdict of registers")
}

// heardFor is how long what a service has said counts.
const heardFor = 24 * time.Hour

// RegistrationFacts implements cases.Facts.
func (s *Store) RegistrationFacts(ctx context.Context, id string, now time.Time) (cases.RegistrationFacts, error) {
	var r struct {
		Name, InstitutionID, OrganizationID string
	}
	err := s.one(ctx, &r, "registration", `SELECT a.name, r.institution_id, a.organization_id FROM registrations r
		JOIN applications a ON a.id = r.application_id WHERE r.id = ?`, id)
	if err != nil {
		return cases.RegistrationFacts{}, err
	}
	f := cases.RegistrationFacts{Name: r.Name, InstitutionID: r.InstitutionID}
	var bundles []struct {
		Version                               int
		State, QwacID, QsealcID, SecretEndsOn string
		ActivatedAt, CreatedAt                int64
	}
	db := s.db.WithContext(ctx)
	err = db.Raw(`SELECT version, state, qwac_id, qsealc_id, secret_ends_on, activated_at, created_at
		FROM bundles WHERE registration_id = ?
		ORDER BY version`, id).Scan(&bundles).Error
	if err != nil {
		return f, sqldb.Wrap(err, "bundle")
	}
	for _, b := range bundles {
		if b.State == "active" {
			f.Version, f.ActivatedAt = b.Version, sqldb.FromMicros(b.ActivatedAt)
			f.SecretEnds, f.SecretSince = endOf(b.SecretEndsOn), sqldb.FromMicros(b.CreatedAt)
		}
		for _, certificate := range []string{b.QwacID, b.QsealcID} {
			if certificate != "" && !slices.Contains(f.Certificates, certificate) {
				f.Certificates = append(f.Certificates, certificate)
			}
		}
	}
	if f.Version == 0 {
		return f, nil
	}
	if f.AgreementEnds, err = s.agreementEnds(ctx, r.OrganizationID); err != nil {
		return f, err
	}
	uses := db.Raw(`SELECT count(*) FROM service_uses WHERE registration_id = ?`, id)
	if err = uses.Scan(&f.Services).Error; err != nil {
		return f, sqldb.Wrap(err, "use of a version")
	}
	since := max(sqldb.Micros(now.Add(-heardFor)), sqldb.Micros(f.ActivatedAt))
	// Whoever reports is believed; of the others counts what was signed for them.
	err = db.Raw(`SELECT (SELECT count(*) FROM (SELECT DISTINCT account_id, instance FROM service_reports
			WHERE registration_id = ? AND version <> ? AND NOT stopped AND told_at > ?) AS reporting)
		+ (SELECT count(DISTINCT u.account_id) FROM service_uses u
			WHERE u.registration_id = ? AND u.version <> ? AND u.signed_at > ?
			AND NOT EXISTS (SELECT 1 FROM service_reports p WHERE p.account_id = u.account_id
				AND p.registration_id = u.registration_id))`,
		id, f.Version, since, id, f.Version, since).Scan(&f.Behind).Error
	return f, sqldb.Wrap(err, "use of a version")
}

// endOf is when a day is over; zero for no day.
func endOf(day string) time.Time {
	on, err := calendar.Parse(day)
	if err != nil {
		return time.Time{}
	}
	return on.AddDays(1).UTC()
}

// agreementEnds are the ends of the agreements of an organization that somebody was told of, by enrolment.
func (s *Store) agreementEnds(ctx context.Context, organizationID string) (map[string]time.Time, error) {
	var rows []struct{ ID, AgreementEndsOn string }
	err := s.db.WithContext(ctx).Raw(`SELECT id, agreement_ends_on FROM enrolments
		WHERE organization_id = ? AND agreement_ends_on <> ''`, organizationID).Scan(&rows).Error
	ends := make(map[string]time.Time, len(rows))
	for _, r := range rows {
		ends[r.ID] = endOf(r.AgreementEndsOn)
	}
	return ends, sqldb.Wrap(err, "enrolment")
}

// ConsentFacts implements cases.Facts.
func (s *Store) ConsentFacts(ctx context.Context, id string) (cases.ConsentFacts, error) {
	var r struct {
		State, RegistrationID, InstitutionID string
		AuthorizedAt, ExpiresAt              int64
	}
	err := s.one(ctx, &r, "consent", `SELECT state, registration_id, institution_id, authorized_at, expires_at
		FROM consents WHERE id = ?`, id)
	return cases.ConsentFacts{
		Active:         r.State == "active",
		RegistrationID: r.RegistrationID,
		InstitutionID:  r.InstitutionID,
		AuthorizedAt:   sqldb.FromMicros(r.AuthorizedAt),
		ExpiresAt:      sqldb.FromMicros(r.ExpiresAt),
	}, err
}

// StepFacts implements cases.Facts.
func (s *Store) StepFacts(ctx context.Context, subject, step string) (cases.StepFacts, error) {
	var r struct {
		State, Owner, InstitutionID string
		WaitingSince, RemindAt      int64
		ArchivedAt                  int64
	}
	err := s.one(ctx, &r, "step", `SELECT s.state, s.owner, s.waiting_since, s.remind_at,
		coalesce(r.institution_id, '') AS institution_id, coalesce(r.archived_at, o.archived_at, 0) AS archived_at
		FROM checklist_steps s LEFT JOIN registrations r ON r.id = s.subject
		LEFT JOIN organizations o ON o.id = s.record
		WHERE s.subject = ? AND s.step = ?`, subject, step)
	return cases.StepFacts{
		Waiting:       r.State == "waiting" && r.ArchivedAt == 0,
		Since:         sqldb.FromMicros(r.WaitingSince),
		RemindAt:      sqldb.FromMicros(r.RemindAt),
		Owner:         r.Owner,
		InstitutionID: r.InstitutionID,
	}, err
}

// ApprovalFacts implements cases.Facts.
func (s *Store) ApprovalFacts(ctx context.Context, id string) (cases.ApprovalFacts, error) {
	var r struct {
		State, Kind, ObjectName, Environment, RequestedByName string
		RequestedAt, ExpiresAt                                int64
		Object, DecidedByName                                 string
		DecidedAt, ReviewedAt                                 int64
		Emergency                                             int
		RequestedBy, DecidedBy                                string
	}
	err := s.one(ctx, &r, "request", `SELECT state, kind, object_name, environment, requested_by_name, requested_at,
		expires_at, object, decided_by_name, decided_at, reviewed_at, emergency, requested_by, decided_by
		FROM approvals WHERE id = ?`, id)
	unreviewed := int64(0)
	if r.State == "approved" && r.Emergency == 1 && r.ReviewedAt == 0 {
		unreviewed = r.DecidedAt
	}
	return cases.ApprovalFacts{
		UnreviewedSince: sqldb.FromMicros(unreviewed),
		DecidedBy:       r.DecidedByName,
		Alone:           r.RequestedBy == r.DecidedBy,
		Thing:           r.Object,

		Open:        r.State == "open",
		Action:      r.Kind,
		Object:      r.ObjectName,
		Environment: r.Environment,
		RequestedBy: r.RequestedByName,
		RequestedAt: sqldb.FromMicros(r.RequestedAt),
		ExpiresAt:   sqldb.FromMicros(r.ExpiresAt),
	}, err
}

// ServiceFacts implements cases.Facts.
func (s *Store) ServiceFacts(ctx context.Context, id string) (cases.ServiceFacts, error) {
	var r struct {
		Name, Owner string
		EndedAt     int64
	}
	err := s.one(ctx, &r, "service account", `SELECT name, owner, ended_at FROM service_accounts WHERE id = ?`, id)
	if err != nil {
		return cases.ServiceFacts{}, err
	}
	var tokens []struct{ CreatedAt, ExpiresAt, LastUsedAt int64 }
	err = s.db.WithContext(ctx).Raw(`SELECT created_at, expires_at, last_used_at FROM service_tokens
		WHERE account_id = ? ORDER BY expires_at`, id).Scan(&tokens).Error
	f := cases.ServiceFacts{Name: r.Name, Owner: r.Owner, Ended: r.EndedAt > 0, Tokens: len(tokens)}
	for _, t := range tokens {
		f.Used = f.Used || t.LastUsedAt > 0
		f.CreatedAt, f.ExpiresAt = sqldb.FromMicros(t.CreatedAt), sqldb.FromMicros(t.ExpiresAt)
	}
	return f, sqldb.Wrap(err, "token")
}

// BankHostFacts implements cases.Facts.
func (s *Store) BankHostFacts(
	ctx context.Context, institutionID, host string, now time.Time,
) (cases.BankHostFacts, error) {
	var f cases.BankHostFacts
	var r struct{ Authority string }
	err := s.one(ctx, &r, "host of a bank", `SELECT authority FROM bank_hosts WHERE institution_id = ? AND host = ?`,
		institutionID, host)
	if err != nil {
		return f, err
	}
	f.Authority = r.Authority
	err = s.db.WithContext(ctx).Raw(`SELECT count(*) FROM bundles b JOIN registrations r ON r.id = b.registration_id
		WHERE b.state = 'active' AND r.institution_id = ?`, institutionID).Scan(&f.Registered).Error
	if err != nil {
		return f, sqldb.Wrap(err, "bundle")
	}
	f.InUse = f.Registered > 0
	var rows []struct {
		Sha256, Authority, Reason                string
		NotBefore, NotAfter, FirstSeen, LastSeen int64
	}
	err = s.db.WithContext(ctx).Raw(`SELECT sha256, authority, reason, not_before, not_after, first_seen, last_seen
		FROM bank_servers WHERE institution_id = ? AND host = ? ORDER BY first_seen DESC, sha256`,
		institutionID, host).Scan(&rows).Error
	if err != nil {
		return f, sqldb.Wrap(err, "certificate of a bank")
	}
	all := make([]bankservers.Presented, len(rows))
	for i, r := range rows {
		all[i] = bankservers.Presented{
			SHA256:    r.Sha256,
			Authority: r.Authority,
			Reason:    bankservers.Reason(r.Reason),
			NotBefore: sqldb.FromMicros(r.NotBefore),
			NotAfter:  sqldb.FromMicros(r.NotAfter),
			FirstSeen: sqldb.FromMicros(r.FirstSeen),
			LastSeen:  sqldb.FromMicros(r.LastSeen),
		}
	}
	for i, p := range bankservers.Served(all, now) {
		one := cases.Served{
			NotBefore: p.NotBefore,
			NotAfter:  p.NotAfter,
			FirstSeen: p.FirstSeen,
			Authority: p.Authority,
			Untrusted: string(p.Reason),
		}
		if i == 0 {
			f.Newest = one
		}
		if i == 0 || one.NotAfter.Before(f.First.NotAfter) {
			f.First = one
		}
	}
	return f, nil
}

// JobFacts implements cases.Facts.
func (s *Store) JobFacts(ctx context.Context, name string) (cases.JobFacts, error) {
	var r struct {
		FailingSince int64
		Failure      string
	}
	err := s.one(ctx, &r, "job", `SELECT failing_since, failure FROM job_turns WHERE name = ?`, name)
	return cases.JobFacts{FailingSince: sqldb.FromMicros(r.FailingSince), Failure: r.Failure}, err
}
