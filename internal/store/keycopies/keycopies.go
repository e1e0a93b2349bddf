// Package keycopies keeps where copies of private keys may be.
package keycopies

import (
	"context"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/keycopies"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

// Store keeps them in the database.
type Store struct{ db *gorm.DB }

// New returns the store over an open database.
func New(db *gorm.DB) *Store { return &Store{db} }

type row struct {
	ID         string `gorm:"primaryKey"`
	KeyID      string
	Kind       string
	HolderID   string
	Holder     string
	Format     string
	FirstAt    int64
	LastAt     int64
	Times      int
	Reason     string
	DeclaredBy string
	CreatedAt  int64 `gorm:"autoCreateTime:false"`
	Ended      int
	EndedOn    int64
	EndedHow   string
	EndedBy    string
	EndedAt    int64
}

func (row) TableName() string { return table }

const (
	table    = "key_copies"
	copyWord = "copy of a key"
)

func toRow(c keycopies.Copy) row {
	return row{
		ID:         c.ID,
		KeyID:      c.KeyID,
		Kind:       string(c.Kind),
		HolderID:   c.HolderID,
		Holder:     c.Holder,
		Format:     c.Format,
		FirstAt:    sqldb.Micros(c.First),
		LastAt:     sqldb.Micros(c.Last),
		Times:      c.Times,
		Reason:     c.Reason,
		DeclaredBy: c.DeclaredBy,
		CreatedAt:  sqldb.Micros(c.CreatedAt),
	}
}

func (r row) domain() keycopies.Copy {
	return keycopies.Copy{
		ID:         r.ID,
		KeyID:      r.KeyID,
		Kind:       keycopies.Kind(r.Kind),
		HolderID:   r.HolderID,
		Holder:     r.Holder,
		Format:     r.Format,
		First:      sqldb.FromMicros(r.FirstAt),
		Last:       sqldb.FromMicros(r.LastAt),
		Times:      r.Times,
		Reason:     r.Reason,
		DeclaredBy: r.DeclaredBy,
		CreatedAt:  sqldb.FromMicros(r.CreatedAt),
		Ending: keycopies.Ending{
			How: r.EndedHow,
			On:  sqldb.FromMicros(r.EndedOn),
			By:  r.EndedBy,
			At:  sqldb.FromMicros(r.EndedAt),
		},
	}
}

// NoteExport implements keycopies.Store.
func (s *Store) NoteExport(ctx context.Context, c keycopies.Copy) error {
	r := toRow(c)
	return sqldb.Transaction(ctx, s.db, copyWord, func(tx *gorm.DB) error {
		err := tx.Clauses(clause.OnConflict{
			Columns:     []clause.Column{{Name: "key_id"}, {Name: "kind"}, {Name: "holder_id"}, {Name: "format"}},
			TargetWhere: clause.Where{Exprs: []clause.Expression{clause.Expr{SQL: "ended = 0"}}},
			DoUpdates: clause.Set{
				{Column: clause.Column{Name: "times"}, Value: gorm.Expr(table + ".times + 1")},
				{Column: clause.Column{Name: "last_at"}, Value: gorm.Expr("excluded.last_at")},
				{Column: clause.Column{Name: "holder"}, Value: gorm.Expr("excluded.holder")},
			},
		}).Create(&r).Error
		if err != nil {
			return err
		}
		var id string
		err = tx.Table(table).Where("key_id = ? AND kind = ? AND holder_id = ? AND format = ? AND ended = 0",
			r.KeyID, r.Kind, r.HolderID, r.Format).Pluck("id", &id).Error
		if err != nil {
			return err
		}
		return sqldb.SetWords(tx, sqldb.KeyCopyWords, id, r.Holder)
	})
}

// DeclareKeyCopy implements keycopies.Store.
func (s *Store) DeclareKeyCopy(ctx context.Context, c keycopies.Copy) error {
	r := toRow(c)
	return sqldb.Transaction(ctx, s.db, copyWord, func(tx *gorm.DB) error {
		if err := sqldb.Create(ctx, tx, &r); err != nil {
			return err
		}
		return sqldb.SetWords(tx, sqldb.KeyCopyWords, r.ID, r.Holder)
	})
}

// EndKeyCopy implements keycopies.Store.
func (s *Store) EndKeyCopy(ctx context.Context, id string, e keycopies.Ending) error {
	result := s.db.WithContext(ctx).Model(&row{}).Where("id = ? AND ended = 0", id).Updates(map[string]any{
		"ended":     1,
		"ended_on":  sqldb.Micros(e.On),
		"ended_how": e.How,
		"ended_by":  e.By,
		"ended_at":  sqldb.Micros(e.At),
	})
	return sqldb.ExpectOneIn(result, copyWord)
}

// KeyCopy implements keycopies.Store.
func (s *Store) KeyCopy(ctx context.Context, id string) (keycopies.Copy, error) {
	r, err := sqldb.First[row](ctx, s.db.Where("id = ?", id))
	return r.domain(), sqldb.Wrap(err, copyWord)
}

// orders are those of keycopies.Listed.
var orders = map[string]sqldb.Order{
	"created_at":  {Columns: []string{"created_at", "id"}},
	"-created_at": {Columns: []string{"created_at", "id"}, Descending: true},
}

func (r row) orderValue(column string) any {
	if column == "created_at" {
		return r.CreatedAt
	}
	return r.ID
}

// KeyCopyPage implements keycopies.Store.
func (s *Store) KeyCopyPage(
	ctx context.Context, reach access.Reach, q listing.Query,
) (listing.Page[keycopies.Copy], error) {
	query, err := s.listed(ctx, reach, q)
	if err != nil {
		return listing.Page[keycopies.Copy]{}, sqldb.Wrap(err, copyWord)
	}
	rows, err := sqldb.Page(query, q, orders[q.Sort], copyWord, row.orderValue)
	return listing.Map(rows, row.domain), err
}

// CountKeyCopies implements keycopies.Store.
func (s *Store) CountKeyCopies(
	ctx context.Context, reach access.Reach, q listing.Query,
) (listing.Count, error) {
	query, err := s.listed(ctx, reach, q)
	if err != nil {
		return listing.Count{}, sqldb.Wrap(err, copyWord)
	}
	return sqldb.Count(query)
}

func (s *Store) listed(ctx context.Context, reach access.Reach, q listing.Query) (*gorm.DB, error) {
	query, err := sqldb.Within(s.db.WithContext(ctx).Table(table), reach, sqldb.Keys, table+".key_id")
	if err != nil {
		return nil, err
	}
	if id := q.Filters[keycopies.FilterCertificate]; id != "" {
		query = query.Where("key_id = (SELECT key_id FROM certificates WHERE certificates.id = ?)", id)
	}
	if kind := q.Filters[keycopies.FilterKind]; kind != "" {
		query = query.Where("kind = ?", kind)
	}
	switch q.Filters[keycopies.FilterEnded] {
	case "true":
		query = query.Where("ended = 1")
	case "false":
		query = query.Where("ended = 0")
	}
	return sqldb.Matching(query, table, sqldb.KeyCopyWords, q)
}

// KeyOf implements keycopies.Store.
func (s *Store) KeyOf(ctx context.Context, certificateID string) (keycopies.Key, error) {
	var found struct {
		KeyID, CreatedBy, RequestedBy string
		CreatedAt, RequestedAt        int64
	}
	// The first certificate of a key has its id, and so has the CSR that the key was generated for.
	result := s.db.WithContext(ctx).Raw(`SELECT c.key_id, COALESCE(f.created_by, c.created_by) AS created_by,
		COALESCE(f.created_at, c.created_at) AS created_at, COALESCE(r.created_by, '') AS requested_by,
		COALESCE(r.created_at, 0) AS requested_at FROM certificates c
		LEFT JOIN certificates f ON f.id = c.key_id LEFT JOIN csrs r ON r.id = c.key_id
		WHERE c.id = ? AND c.state <> 'pending'`, certificateID).Scan(&found)
	if result.Error == nil && result.RowsAffected == 0 {
		result.Error = gorm.ErrRecordNotFound
	}
	if result.Error != nil {
		return keycopies.Key{}, sqldb.Wrap(result.Error, "certificate")
	}
	origin := keycopies.Origin{
		Kind: keycopies.Uploaded,
		At:   sqldb.FromMicros(found.CreatedAt),
		By:   found.CreatedBy,
	}
	if found.RequestedAt != 0 {
		origin = keycopies.Origin{
			Kind: keycopies.Generated,
			At:   sqldb.FromMicros(found.RequestedAt),
			By:   found.RequestedBy,
		}
	}
	return keycopies.Key{ID: found.KeyID, Origin: origin}, nil
}

// What is read of the certificates of a page's keys.
const (
	mostCertificates = 2000
	usesNamed        = 20 // of each
)

// CertificatesOfKeys implements keycopies.Store.
func (s *Store) CertificatesOfKeys(
	ctx context.Context, reach access.Reach, keyIDs []string,
) ([]keycopies.Certificate, error) {
	query, err := sqldb.Within(s.db.WithContext(ctx).Table("certificates"), reach, sqldb.Certificates,
		"certificates.id")
	if err != nil {
		return nil, err
	}
	var rows []struct {
		ID, KeyID, Name, Kind, State string
		SHA256                       string `gorm:"column:sha256"`
		NotAfter                     int64
	}
	err = query.Select("id, key_id, name, kind, state, sha256, not_after").
		Where("key_id IN ? AND state <> 'pending'", keyIDs).
		Order("created_at DESC, id DESC").Limit(mostCertificates).Scan(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, sqldb.Wrap(err, "certificate")
	}
	found, ids := make([]keycopies.Certificate, len(rows)), make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
		found[i] = keycopies.Certificate{
			ID:       r.ID,
			KeyID:    r.KeyID,
			Name:     r.Name,
			Kind:     r.Kind,
			State:    r.State,
			SHA256:   r.SHA256,
			NotAfter: sqldb.FromMicros(r.NotAfter),
		}
	}
	return found, s.addUses(ctx, found, ids)
}

