package certificates

import (
	"context"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
	"github.com/sealkeeper/sealkeeper/vault"
)

type csrRow struct {
	ID         string `gorm:"primaryKey"`
	State      string
	Name       string
	Kind       string
	SPKISHA256 string `gorm:"column:spki_sha256"`
	CSRPEM     string `gorm:"column:csr_pem"`
	CreatedAt  int64  `gorm:"autoCreateTime:false"`
	CreatedBy  string
	Replaces   string // id of a certificate
}

func (csrRow) TableName() string { return "csrs" }

// BeginCSR implements vault.Requests.
func (s *Store) BeginCSR(ctx context.Context, r vault.CSR) error {
	r.State = vault.CSRPending
	row := toCSRRow(r)
	return sqldb.Wrap(sqldb.Create(ctx, s.db, &row), "CSR")
}

func toCSRRow(r vault.CSR) csrRow {
	return csrRow{
		ID:         r.ID,
		State:      string(r.State),
		Name:       r.Name,
		Kind:       string(r.Kind),
		SPKISHA256: r.SPKISHA256,
		CSRPEM:     r.PEM,
		CreatedAt:  sqldb.Micros(r.CreatedAt),
		CreatedBy:  r.CreatedBy,
		Replaces:   r.Replaces,
	}
}

// OpenCSR implements vault.Requests.
func (s *Store) OpenCSR(ctx context.Context, r vault.CSR) error {
	n, err := sqldb.Updates(ctx, s.db.Where("id = ? AND state = ?", r.ID, vault.CSRPending).
		Select("state", "spki_sha256", "csr_pem"), csrRow{
		State:      string(vault.CSROpen),
		SPKISHA256: r.SPKISHA256,
		CSRPEM:     r.PEM,
	})
	return sqldb.ExpectOne(n, err, "pending CSR")
}

// DropCSR implements vault.Requests.
func (s *Store) DropCSR(ctx context.Context, id string) error {
	n, err := sqldb.Delete[csrRow](ctx, s.db.Where("id = ? AND state = ?", id, vault.CSRPending))
	return sqldb.ExpectOne(n, err, "pending CSR")
}

// Requests implements vault.Requests.
func (s *Store) Requests(ctx context.Context) ([]vault.CSR, error) {
	rows, err := sqldb.Find[csrRow](ctx, s.db.Order("created_at DESC, id DESC"))
	return sqldb.Convert(rows, err, "CSR", csrRow.request)
}

// OpenCSROf implements vault.Requests. The state is a literal, as the index has it.
func (s *Store) OpenCSROf(ctx context.Context, spkiSHA256 string) (vault.CSR, error) {
	row, err := sqldb.Take[csrRow](ctx, s.db.Where("spki_sha256 = ? AND state = 'open'", spkiSHA256).
		Order("created_at DESC, id DESC"))
	return row.request(), sqldb.Wrap(err, "open CSR")
}

// PendingCSRs implements vault.Requests.
func (s *Store) PendingCSRs(ctx context.Context) ([]vault.CSR, error) {
	rows, err := sqldb.Find[csrRow](ctx, s.db.Where("state = 'pending'").Order("id"))
	return sqldb.Convert(rows, err, "CSR", csrRow.request)
}

func (r csrRow) request() vault.CSR {
	return vault.CSR{
		ID:         r.ID,
		State:      vault.CSRState(r.State),
		Name:       r.Name,
		Kind:       certs.Kind(r.Kind),
		SPKISHA256: r.SPKISHA256,
		PEM:        r.CSRPEM,
		CreatedAt:  sqldb.FromMicros(r.CreatedAt),
		CreatedBy:  r.CreatedBy,
		Replaces:   r.Replaces,
	}
}
