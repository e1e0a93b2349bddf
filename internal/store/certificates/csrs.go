package certificates

import (
	"context"
	"encoding/pem"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/listing"
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
	// whose certificate it asks for; empty while its key is being made
	OrganizationIdentifier string
}

func (csrRow) TableName() string { return "csrs" }

// BeginCSR implements vault.Requests.
func (s *Store) BeginCSR(ctx context.Context, r vault.CSR) error {
	r.State = vault.CSRPending
	row := toCSRRow(r)
	return sqldb.Transaction(ctx, s.db, "CSR", func(tx *gorm.DB) error {
		if err := sqldb.Create(ctx, tx, &row); err != nil {
			return err
		}
		return setCSRWords(tx, r)
	})
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

		OrganizationIdentifier: organizationIn(r.PEM),
	}
}

// csrWords is the kind of the words by which CSRs are found.
const csrWords = "csr"

func setCSRWords(tx *gorm.DB, r vault.CSR) error {
	return sqldb.SetWords(tx, csrWords, r.ID, r.ID, r.Name, r.SPKISHA256)
}

// organizationIn is whose certificate a CSR asks for; "" while its key is being made.
func organizationIn(csr string) string {
	block, _ := pem.Decode([]byte(csr))
	if block == nil {
		return ""
	}
	r, err := certs.ParseCSR(block.Bytes)
	if err != nil {
		return ""
	}
	return r.OrganizationIdentifier()
}

// OpenCSR implements vault.Requests.
func (s *Store) OpenCSR(ctx context.Context, r vault.CSR) error {
	r.State = vault.CSROpen
	row := toCSRRow(r)
	return sqldb.Transaction(ctx, s.db, "pending CSR", func(tx *gorm.DB) error {
		n, err := sqldb.Updates(ctx, tx.Where("id = ? AND state = ?", r.ID, vault.CSRPending).
			Select("state", "spki_sha256", "csr_pem", "organization_identifier"), row)
		if err := sqldb.ExpectOne(n, err, "pending CSR"); err != nil {
			return err
		}
		return setCSRWords(tx, r)
	})
}

// DropCSR implements vault.Requests.
func (s *Store) DropCSR(ctx context.Context, id string) error {
	return sqldb.Transaction(ctx, s.db, "pending CSR", func(tx *gorm.DB) error {
		n, err := sqldb.Delete[csrRow](ctx, tx.Where("id = ? AND state = ?", id, vault.CSRPending))
		if err := sqldb.ExpectOne(n, err, "pending CSR"); err != nil {
			return err
		}
		return sqldb.SetWords(tx, csrWords, id)
	})
}

// csrOrders are the orders of vault.CSRsListed.
var csrOrders = map[string]sqldb.Order{
	"created_at":  {Columns: []string{"created_at", "id"}},
	"-created_at": {Columns: []string{"created_at", "id"}, Descending: true},
}

// CSRPage implements vault.CSRLists.
func (s *Store) CSRPage(
	ctx context.Context, reach access.Reach, q listing.Query,
) (listing.Page[vault.CSR], error) {
	query, err := s.listedCSRs(ctx, reach, q)
	if err != nil {
		return listing.Page[vault.CSR]{}, sqldb.Wrap(err, "CSR")
	}
	page, err := sqldb.Page(query, q, csrOrders[q.Sort], "CSR", func(r csrRow, column string) any {
		if column == "created_at" {
			return r.CreatedAt
		}
		return r.ID
	})
	return listing.Map(page, csrRow.request), err
}

// listedCSRs selects what a query is about. States are literals, as the indexes have them.
func (s *Store) listedCSRs(ctx context.Context, reach access.Reach, q listing.Query) (*gorm.DB, error) {
	query, err := sqldb.Within(s.db.WithContext(ctx).Table("csrs"), reach, sqldb.CSRs, "csrs.id")
	if err != nil {
		return nil, err
	}
	switch q.Filters[vault.FilterIssued] {
	case "true":
		query = query.Where("state = 'issued'")
	case "false":
		query = query.Where("state <> 'issued'")
	}
	return sqldb.Matching(query, "csrs", csrWords, q)
}

// CSRByID implements vault.CSRLists.
func (s *Store) CSRByID(ctx context.Context, id string) (vault.CSR, error) {
	row, err := sqldb.First[csrRow](ctx, s.db.Where("id = ?", id))
	return row.request(), sqldb.Wrap(err, "CSR")
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
