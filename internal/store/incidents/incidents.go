// Package incidents keeps certificates that were declared compromised.
package incidents

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/incident"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

// Store keeps them in the database.
type Store struct{ db *gorm.DB }

// New returns the store over an open database.
func New(db *gorm.DB) *Store { return &Store{db} }

type row struct {
	ID              string `gorm:"primaryKey"`
	CertificateID   string
	CertificateName string
	SHA256          string `gorm:"column:sha256"`
	KeyID           string
	SPKISHA256      string `gorm:"column:spki_sha256"`
	WholeKey        int
	Reason          string
	What            string
	HappenedAt      int64
	DeclaredBy      string
	DeclaredAt      int64
	ToldAt          int64
	ToldBy          string
	WithdrawnAt     int64
	WithdrawnBy     string
	WithdrawnWhy    string

	// What its uses are now; see columns.
	InUse, Uses, Untold int `gorm:"->"`
}

func (row) TableName() string { return table }

const (
	table        = "incidents"
	incidentWord = "incident"
)

// meant are the certificates that an incident is about.
const meant = `(certificates.id = incidents.certificate_id OR
	incidents.whole_key = 1 AND certificates.key_id = incidents.key_id OR
	incidents.whole_key = 1 AND certificates.spki_sha256 = incidents.spki_sha256)`

// inUse is whether the registration of a use presents or signs with one of them still.
const inUse = `EXISTS (SELECT 1 FROM bundles
	JOIN certificates ON certificates.id IN (bundles.qwac_id, bundles.qsealc_id)
	JOIN incidents ON incidents.id = incident_uses.incident_id AND ` + meant + `
	WHERE bundles.registration_id = incident_uses.registration_id AND bundles.state = 'active')`

const columns = `incidents.*,
	(SELECT COUNT(*) FROM incident_uses WHERE incident_id = incidents.id) AS uses,
	(SELECT COUNT(*) FROM incident_uses WHERE incident_id = incidents.id AND told_at = 0) AS untold,
	(SELECT COUNT(*) FROM incident_uses WHERE incident_id = incidents.id AND ` + inUse + `) AS in_use`

func (r row) domain() incident.Incident {
	return incident.Incident{
		ID:              r.ID,
		CertificateID:   r.CertificateID,
		CertificateName: r.CertificateName,
		SHA256:          r.SHA256,
		KeyID:           r.KeyID,
		SPKISHA256:      r.SPKISHA256,
		WholeKey:        r.WholeKey == 1,
		Reason:          r.Reason,
		What:            r.What,
		HappenedAt:      sqldb.FromMicros(r.HappenedAt),
		DeclaredBy:      r.DeclaredBy,
		DeclaredAt:      sqldb.FromMicros(r.DeclaredAt),
		Told:            incident.Telling{By: r.ToldBy, At: sqldb.FromMicros(r.ToldAt)},
		Withdrawal: incident.Withdrawal{
			By:  r.WithdrawnBy,
			Why: r.WithdrawnWhy,
			At:  sqldb.FromMicros(r.WithdrawnAt),
		},
		Counts: incident.Counts{InUse: r.InUse, Uses: r.Uses, Untold: r.Untold},
	}
}

// AddIncident implements incident.Store.
func (s *Store) AddIncident(ctx context.Context, i incident.Incident) error {
	r := row{
		ID:              i.ID,
		CertificateID:   i.CertificateID,
		CertificateName: i.CertificateName,
		SHA256:          i.SHA256,
		KeyID:           i.KeyID,
		SPKISHA256:      i.SPKISHA256,
		Reason:          i.Reason,
		What:            i.What,
		HappenedAt:      sqldb.Micros(i.HappenedAt),
		DeclaredBy:      i.DeclaredBy,
		DeclaredAt:      sqldb.Micros(i.DeclaredAt),
	}
	if i.WholeKey {
		r.WholeKey = 1
	}
	err := sqldb.Transaction(ctx, s.db, incidentWord, func(tx *gorm.DB) error {
		if err := sqldb.Create(ctx, tx, &r); err != nil {
			return err
		}
		if err := tell(tx, i.ID); err != nil { // the rows are locked from here on: what is activated meanwhile waits
			return err
		}
		return tx.Exec(`INSERT INTO incident_uses (incident_id, registration_id, institution_id, told_at, told_by)
			SELECT DISTINCT incidents.id, registrations.id, registrations.institution_id, 0, '' FROM incidents
			JOIN certificates ON `+meant+`
			JOIN bundles ON bundles.state = 'active' AND certificates.id IN (bundles.qwac_id, bundles.qsealc_id)
			JOIN registrations ON registrations.id = bundles.registration_id WHERE incidents.id = ?`, i.ID).Error
	})
	if errors.Is(err, fault.Conflict) {
		return fault.Wrap(err, fault.Conflict, "incident_open", "The certificate is declared compromised already.")
	}
	return err
}

