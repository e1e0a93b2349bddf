package certificates

import (
	"context"
	"maps"
	"math"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/sealkeeper/sealkeeper/certs/rules"
	"github.com/sealkeeper/sealkeeper/internal/parallel"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
	"github.com/sealkeeper/sealkeeper/vault"
)

// CertificatesToJudge implements vault.Summaries.
func (s *Store) CertificatesToJudge(
	ctx context.Context, rules int, at time.Time, limit int,
) (vault.Due, error) {
	var rows []certificateRow
	for _, due := range []*gorm.DB{
		s.db.WithContext(ctx).Where("judged_rules < ?", rules),
		s.db.WithContext(ctx).Where("judged_rules = ? AND judge_at <= ?", rules, sqldb.Micros(at)),
	} {
		if err := due.Limit(limit).Find(&rows).Error; err != nil {
			return vault.Due{}, sqldb.Wrap(err, "certificate")
		}
		if len(rows) > 0 {
			break
		}
	}
	records, failed := make([]vault.Record, len(rows)), make([]error, len(rows))
	parallel.Each(len(rows), func(i int) { records[i], failed[i] = s.record(rows[i]) })
	var due vault.Due
	for i, r := range records {
		if failed[i] == nil {
			due.Records = append(due.Records, r)
		} else { // it does not parse
			due.Unreadable = append(due.Unreadable, rows[i].ID)
		}
	}
	return due, nil
}

// SkipCertificates implements vault.Summaries.
func (s *Store) SkipCertificates(ctx context.Context, rules int, ids []string) error {
	err := s.db.WithContext(ctx).Model(&certificateRow{}).Where("id IN ? AND judged_rules <= ?", ids, rules).
		Updates(map[string]any{"judged_rules": rules, "judge_at": int64(math.MaxInt64)}).Error
	return sqldb.Wrap(err, "certificate")
}

// JudgeCertificates implements vault.Summaries. What a newer program has judged stays.
func (s *Store) JudgeCertificates(ctx context.Context, judged []vault.Judged) error {
	return sqldb.Transaction(ctx, s.db, "certificate", func(tx *gorm.DB) error {
		for part := range slices.Chunk(judged, namedAtOnce) {
			if err := judge(tx, part); err != nil {
				return err
			}
		}
		return nil
	})
}

// judge notes as many judgements as a query may name. It writes what has changed.
func judge(tx *gorm.DB, judged []vault.Judged) error {
	ids := make([]string, len(judged))
	for i, one := range judged {
		ids[i] = one.ID
	}
	noted, err := noted(tx, ids)
	if err != nil {
		return err
	}
	var changed []change
	touched, texts := map[string][]rules.Coming{}, map[string][]string{}
	for _, one := range judged {
		was, there := noted[one.ID]
		if !there || was.JudgedRules > one.Rules {
			continue
		}
		changed = append(changed, change{one.ID, was, summaryOf(one.Record, one.Judgement)})
		touched[one.ID], texts[one.ID] = one.Ahead, one.SearchTexts()
	}
	if err := write(tx, changed); err != nil {
		return err
	}
	if err := setComing(tx, touched); err != nil {
		return err
	}
	return sqldb.SetWordsOf(tx, wordsOf, texts)
}

// noted is what lists say of certificates, which nobody else changes before the transaction has ended.
func noted(tx *gorm.DB, ids []string) (map[string]Listed, error) {
	columns := make([]string, len(listed))
	for i, c := range listed {
		columns[i] = c.Name
	}
	rows, err := sqldb.Scan(tx.Model(&certificateRow{}).Clauses(clause.Locking{Strength: "UPDATE"}).
		Select(columns).Where("id IN ?", ids).Order("id"), "certificate", func(r *certificateRow) []any {
		return []any{
			&r.ID, &r.Organization, &r.Issuer, &r.Serial, &r.NotBefore, &r.NameKey, &r.Severity, &r.Worst, &r.Findings,
			&r.JudgedRules, &r.JudgeAt,
		}
	})
	noted := make(map[string]Listed, len(rows))
	for _, r := range rows {
		noted[r.ID] = r.Listed
	}
	return noted, err
}

// listed are the columns that a judgement changes, after the key.
var listed = []sqldb.Column{
	{Name: "id", Type: "TEXT"},
	{Name: "organization", Type: "TEXT"},
	{Name: "issuer", Type: "TEXT"},
	{Name: "serial", Type: "TEXT"},
	{Name: "not_before", Type: "BIGINT"},
	{Name: "name_key", Type: "TEXT"},
	{Name: "severity", Type: "BIGINT"},
	{Name: "worst", Type: "TEXT"},
	{Name: "findings", Type: "BIGINT"},
	{Name: "judged_rules", Type: "BIGINT"},
	{Name: "judge_at", Type: "BIGINT"},
}

// values are those of the columns listed.
func (c Listed) values(id string) []any {
	return []any{
		id, c.Organization, c.Issuer, c.Serial, c.NotBefore, c.NameKey, c.Severity, c.Worst, c.Findings, c.JudgedRules,
		c.JudgeAt,
	}
}

// change is what lists said of a certificate and say now.
type change struct {
	id       string
	was, now Listed
}

// write writes the columns that differ: each has indexes that follow it.
func write(tx *gorm.DB, changed []change) error {
	rows := map[int][][]any{} // by the set of columns
	for _, c := range changed {
		set, row := 0, []any{c.id}
		was, now := c.was.values(c.id), c.now.values(c.id)
		for i := range listed {
			if was[i] != now[i] {
				set |= 1 << i
				row = append(row, now[i])
			}
		}
		if set != 0 {
			rows[set] = append(rows[set], row)
		}
	}
	for _, set := range slices.Sorted(maps.Keys(rows)) {
		columns := []sqldb.Column{listed[0]}
		for i, c := range listed {
			if set&(1<<i) != 0 {
				columns = append(columns, c)
			}
		}
		if _, err := sqldb.UpdateEach(tx, "certificates", columns, "", rows[set]); err != nil {
			return err
		}
	}
	return nil
}
