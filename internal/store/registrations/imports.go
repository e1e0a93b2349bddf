package registrations

import (
	"context"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/existing"
)

// importLinesAtOnce bounds the parameters of a statement.
const importLinesAtOnce = 500

// AddImport implements existing.Store.
func (s *Store) AddImport(ctx context.Context, i existing.Import, lines []existing.Line) error {
	rows := make([]importLineRow, len(lines))
	for n, l := range lines {
		rows[n] = toImportLineRow(l)
	}
	return sqldb.Transaction(ctx, s.db, "import", func(tx *gorm.DB) error {
		row := toImportRow(i)
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		return tx.CreateInBatches(&rows, importLinesAtOnce).Error
	})
}

// RegistrationImport implements existing.Store.
func (s *Store) RegistrationImport(ctx context.Context, id string) (existing.Import, error) {
	row, err := sqldb.First[importRow](ctx, s.db.Where("id = ?", id))
	return row.domain(), sqldb.Wrap(err, "import")
}

// ImportPage implements existing.Store. The lists themselves are not read.
func (s *Store) ImportPage(ctx context.Context, q listing.Query) (listing.Page[existing.Import], error) {
	query := s.db.WithContext(ctx).Table("registration_imports").Omit("list", "sealed")
	newest := sqldb.Order{Columns: []string{"created_at", "id"}, Descending: true}
	rows, err := sqldb.Page(query, q, newest, "import", func(r importRow, column string) any {
		if column == "id" {
			return r.ID
		}
		return r.CreatedAt
	})
	return listing.Map(rows, importRow.domain), err
}

// ImportLinePage implements existing.Store.
func (s *Store) ImportLinePage(
	ctx context.Context, id string, q listing.Query,
) (listing.Page[existing.Line], error) {
	query := s.db.WithContext(ctx).Table("registration_import_lines").Where("import_id = ?", id)
	if state := q.Filters[existing.FilterState]; state != "" {
		query = query.Where("state = ?", state)
	}
	order := sqldb.Order{Columns: []string{"position"}}
	rows, err := sqldb.Page(query, q, order, "import", func(r importLineRow, _ string) any {
		return int64(r.Position)
	})
	return listing.Map(rows, importLineRow.line), err
}

// CountImportLines implements existing.Store.
func (s *Store) CountImportLines(ctx context.Context, id string) (existing.Counts, error) {
	var groups []struct {
		State   string
		Lacking bool
		N       int
	}
	err := s.db.WithContext(ctx).Table("registration_import_lines").Select("state, lacking, count(*) AS n").
		Where("import_id = ?", id).Group("state, lacking").Scan(&groups).Error
	counts := existing.Counts{States: map[existing.LineState]int{}}
	for _, g := range groups {
		counts.States[existing.LineState(g.State)] += g.N
		if g.Lacking {
			counts.Lacking += g.N
		}
	}
	return counts, sqldb.Wrap(err, "import")
}

// openImportsMost is how many open imports are looked at in one run.
const openImportsMost = 100

// OpenImports implements existing.Progress. The lists themselves are not read.
func (s *Store) OpenImports(ctx context.Context) ([]existing.Import, error) {
	open := s.db.Where("state IN ('requested', 'approved')")                     // as the index says it
	open = open.Omit("list", "sealed").Order("state, id").Limit(openImportsMost) // those agreed to first
	rows, err := sqldb.Find[importRow](ctx, open)
	return sqldb.Convert(rows, err, "import", importRow.domain)
}

// MoveImport implements existing.Progress.
func (s *Store) MoveImport(ctx context.Context, i existing.Import, from existing.State) error {
	changes := map[string]any{
		"state":            string(i.State),
		"sealed":           append([]byte{}, i.Sealed...),
		"approved_by":      i.ApprovedBy,
		"approved_by_name": i.ApprovedByName,
		"approved_at":      sqldb.Micros(i.ApprovedAt),
	}
	if i.State == existing.Dropped { // nobody needs the people's addresses in it; its hash stays
		changes["list"] = ""
	}
	result := s.db.WithContext(ctx).Model(&importRow{}).Where("id = ? AND state = ?", i.ID, string(from)).
		Updates(changes)
	return sqldb.ExpectOneIn(result, "import")
}

