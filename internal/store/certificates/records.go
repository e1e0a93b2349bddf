// Package certificates keeps the records of certificates and of requests for some.
package certificates

import (
	"cmp"
	"context"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/vault"
)

// Store keeps them in the database.
type Store struct {
	db     *gorm.DB
	parsed *parseCache
}

// New returns the store over an open database.
func New(db *gorm.DB) *Store { return &Store{db, newParsed(parsedMost)} }

type certificateRow struct {
	ID                     string `gorm:"primaryKey"`
	KeyID                  string
	State                  string
	Name                   string
	Kind                   string
	SHA256                 string `gorm:"column:sha256"`
	OrganizationIdentifier string
	NotAfter               int64
	ChainPEM               string `gorm:"column:chain_pem"`
	Custody                string
	CreatedAt              int64 `gorm:"autoCreateTime:false"`
	CreatedBy              string
	SPKISHA256             string `gorm:"column:spki_sha256"`
	LineID                 string
	LineVersion            int
	LineChange             string
	KeyMode                string
	ExportReason           string
	ExportBy               string
	ExportApprovedBy       string
	ExportApprovedAt       int64
	RetiredReason          string
	RetiredBy              string
	RetiredAt              int64
	DestroyedBy            string
	DestroyedAt            int64
	Revision               int
	Copied                 int // the revision that custody's copy has

	Listed `gorm:"embedded"`
}

func (certificateRow) TableName() string { return "certificates" }

func (s *Store) record(r certificateRow) (vault.Record, error) {
	leaf, chain, err := s.parsed.parse(r.ChainPEM)
	if err != nil {
		return vault.Record{}, err
	}
	return vault.Record{
		ID:        r.ID,
		KeyID:     r.KeyID,
		State:     vault.State(r.State),
		Name:      r.Name,
		Leaf:      leaf,
		Chain:     chain,
		Custody:   r.Custody,
		CreatedAt: sqldb.FromMicros(r.CreatedAt),
		CreatedBy: r.CreatedBy,
		KeyMode:   vault.KeyMode(r.KeyMode),
		Revision:  r.Revision,
		Line:      vault.Line{ID: r.LineID, Version: r.LineVersion, Change: vault.LineChange(r.LineChange)},
		Export: vault.ExportChoice{
			Reason:     r.ExportReason,
			By:         r.ExportBy,
			ApprovedBy: r.ExportApprovedBy,
			ApprovedAt: sqldb.FromMicros(r.ExportApprovedAt),
		},
		Retired:   vault.Retirement{Reason: r.RetiredReason, By: r.RetiredBy, At: sqldb.FromMicros(r.RetiredAt)},
		Destroyed: vault.Destruction{By: r.DestroyedBy, At: sqldb.FromMicros(r.DestroyedAt)},
	}, nil
}

func toCertificateRow(r vault.Record) certificateRow {
	return certificateRow{
		ID:                     r.ID,
		KeyID:                  r.KeyID,
		State:                  string(r.State),
		Name:                   r.Name,
		Kind:                   string(r.Leaf.Kind),
		SHA256:                 r.Leaf.SHA256,
		OrganizationIdentifier: r.Leaf.OrganizationIdentifier,
		NotAfter:               sqldb.Micros(r.Leaf.NotAfter),
		ChainPEM:               r.ChainPEM(),
		Custody:                r.Custody,
		CreatedAt:              sqldb.Micros(r.CreatedAt),
		CreatedBy:              r.CreatedBy,
		SPKISHA256:             r.Leaf.SPKISHA256,
		LineID:                 r.Line.ID,
		LineVersion:            r.Line.Version,
		LineChange:             string(r.Line.Change),
		KeyMode:                string(cmp.Or(r.KeyMode, vault.KeyHeld)),
		ExportReason:           r.Export.Reason,
		ExportBy:               r.Export.By,
		ExportApprovedBy:       r.Export.ApprovedBy,
		ExportApprovedAt:       sqldb.Micros(r.Export.ApprovedAt),
		RetiredReason:          r.Retired.Reason,
		RetiredBy:              r.Retired.By,
		RetiredAt:              sqldb.Micros(r.Retired.At),
		DestroyedBy:            r.Destroyed.By,
		DestroyedAt:            sqldb.Micros(r.Destroyed.At),
		Revision:               r.Revision,
		Copied:                 r.Revision,
		Listed:                 summaryOf(r, vault.JudgementOf(r, r.CreatedAt)),
	}
}

// CertificateByID implements vault.Records.
func (s *Store) CertificateByID(ctx context.Context, id string) (vault.Record, error) {
	return s.certificate(ctx, "id = ?", id)
}