// tell has everything that follows the certificates look at them again.
func tell(tx *gorm.DB, id string) error {
	return tx.Exec(`UPDATE certificates SET chain_pem = chain_pem, revision = revision + 1 WHERE id IN (
		SELECT certificates.id FROM certificates JOIN incidents ON `+meant+` WHERE incidents.id = ?)`, id).Error
}

// WithdrawIncident implements incident.Store.
func (s *Store) WithdrawIncident(ctx context.Context, id string, w incident.Withdrawal) error {
	return sqldb.Transaction(ctx, s.db, incidentWord, func(tx *gorm.DB) error {
		result := tx.Model(&row{}).Where("id = ? AND withdrawn_at = 0", id).Updates(map[string]any{
			"withdrawn_at":  sqldb.Micros(w.At),
			"withdrawn_by":  w.By,
			"withdrawn_why": w.Why,
		})
		if err := sqldb.ExpectOneIn(result, incidentWord); err != nil {
			return err
		}
		return tell(tx, id)
	})
}

// NoteTold implements incident.Store.
func (s *Store) NoteTold(ctx context.Context, id, registrationID string, t incident.Telling) error {
	query := s.db.WithContext(ctx).Table(table).Where("id = ?", id)
	if registrationID != "" {
		query = s.db.WithContext(ctx).Table("incident_uses").
			Where("incident_id = ? AND registration_id = ?", id, registrationID)
	}
	var there int64
	if err := query.Session(&gorm.Session{}).Count(&there).Error; err != nil || there == 0 {
		if err == nil {
			err = gorm.ErrRecordNotFound
		}
		return sqldb.Wrap(err, "recipient")
	}
	return sqldb.Wrap(query.Where("told_at = 0").Updates(map[string]any{
		"told_at": sqldb.Micros(t.At),
		"told_by": t.By,
	}).Error, incidentWord)
}

// Incident implements incident.Store.
func (s *Store) Incident(ctx context.Context, id string) (incident.Incident, error) {
	return one(s.db.WithContext(ctx).Table(table).Where("incidents.id = ?", id))
}

// IncidentOf implements incident.Store.
func (s *Store) IncidentOf(ctx context.Context, certificateID string) (incident.Incident, error) {
	return one(s.db.WithContext(ctx).Table(table).Joins("JOIN certificates ON "+meant).
		Where("certificates.id = ? AND withdrawn_at = 0", certificateID).Order("declared_at"))
}

func one(query *gorm.DB) (incident.Incident, error) {
	var r row
	found := query.Select(columns).Limit(1).Scan(&r)
	if found.Error == nil && found.RowsAffected == 0 {
		found.Error = gorm.ErrRecordNotFound
	}
	return r.domain(), sqldb.Wrap(found.Error, incidentWord)
}

// Compromised implements vault.Incidents.
func (s *Store) Compromised(ctx context.Context, certificateID string) (at time.Time, is bool, err error) {
	i, err := s.IncidentOf(ctx, certificateID)
	if errors.Is(err, fault.NotFound) {
		return time.Time{}, false, nil
	}
	return i.DeclaredAt, err == nil, err
}

// CompromisedCertificates returns when each of the frozen certificates was declared compromised, by id.
func (s *Store) CompromisedCertificates(ctx context.Context) (map[string]time.Time, error) {
	var rows []struct {
		ID         string
		DeclaredAt int64
	}
	err := s.db.WithContext(ctx).Table(table).Select("certificates.id, incidents.declared_at").
		Joins("JOIN certificates ON " + meant).Where("withdrawn_at = 0").Scan(&rows).Error
	found := make(map[string]time.Time, len(rows))
	for _, r := range rows {
		found[r.ID] = sqldb.FromMicros(r.DeclaredAt)
	}
	return found, sqldb.Wrap(err, incidentWord)
}

