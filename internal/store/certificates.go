package store

import (
	"context"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/internal/fault"
	"github.com/sealkeeper/sealkeeper/vault"
)

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
}

func (certificateRow) TableName() string { return "certificates" }

func (r certificateRow) record() (vault.Record, error) {
	leaf, chain, err := vault.ParseChainPEM(r.ChainPEM)
	if err != nil {
		return vault.Record{}, err
	}
	return vault.Record{ID: r.ID, KeyID: r.KeyID, State: vault.State(r.State), Name: r.Name, Leaf: leaf, Chain: chain,
		Custody: r.Custody, CreatedAt: fromMicros(r.CreatedAt), CreatedBy: r.CreatedBy}, nil
}

// CertificateByID implements vault.Records.
func (d *DB) CertificateByID(ctx context.Context, id string) (vault.Record, error) {
	return d.certificate(ctx, "id = ?", id)
}

// CertificateByFingerprint implements vault.Records.
func (d *DB) CertificateByFingerprint(ctx context.Context, sha256 string) (vault.Record, error) {
	return d.certificate(ctx, "sha256 = ?", sha256)
}

func (d *DB) certificate(ctx context.Context, where, value string) (vault.Record, error) {
	row, err := gorm.G[certificateRow](d.gorm).Where(where, value).First(ctx)
	if err != nil {
		return vault.Record{}, wrap(err, "certificate")
	}
	return row.record()
}

// Certificates implements vault.Records.
func (d *DB) Certificates(ctx context.Context, states ...vault.State) ([]vault.Record, error) {
	rows, err := gorm.G[certificateRow](d.gorm).Where("state IN ?", states).Order("created_at DESC, id DESC").Find(ctx)
	if err != nil {
		return nil, wrap(err, "certificate")
	}
	records := make([]vault.Record, len(rows))
	for i, row := range rows {
		if records[i], err = row.record(); err != nil {
			return nil, err
		}
	}
	return records, nil
}

// BeginImport implements vault.Intents.
func (d *DB) BeginImport(ctx context.Context, r vault.Record) error {
	r.State = vault.Pending
	row := toCertificateRow(r)
	return wrap(gorm.G[certificateRow](d.gorm).Create(ctx, &row), "certificate")
}

func toCertificateRow(r vault.Record) certificateRow {
	return certificateRow{ID: r.ID, KeyID: r.KeyID, State: string(r.State), Name: r.Name, Kind: string(r.Leaf.Kind), SHA256: r.Leaf.SHA256,
		OrganizationIdentifier: r.Leaf.OrganizationIdentifier, NotAfter: micros(r.Leaf.NotAfter), ChainPEM: r.ChainPEM(),
		Custody: r.Custody, CreatedAt: micros(r.CreatedAt), CreatedBy: r.CreatedBy}
}

// FinishImport implements vault.Intents.
func (d *DB) FinishImport(ctx context.Context, id string) error {
	err := d.gorm.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		// If the certificate was requested here, its request has the same id.
		if _, err := gorm.G[requestRow](tx).Where("id = ?", id).Update(ctx, "state", string(vault.RequestIssued)); err != nil {
			return err
		}
		n, err := gorm.G[certificateRow](tx).Where("id = ? AND state = ?", id, vault.Pending).Update(ctx, "state", string(vault.Stored))
		return expectOne(n, err, "pending certificate")
	})
	return wrap(err, "certificate")
}

// AbandonImport implements vault.Intents.
func (d *DB) AbandonImport(ctx context.Context, id string) error {
	n, err := gorm.G[certificateRow](d.gorm).Where("id = ? AND state = ?", id, vault.Pending).Delete(ctx)
	return expectOne(n, err, "pending certificate")
}

// expectOne makes a conflict of a change that found no row: somebody else was faster.
func expectOne(changed int, err error, what string) error {
	if err != nil {
		return wrap(err, what)
	}
	if changed != 1 {
		return fault.New(fault.Conflict, "changed_meanwhile", "The %s was changed meanwhile; look at it again.", what)
	}
	return nil
}
