package cases

import (
	"context"
	"time"

	"gorm.io/gorm"

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