// orders are those of incident.Listed.
var orders = map[string]sqldb.Order{
	"declared_at":  {Columns: []string{"declared_at", "id"}},
	"-declared_at": {Columns: []string{"declared_at", "id"}, Descending: true},
}

// IncidentPage implements incident.Store.
func (s *Store) IncidentPage(
	ctx context.Context, reach access.Reach, q listing.Query,
) (listing.Page[incident.Incident], error) {
	query, err := sqldb.Within(s.db.WithContext(ctx).Table(table).Select(columns), reach, sqldb.Certificates,
		table+".certificate_id")
	if err != nil {
		return listing.Page[incident.Incident]{}, err
	}
	switch q.Filters[incident.FilterStanding] {
	case "true":
		query = query.Where("withdrawn_at = 0")
	case "false":
		query = query.Where("withdrawn_at > 0")
	}
	rows, err := sqldb.Page(query, q, orders[q.Sort], incidentWord, func(r row, column string) any {
		if column == "declared_at" {
			return r.DeclaredAt
		}
		return r.ID
	})
	return listing.Map(rows, row.domain), err
}

// IncidentCounts implements incident.Store.
func (s *Store) IncidentCounts(
	ctx context.Context, reach access.Reach, ids []string,
) (map[string]incident.Counts, error) {
	query, err := sqldb.Within(s.db.WithContext(ctx).Table("incident_uses").
		Select("incident_id, COUNT(*) AS uses, COALESCE(SUM(CASE WHEN told_at = 0 THEN 1 END), 0) AS untold, "+
			"COALESCE(SUM(CASE WHEN "+inUse+" THEN 1 END), 0) AS in_use").
		Where("incident_id IN ?", ids), reach, sqldb.Registrations, "incident_uses.registration_id")
	if err != nil {
		return nil, err
	}
	var rows []struct {
		IncidentID          string
		InUse, Uses, Untold int
	}
	err = query.Group("incident_id").Scan(&rows).Error
	counts := make(map[string]incident.Counts, len(rows))
	for _, r := range rows {
		counts[r.IncidentID] = incident.Counts{InUse: r.InUse, Uses: r.Uses, Untold: r.Untold}
	}
	return counts, sqldb.Wrap(err, incidentWord)
}

type useRow struct {
	RegistrationID, InstitutionID string
	ToldAt                        int64
	ToldBy                        string
	InUse                         bool
}

// UsedBy implements incident.Store.
func (s *Store) UsedBy(ctx context.Context, id, registrationID string) (bool, error) {
	var n int64
	err := s.db.WithContext(ctx).Table("incident_uses").
		Where("incident_id = ? AND registration_id = ?", id, registrationID).Count(&n).Error
	return n > 0, sqldb.Wrap(err, incidentWord)
}

// IncidentUses implements incident.Store.
func (s *Store) IncidentUses(
	ctx context.Context, reach access.Reach, id string, q listing.Query,
) (listing.Page[incident.Use], error) {
	query, err := sqldb.Within(s.db.WithContext(ctx).Table("incident_uses").
		Select("registration_id, institution_id, told_at, told_by, "+inUse+" AS in_use").Where("incident_id = ?", id),
		reach, sqldb.Registrations, "incident_uses.registration_id")
	if err != nil {
		return listing.Page[incident.Use]{}, err
	}
	rows, err := sqldb.Page(query, q, sqldb.Order{Columns: []string{"registration_id"}}, incidentWord,
		func(r useRow, _ string) any { return r.RegistrationID })
	return listing.Map(rows, func(r useRow) incident.Use {
		return incident.Use{
			RegistrationID: r.RegistrationID,
			InstitutionID:  r.InstitutionID,
			InUse:          r.InUse,
			Told:           incident.Telling{By: r.ToldBy, At: sqldb.FromMicros(r.ToldAt)},
		}
	}), err
}
