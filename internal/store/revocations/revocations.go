// Package revocations keeps what is known of whether certificates were revoked.
package revocations

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/internal/revocation"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

// Store keeps it in the database.
type Store struct{ db *gorm.DB }

// New returns the store over an open database.
func New(db *gorm.DB) *Store { return &Store{db} }

type checkRow struct {
	SHA256      string `gorm:"column:sha256;primaryKey"`
	Certificate []byte
	Issuer      []byte
	Lists       string
	AskAt       int64
	Status      string
	Answer      string
	Attempt     string
	Failures    int
	Revision    int
}

func (checkRow) TableName() string { return "revocation_checks" }

func rowOf(c revocation.Check) checkRow {
	answer, _ := json.Marshal(c.Answer) // texts and times
	attempt, _ := json.Marshal(c.Attempt)
	return checkRow{
		SHA256:      c.SHA256,
		Certificate: c.Certificate,
		Issuer:      append([]byte{}, c.Issuer...),
		Lists:       strings.Join(c.Lists, "\n"),
		AskAt:       c.AskAt.UnixMicro(),
		Status:      string(c.Answer.Status),
		Answer:      string(answer),
		Attempt:     string(attempt),
		Failures:    c.Failures,
		Revision:    c.Revision,
	}
}

func (r checkRow) check() revocation.Check {
	c := revocation.Check{
		SHA256:      r.SHA256,
		Certificate: r.Certificate,
		Issuer:      r.Issuer,
		AskAt:       time.UnixMicro(r.AskAt).UTC(),
		Failures:    r.Failures,
		Revision:    r.Revision,
	}
	if r.Lists != "" {
		c.Lists = strings.Split(r.Lists, "\n")
	}
	_ = json.Unmarshal([]byte(r.Answer), &c.Answer) // a store wrote them
	_ = json.Unmarshal([]byte(r.Attempt), &c.Attempt)
	return c
}

// A certificate that was declared compromised is asked about until its issuer has revoked it, in use or not. With
// OFFSET, PostgreSQL looks up what is due, and does not read all that there is.
const unused = "(NOT EXISTS " +
	"(SELECT 1 FROM chain_elements WHERE chain_elements.sha256 = revocation_checks.sha256 LIMIT 1 OFFSET 0) AND " +
	"NOT EXISTS (SELECT 1 FROM certificates JOIN incidents ON certificates.id = incidents.certificate_id OR " +
	"incidents.whole_key = 1 AND (certificates.key_id = incidents.key_id OR " +
	"certificates.spki_sha256 = incidents.spki_sha256) " +
	"WHERE certificates.sha256 = revocation_checks.sha256 AND incidents.withdrawn_at = 0 LIMIT 1 OFFSET 0))"

// DueRevocations implements revocation.Store. What no certificate depends on any more is not due.
func (s *Store) DueRevocations(ctx context.Context, at time.Time, limit int) ([]revocation.Check, error) {
	db := s.db.WithContext(ctx)
	var due []checkRow
	err := db.Where("ask_at <= ? AND NOT "+unused, at.UnixMicro()).Order("ask_at, sha256").Limit(limit).
		Find(&due).Error
	if err == nil && len(due) < limit { // a short page has seen all that are due
		err = db.Model(&checkRow{}).Where("ask_at <= ? AND "+unused, at.UnixMicro()).
			Update("ask_at", revocation.Never.UnixMicro()).Error
	}
	return sqldb.Convert(due, err, "revocation check", checkRow.check)
}

// RevocationsOfLists implements revocation.Store.
func (s *Store) RevocationsOfLists(
	ctx context.Context, lists []string, after string, limit int,
) ([]revocation.Check, error) {
	var rows []checkRow
	err := s.db.WithContext(ctx).Where("lists = ? AND sha256 > ? AND ask_at < ?", strings.Join(lists, "\n"), after,
		revocation.Never.UnixMicro()).Order("sha256").Limit(limit).Find(&rows).Error
	return sqldb.Convert(rows, err, "revocation check", checkRow.check)
}

// RevocationsOf implements revocation.Store.
func (s *Store) RevocationsOf(ctx context.Context, certificateID string) ([]revocation.Check, error) {
	var rows []checkRow
	err := s.db.WithContext(ctx).Joins("JOIN chain_elements ON chain_elements.sha256 = revocation_checks.sha256").
		Where("certificate_id = ?", certificateID).Order("position").Find(&rows).Error
	return sqldb.Convert(rows, err, "revocation check", checkRow.check)
}

// RevocationByFingerprint implements revocation.Store.
func (s *Store) RevocationByFingerprint(ctx context.Context, sha256 string) (revocation.Check, error) {
	var row checkRow
	err := s.db.WithContext(ctx).Where("sha256 = ?", sha256).First(&row).Error
	if err != nil {
		return revocation.Check{}, sqldb.Wrap(err, "revocation check")
	}
	return row.check(), nil
}