// PendingImportLines implements existing.Progress.
func (s *Store) PendingImportLines(ctx context.Context, id string, limit int) ([]existing.Line, error) {
	rows, err := sqldb.Find[importLineRow](ctx,
		s.db.Where("import_id = ? AND state = 'pending'", id).Order("position").Limit(limit))
	return sqldb.Convert(rows, err, "import", importLineRow.line)
}

const left = "import_id = ? AND state IN ('there', 'failed') AND credentials_ref <> ''" // as the index says it

// LeftCredentials implements existing.Progress.
func (s *Store) LeftCredentials(ctx context.Context, id string, limit int) ([]existing.Line, error) {
	rows, err := sqldb.Find[importLineRow](ctx, s.db.Where(left, id).Order("position").Limit(limit))
	return sqldb.Convert(rows, err, "import", importLineRow.line)
}

// ForgetCredentials implements existing.Progress.
func (s *Store) ForgetCredentials(ctx context.Context, l existing.Line) error {
	line := s.db.WithContext(ctx).Model(&importLineRow{}).Where(left, l.ImportID).Where("position = ?", l.Position)
	return sqldb.Wrap(line.Update("credentials_ref", "").Error, "import")
}

// BringIn implements existing.Progress.
func (s *Store) BringIn(ctx context.Context, a existing.Arrival) error {
	return s.withHistory(ctx, a.History, "registration", func(tx *gorm.DB) error {
		if err := settle(tx, a.Line); err != nil {
			return err
		}
		inTx := New(tx)
		if a.Enrolment != nil {
			if err := inTx.UpdateEnrolment(ctx, *a.Enrolment, nil); err != nil {
				return err
			}
		}
		if err := inTx.AddRegistration(ctx, a.Registration); err != nil {
			return err
		}
		for subject, records := range a.Steps {
			for _, record := range records {
				row := toStepRow(subject, record)
				// What a person has noted since the list was judged stays.
				if err := sqldb.Create(ctx, tx.Clauses(clause.OnConflict{DoNothing: true}), &row); err != nil {
					return err
				}
			}
		}
		if err := notFrozen(tx, a.Bundle.QWACID, a.Bundle.QSealCID); err != nil {
			return err
		}
		return addFirstVersion(tx, a.Bundle)
	})
}

// frozenBy joins a certificate c with the incidents that freeze it.
const frozenBy = `incidents i ON i.withdrawn_at = 0 AND (i.certificate_id = c.id OR
	i.whole_key = 1 AND (i.key_id = c.key_id OR i.spki_sha256 = c.spki_sha256))`

// notFrozen refuses certificates that are declared compromised.
func notFrozen(tx *gorm.DB, ids ...string) error {
	var frozen int64
	err := tx.Raw("SELECT COUNT(*) FROM certificates c JOIN "+frozenBy+" WHERE c.id IN ?", ids).Scan(&frozen).Error
	if err == nil && frozen > 0 {
		err = fault.New(fault.Conflict, "import_certificate_compromised",
			"A certificate of this line is declared compromised: name another one.")
	}
	return err
}

// addFirstVersion writes what the store of bundles reads.
func addFirstVersion(tx *gorm.DB, b registration.Bundle) error {
	return tx.Table("bundles").Create(map[string]any{
		"id":              b.ID,
		"registration_id": b.RegistrationID,
		"version":         b.Version,
		"state":           string(b.State),
		"qwac_id":         b.QWACID,
		"qsealc_id":       b.QSealCID,
		"client_id":       b.ClientID,
		"credentials_ref": b.CredentialsRef,
		"credentials":     sqldb.Values(b.Credentials),
		"tested_at":       0,
		"test_passed":     false,
		"test_detail":     "",
		"test_code":       "",
		"test_args":       sqldb.List(nil),
		"trust_anchors":   sqldb.List(nil),
		"no_client_auth":  "",
		"activated_by":    "",
		"activated_at":    0,
		"created_by":      b.CreatedBy,
		"created_at":      sqldb.Micros(b.CreatedAt),
	}).Error
}