// addUses counts the registrations that use each certificate now, and names the first of them.
func (s *Store) addUses(ctx context.Context, found []keycopies.Certificate, ids []string) error {
	var uses []struct {
		CertificateID, RegistrationID, InstitutionID string
		Version, Total                               int
	}
	err := s.db.WithContext(ctx).Raw(`SELECT certificate_id, registration_id, institution_id, version, total FROM (
			SELECT used.certificate_id, used.registration_id, registrations.institution_id, used.version,
				ROW_NUMBER() OVER (PARTITION BY used.certificate_id ORDER BY used.registration_id) AS place,
				COUNT(*) OVER (PARTITION BY used.certificate_id) AS total
			FROM (SELECT qwac_id AS certificate_id, registration_id, version FROM bundles
				WHERE state = 'active' AND qwac_id IN ?
				UNION SELECT qsealc_id, registration_id, version FROM bundles
				WHERE state = 'active' AND qsealc_id IN ?) AS used
			JOIN registrations ON registrations.id = used.registration_id) AS placed
		WHERE place <= ? ORDER BY certificate_id, place`, ids, ids, usesNamed).Scan(&uses).Error
	if err != nil {
		return sqldb.Wrap(err, "bundle")
	}
	for _, u := range uses {
		i := slices.Index(ids, u.CertificateID)
		found[i].InUse = u.Total
		found[i].Uses = append(found[i].Uses, keycopies.Use{
			RegistrationID: u.RegistrationID,
			InstitutionID:  u.InstitutionID,
			Version:        u.Version,
		})
	}
	return nil
}