// SaveRevocations implements revocation.Store.
func (s *Store) SaveRevocations(ctx context.Context, checks []revocation.Check) (behind []string, err error) {
	err = sqldb.Transaction(ctx, s.db, "revocation check", func(tx *gorm.DB) error {
		behind = nil
		for part := range slices.Chunk(checks, namedAtOnce) {
			late, err := save(tx, part)
			if err != nil {
				return err
			}
			behind = append(behind, late...)
		}
		return nil
	})
	return behind, err
}

// namedAtOnce bounds the parameters of a query.
const namedAtOnce = 500

// changing are the columns that a question changes, after the key, but for the issuer, which is found once at most.
// The status comes last: it seldom changes.
var changing = []sqldb.Column{
	{Name: "sha256", Type: "TEXT"},
	{Name: "revision", Type: "BIGINT"},
	{Name: "ask_at", Type: "BIGINT"},
	{Name: "answer", Type: "TEXT"},
	{Name: "attempt", Type: "TEXT"},
	{Name: "failures", Type: "BIGINT"},
	{Name: "status", Type: "TEXT"},
}

// save writes as many checks as a query may name.
func save(tx *gorm.DB, checks []revocation.Check) (behind []string, err error) {
	before, err := known(tx, checks)
	if err != nil {
		return nil, err
	}
	rows := map[int][][]any{} // by the number of columns
	for _, c := range checks {
		r := rowOf(c)
		row := []any{r.SHA256, r.Revision + 1, r.AskAt, r.Answer, r.Attempt, r.Failures, r.Status}
		if before[c.SHA256].Status == r.Status {
			row = row[:len(row)-1]
		}
		rows[len(row)] = append(rows[len(row)], row)
	}
	var keys []string
	for n, part := range rows {
		set, err := sqldb.UpdateEach(tx, "revocation_checks", changing[:n], "revision = v.column2 - 1", part)
		if err != nil {
			return nil, err
		}
		keys = append(keys, set...)
	}
	saved := make(map[string]bool, len(keys))
	for _, sha256 := range keys {
		saved[sha256] = true
	}
	for _, c := range checks {
		was := before[c.SHA256]
		if !saved[c.SHA256] {
			behind = append(behind, c.SHA256)
			continue
		}
		if was.Issuerless && len(c.Issuer) > 0 {
			err := tx.Model(&checkRow{}).Where("sha256 = ?", c.SHA256).Update("issuer", c.Issuer).Error
			if err != nil {
				return nil, err
			}
		}
		if (was.Status == string(revocation.Revoked)) != (string(c.Answer.Status) == string(revocation.Revoked)) {
			if err := tell(tx, c.SHA256); err != nil {
				return nil, err
			}
		}
	}
	return behind, nil
}

// knownRow is what is known of a check so far.
type knownRow struct {
	SHA256     string
	Status     string
	Issuerless bool
}

func known(tx *gorm.DB, checks []revocation.Check) (map[string]knownRow, error) {
	all := make([]string, len(checks))
	for i, c := range checks {
		all[i] = c.SHA256
	}
	rows, err := sqldb.Scan(tx.Table("revocation_checks").Select("sha256, status, length(issuer) = 0").
		Where("sha256 IN ?", all), "revocation check",
		func(r *knownRow) []any { return []any{&r.SHA256, &r.Status, &r.Issuerless} })
	known := make(map[string]knownRow, len(rows))
	for _, r := range rows {
		known[r.SHA256] = r
	}
	return known, err
}

// tell has everything that follows a certificate look at it again: another revision is what open clients in all
// replicas follow, and a written chain what services are told of.
func tell(tx *gorm.DB, sha256 string) error {
	return tx.Table("certificates").
		Where("ended = 0 AND id IN (SELECT certificate_id FROM chain_elements WHERE sha256 = ?)", sha256).
		Updates(map[string]any{"chain_pem": gorm.Expr("chain_pem"), "revision": gorm.Expr("revision + 1")}).Error
}

// RevokedElements implements revocation.Store.
func (s *Store) RevokedElements(ctx context.Context) ([]revocation.Element, error) {
	rows, err := sqldb.Scan(s.db.WithContext(ctx).Table("revocation_checks").
		Joins("JOIN chain_elements ON chain_elements.sha256 = revocation_checks.sha256").
		Where("status = ?", string(revocation.Revoked)).Order("certificate_id, position").
		Select("certificate_id, position, certificate, answer"), "revocation check",
		func(r *elementRow) []any { return []any{&r.CertificateID, &r.Position, &r.Certificate, &r.Answer} })
	return sqldb.Convert(rows, err, "revocation check", elementRow.element)
}

type elementRow struct {
	CertificateID string
	Position      int
	Certificate   []byte
	Answer        string
}

func (r elementRow) element() revocation.Element {
	c := checkRow{Certificate: r.Certificate, Answer: r.Answer, Attempt: "{}"}.check()
	return revocation.Element{CertificateID: r.CertificateID, Position: r.Position, Check: c}
}
