package cases

import (
	"context"
	"slices"
	"time"

	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/internal/cases"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

// heardFor is how long what a service has said counts.
const heardFor = 24 * time.Hour

// registrations are facts by the registrations' ids.
type registrations map[string]*cases.RegistrationFacts

func (all registrations) inUse() []string {
	var ids []string
	for id, f := range all {
		if f.Version > 0 {
			ids = append(ids, id)
		}
	}
	return ids
}

// RegistrationFacts implements cases.Facts.
func (s *Store) RegistrationFacts(
	ctx context.Context, ids []string, now time.Time,
) (map[string]*cases.RegistrationFacts, error) {
	var rows []struct {
		ID, Name, InstitutionID, OrganizationID string
	}
	err := s.many(ctx, &rows, "registration", `SELECT r.id, a.name, r.institution_id, a.organization_id
		FROM registrations r JOIN applications a ON a.id = r.application_id WHERE r.id IN ?`, ids)
	if err != nil {
		return nil, err
	}
	all := make(registrations, len(rows))
	for _, r := range rows {
		all[r.ID] = &cases.RegistrationFacts{Name: r.Name, InstitutionID: r.InstitutionID}
	}
	if err := s.versions(ctx, ids, all); err != nil {
		return nil, err
	}
	organizations := map[string][]*cases.RegistrationFacts{}
	for _, r := range rows {
		if f := all[r.ID]; f.Version > 0 {
			organizations[r.OrganizationID] = append(organizations[r.OrganizationID], f)
		}
	}
	if err := s.agreementEnds(ctx, organizations); err != nil {
		return nil, err
	}
	if err := s.services(ctx, all); err != nil {
		return nil, err
	}
	return all, s.behind(ctx, all, now)
}

// versions reads what is and was in use.
func (s *Store) versions(ctx context.Context, ids []string, all registrations) error {
	var bundles []struct {
		RegistrationID                        string
		Version                               int
		State, QwacID, QsealcID, SecretEndsOn string
		ActivatedAt, CreatedAt                int64
	}
	err := s.many(ctx, &bundles, "bundle", `SELECT registration_id, version, state, qwac_id, qsealc_id, secret_ends_on,
		activated_at, created_at FROM bundles WHERE registration_id IN ? ORDER BY registration_id, version`, ids)
	if err != nil {
		return err
	}
	for _, b := range bundles {
		f := all[b.RegistrationID]
		if f == nil {
			continue
		}
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
	return nil
}

// endOf is when a day is over; zero for no day.
func endOf(day string) time.Time {
	on, err := calendar.Parse(day)
	if err != nil {
		return time.Time{}
	}
	return on.AddDays(1).UTC()
}

// agreementEnds reads the ends of the agreements of organizations that somebody was told of, by enrolment.
func (s *Store) agreementEnds(ctx context.Context, of map[string][]*cases.RegistrationFacts) error {
	ids := make([]string, 0, len(of))
	for id := range of {
		ids = append(ids, id)
	}
	var rows []struct{ ID, OrganizationID, AgreementEndsOn string }
	err := s.many(ctx, &rows, "enrolment", `SELECT id, organization_id, agreement_ends_on FROM enrolments
		WHERE organization_id IN ? AND agreement_ends_on <> ''`, ids)
	if err != nil {
		return err
	}
	ends := map[string]map[string]time.Time{}
	for _, r := range rows {
		if ends[r.OrganizationID] == nil {
			ends[r.OrganizationID] = map[string]time.Time{}
		}
		ends[r.OrganizationID][r.ID] = endOf(r.AgreementEndsOn)
	}
	for organization, all := range of {
		for _, f := range all {
			f.AgreementEnds = ends[organization]
		}
	}
	return nil
}

type counted struct {
	RegistrationID string
	N              int
}

// services counts the services that have used any version.
func (s *Store) services(ctx context.Context, all registrations) error {
	var rows []counted
	err := s.many(ctx, &rows, "use of a version", `SELECT registration_id, count(*) AS n FROM service_uses
		WHERE registration_id IN ? GROUP BY registration_id`, all.inUse())
	if err != nil {
		return err
	}
	for _, r := range rows {
		all[r.RegistrationID].Services = r.N
	}
	return nil
}

// behind counts the services that have used a former version since. Whoever reports is believed; of the others counts
// what was signed for them.
func (s *Store) behind(ctx context.Context, all registrations, now time.Time) error {
	var rows []counted
	ids, since := all.inUse(), sqldb.Micros(now.Add(-heardFor))
	err := s.many(ctx, &rows, "use of a version", `SELECT registration_id, count(*) AS n FROM (
			SELECT DISTINCT p.registration_id, p.account_id, p.instance FROM service_reports p
			JOIN bundles b ON b.registration_id = p.registration_id AND b.state = 'active'
			WHERE p.registration_id IN ? AND p.version <> b.version AND NOT p.stopped
				AND p.told_at > ? AND p.told_at > b.activated_at
			UNION ALL
			SELECT DISTINCT u.registration_id, u.account_id, '' FROM service_uses u
			JOIN bundles b ON b.registration_id = u.registration_id AND b.state = 'active'
			WHERE u.registration_id IN ? AND u.version <> b.version
				AND u.signed_at > ? AND u.signed_at > b.activated_at
				AND NOT EXISTS (SELECT 1 FROM service_reports r WHERE r.account_id = u.account_id
					AND r.registration_id = u.registration_id)) AS behind
		GROUP BY registration_id`, ids, since, ids, since)
	if err != nil {
		return err
	}
	for _, r := range rows {
		all[r.RegistrationID].Behind = r.N
	}
	return nil
}