// SettleImportLine implements existing.Progress.
func (s *Store) SettleImportLine(ctx context.Context, l existing.Line) error {
	return sqldb.Transaction(ctx, s.db, "import", func(tx *gorm.DB) error { return settle(tx, l) })
}

// settle says what has become of a pending line: of two who do, one does.
func settle(tx *gorm.DB, l existing.Line) error {
	row := toImportLineRow(l)
	result := tx.Model(&importLineRow{}).
		Where("import_id = ? AND position = ? AND state = 'pending'", l.ImportID, l.Position).
		Select("state", "registration_id", "lacking", "failed_code", "failed_args", "failed_text").Updates(&row)
	return sqldb.ExpectOneIn(result, "import")
}

const frozen = `SELECT c.id FROM certificates c JOIN ` + frozenBy

// fillable are lines whose draft lacks a certificate that is in custody by now, as an id for each slot.
const fillable = `SELECT l.import_id, l.position, b.id,
	CASE WHEN b.qwac_id = '' THEN COALESCE(q.id, '') ELSE b.qwac_id END,
	CASE WHEN b.qsealc_id = '' THEN COALESCE(s.id, '') ELSE b.qsealc_id END,
	b.state, l.qsealc <> '', b.qwac_id, b.qsealc_id
FROM registration_import_lines l JOIN bundles b ON b.id = l.bundle_id
	LEFT JOIN certificates q ON q.sha256 = l.qwac AND q.state = 'stored' AND q.id NOT IN (` + frozen + `)
	LEFT JOIN certificates s ON s.sha256 = l.qsealc AND s.state = 'stored' AND s.id NOT IN (` + frozen + `)
WHERE l.lacking AND (b.state <> 'draft' OR b.qwac_id = '' AND q.id IS NOT NULL OR b.qsealc_id = '' AND s.id IS NOT NULL
	OR b.qwac_id <> '' AND (b.qsealc_id <> '' OR l.qsealc = ''))
LIMIT ?`

type fillableRow struct {
	importID, bundleID, qwac, qsealc, state string
	hadQWAC, hadQSealC                      string // as it was read
	position                                int
	seals                                   bool
}

// FillImported implements existing.Progress.
func (s *Store) FillImported(ctx context.Context, limit int) (int, error) {
	rows, err := sqldb.Scan(s.db.WithContext(ctx).Raw(fillable, limit), "import", func(r *fillableRow) []any {
		return []any{&r.importID, &r.position, &r.bundleID, &r.qwac, &r.qsealc, &r.state, &r.seals, &r.hadQWAC,
			&r.hadQSealC}
	})
	if err != nil {
		return 0, err
	}
	for _, r := range rows {
		err := sqldb.Transaction(ctx, s.db, "bundle", func(tx *gorm.DB) error {
			if r.qwac == r.hadQWAC && r.qsealc == r.hadQSealC { // nothing is filled: what is left is to note that
				return r.filled(tx)
			}
			// A test of the version was of another content. What a person has chosen meanwhile stays.
			err := tx.Table("bundles").Where("id = ? AND state = 'draft' AND qwac_id = ? AND qsealc_id = ?",
				r.bundleID, r.hadQWAC, r.hadQSealC).
				Updates(map[string]any{
					"qwac_id":     r.qwac,
					"qsealc_id":   r.qsealc,
					"tested_at":   0,
					"test_passed": false,
				}).Error
			if err != nil {
				return err
			}
			return r.filled(tx)
		})
		if err != nil {
			return 0, err
		}
	}
	return len(rows), nil
}

// filled notes that a line's draft lacks nothing any more, if that is so.
func (r fillableRow) filled(tx *gorm.DB) error {
	if r.state == string(registration.Draft) && (r.qwac == "" || r.seals && r.qsealc == "") {
		return nil
	}
	return tx.Model(&importLineRow{}).Where("import_id = ? AND position = ?", r.importID, r.position).
		Update("lacking", false).Error
}

// RegistrationsOf implements existing.Records.
func (s *Store) RegistrationsOf(ctx context.Context, applications []string) ([]registration.Registration, error) {
	rows, err := sqldb.Find[registrationRow](ctx, s.db.Where("application_id IN ?", applications))
	return sqldb.Convert(rows, err, "registration", registrationRow.registration)
}
