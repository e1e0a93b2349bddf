package certificates

import (
	"context"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
	"github.com/sealkeeper/sealkeeper/vault"
)

type requestRow struct {
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

func (requestRow) TableName() string { return "certificate_requests" }

// BeginRequest implements vault.Requests.
func (s *Store) BeginRequest(ctx context.Context, r vault.Request) error {
	r.State = vault.RequestPending
	row := toRequestRow(r)
	return sqldb.Wrap(gorm.G[requestRow](s.db).Create(ctx, &row), "certificate request")
}

func toRequestRow(r vault.Request) requestRow {
	return requestRow{
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

// OpenRequest implements vault.Requests.
func (s *Store) OpenRequest(ctx context.Context, r vault.Request) error {
	n, err := gorm.G[requestRow](s.db).Where("id = ? AND state = ?", r.ID, vault.RequestPending).
		Select("state", "spki_sha256", "csr_pem").Updates(ctx, requestRow{
		State:      string(vault.RequestOpen),
		SPKISHA256: r.SPKISHA256,
		CSRPEM:     r.PEM,
	})
	return sqldb.ExpectOne(n, err, "pending certificate request")
}

// DropRequest implements vault.Requests.
func (s *Store) DropRequest(ctx context.Context, id string) error {
	n, err := gorm.G[requestRow](s.db).Where("id = ? AND state = ?", id, vault.RequestPending).Delete(ctx)
	return sqldb.ExpectOne(n, err, "pending certificate request")
}

// Requests implements vault.Requests.
func (s *Store) Requests(ctx context.Context) ([]vault.Request, error) {
	rows, err := gorm.G[requestRow](s.db).Order("created_at DESC, id DESC").Find(ctx)
	return sqldb.Convert(rows, err, "certificate request", requestRow.request)
}

// OpenRequestOf implements vault.Requests. The state is a literal, as the index has it.
func (s *Store) OpenRequestOf(ctx context.Context, spkiSHA256 string) (vault.Request, error) {
	row, err := gorm.G[requestRow](s.db).Where("spki_sha256 = ? AND state = 'open'", spkiSHA256).
		Order("created_at DESC, id DESC").Take(ctx)
	return row.request(), sqldb.Wrap(err, "open certificate request")
}

// PendingRequests implements vault.Requests.
func (s *Store) PendingRequests(ctx context.Context) ([]vault.Request, error) {
	rows, err := gorm.G[requestRow](s.db).Where("state = 'pending'").Order("id").Find(ctx)
	return sqldb.Convert(rows, err, "certificate request", requestRow.request)
}

func (r requestRow) request() vault.Request {
	return vault.Request{
		ID:         r.ID,
		State:      vault.RequestState(r.State),
		Name:       r.Name,
		Kind:       certs.Kind(r.Kind),
		SPKISHA256: r.SPKISHA256,
		PEM:        r.CSRPEM,
		CreatedAt:  sqldb.FromMicros(r.CreatedAt),
		CreatedBy:  r.CreatedBy,
		Replaces:   r.Replaces,
	}
}