// CertificatesByID implements vault.Records.
func (s *Store) CertificatesByID(ctx context.Context, ids []string) ([]vault.Record, error) {
	var all []vault.Record
	for part := range slices.Chunk(ids, namedAtOnce) {
		rows, err := sqldb.Find[certificateRow](ctx, s.db.Where("id IN ?", part))
		if err != nil {
			return nil, sqldb.Wrap(err, "certificate")
		}
		records, err := s.records(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, records...)
	}
	return all, nil
}

// CertificateByFingerprint implements vault.Records.
func (s *Store) CertificateByFingerprint(ctx context.Context, sha256 string) (vault.Record, error) {
	return s.certificate(ctx, "sha256 = ?", sha256)
}

func (s *Store) certificate(ctx context.Context, where, value string) (vault.Record, error) {
	row, err := sqldb.First[certificateRow](ctx, s.db.Where(where, value))
	if err != nil {
		return vault.Record{}, sqldb.Wrap(err, "certificate")
	}
	return s.record(row)
}

// Certificates implements vault.Records.
func (s *Store) Certificates(ctx context.Context, states ...vault.State) ([]vault.Record, error) {
	rows, err := sqldb.Find[certificateRow](ctx, s.db.Where("state IN ?", states).Order("created_at DESC, id DESC"))
	if err != nil {
		return nil, sqldb.Wrap(err, "certificate")
	}
	return s.records(rows)
}

func (s *Store) records(rows []certificateRow) ([]vault.Record, error) {
	all := make([]vault.Record, len(rows))
	for i, row := range rows {
		var err error
		if all[i], err = s.record(row); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (r certificateRow) holding() registration.Holding {
	return registration.Holding{
		ID:                     r.ID,
		Name:                   r.Name,
		Kind:                   certs.Kind(r.Kind),
		OrganizationIdentifier: r.OrganizationIdentifier,
		NotAfter:               sqldb.FromMicros(r.NotAfter),
	}
}

// NewestCertificates implements registration.Holdings.
func (s *Store) NewestCertificates(
	ctx context.Context, at time.Time, organizations []string,
) ([]registration.Holding, error) {
	var found []registration.Holding
	for _, organization := range organizations {
		for _, kind := range []certs.Kind{certs.QWAC, certs.QSealC} {
			var rows []certificateRow
			err := s.db.WithContext(ctx).Select("id", "name", "kind", "organization_identifier", "not_after").
				Where("organization_identifier = ? AND kind = ? AND state = 'stored' AND not_after > ?",
					organization, string(kind), sqldb.Micros(at)).
				Order("created_at DESC, id DESC").Limit(1).Find(&rows).Error
			if err != nil {
				return nil, sqldb.Wrap(err, "certificate")
			}
			for _, r := range rows {
				found = append(found, r.holding())
			}
		}
	}
	return found, nil
}

// CertificateMaker implements registration.Makers.
func (s *Store) CertificateMaker(ctx context.Context, id string) (string, error) {
	var makers []string
	err := s.db.WithContext(ctx).Table("certificates").Where("id = ?", id).Pluck("created_by", &makers).Error
	if err == nil && len(makers) == 0 {
		err = gorm.ErrRecordNotFound
	}
	if err != nil {
		return "", sqldb.Wrap(err, "certificate")
	}
	return makers[0], nil
}

// digestsAtOnce bounds the values of a statement.
const digestsAtOnce = 500

// CertificatesBySHA256 implements existing.Certificates.
func (s *Store) CertificatesBySHA256(
	ctx context.Context, digests []string,
) (map[string]registration.Holding, error) {
	found := map[string]registration.Holding{}
	for some := range slices.Chunk(digests, digestsAtOnce) {
		rows, err := sqldb.Find[certificateRow](ctx,
			s.db.Where("sha256 IN ? AND state = ?", some, string(vault.Stored)).
				Select("id", "name", "kind", "sha256", "organization_identifier", "not_after"))
		if err != nil {
			return nil, sqldb.Wrap(err, "certificate")
		}
		for _, r := range rows {
			found[r.SHA256] = r.holding()
		}
	}
	return found, nil
}

// CertificateOfEachIssuer implements dora.Store.
func (s *Store) CertificateOfEachIssuer(ctx context.Context, limit int) ([]vault.Record, error) {
	rows, err := sqldb.Find[certificateRow](ctx, s.db.Where(`id IN (SELECT MIN(id) FROM certificates WHERE state = ?
		GROUP BY organization_identifier, issuer ORDER BY 1 LIMIT ?)`, vault.Stored, limit).Order("id"))
	if err != nil {
		return nil, sqldb.Wrap(err, "certificate")
	}
	return s.records(rows)
}
