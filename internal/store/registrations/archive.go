package registrations

import (
	"context"
	"time"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
	"github.com/sealkeeper/sealkeeper/registration"
)

// archivable says how a kind of thing is archived.
type archivable struct {
	table       string
	hanging     string // selects what keeps it from being archived
	refusal     func() error
	above, over string // table of what it belongs to, and the column that names that; empty: it belongs to nothing
}

var archivables = map[registration.NamedKind]archivable{
	registration.NamedOrganization: {
		table:   "organizations",
		hanging: "SELECT 1 FROM applications WHERE organization_id = ? AND archived_at = 0",
		refusal: func() error {
			return fault.New(fault.Conflict, "archive_applications",
				"The organization has applications that are not archived: archive those first.")
		},
	},
	registration.NamedApplication: {
		table:   "applications",
		hanging: "SELECT 1 FROM registrations WHERE application_id = ? AND archived_at = 0",
		refusal: func() error {
			return fault.New(fault.Conflict, "archive_registrations",
				"The application has registrations that are not archived: archive those first.")
		},
		above: "organizations",
		over:  "organization_id",
	},
	registration.NamedRegistration: {
		table: "registrations",
		hanging: `SELECT 1 FROM registrations r WHERE r.id = ? AND (
			EXISTS (SELECT 1 FROM bundles b WHERE b.registration_id = r.id AND b.state = 'active') OR
			EXISTS (SELECT 1 FROM campaign_lines l WHERE l.registration_id = r.id AND l.open))`,
		refusal: func() error {
			return fault.New(fault.Conflict, "archive_in_use",
				"A version of the registration is in use, or a campaign has something left to do for it: take it "+
					"out of use, and out of the campaign, first.")
		},
		above: "applications",
		over:  "application_id",
	},
}

// ArchivedAt implements registration.Archive.
func (s *Store) ArchivedAt(ctx context.Context, id string) (time.Time, error) {
	if e, is := registration.ParseEnrolmentID(id); is {
		id = e.OrganizationID
	}
	var at int64
	err := s.db.WithContext(ctx).Raw(`SELECT archived_at FROM registrations WHERE id = ?
		UNION ALL SELECT archived_at FROM applications WHERE id = ?
		UNION ALL SELECT archived_at FROM organizations WHERE id = ?`, id, id, id).Scan(&at).Error
	return sqldb.FromMicros(at), sqldb.Wrap(err, "thing")
}

// SetArchived implements registration.Archive.
func (s *Store) SetArchived(ctx context.Context, kind registration.NamedKind, id string, at time.Time) error {
	k, what := archivables[kind], string(kind)
	return sqldb.Transaction(ctx, s.db, what, func(tx *gorm.DB) error {
		was, found, err := held(tx, k.table, id)
		if err == nil && !found {
			err = gorm.ErrRecordNotFound
		}
		if err != nil || was > 0 == !at.IsZero() {
			return err
		}
		if at.IsZero() {
			err = notBelowArchived(tx, k, id)
		} else {
			err = nothingHangs(tx, k, id)
		}
		if err != nil {
			return err
		}
		err = tx.Table(k.table).Where("id = ?", id).Update("archived_at", sqldb.Micros(at)).Error
		if err != nil {
			return err
		}
		// What waits for a bank is a case no longer, or again.
		return tx.Exec(`UPDATE case_subjects SET due = 0, changes = changes + 1 WHERE kind = 'step' AND id IN
			(SELECT subject || '/' || step FROM checklist_steps WHERE record = ?)`, id).Error
	})
}

func nothingHangs(tx *gorm.DB, k archivable, id string) error {
	var hanging int64
	err := tx.Raw("SELECT COUNT(*) FROM ("+k.hanging+" LIMIT 1) AS hanging", id).Scan(&hanging).Error
	if err == nil && hanging > 0 {
		err = k.refusal()
	}
	return err
}

func notBelowArchived(tx *gorm.DB, k archivable, id string) error {
	if k.above == "" {
		return nil
	}
	var above string
	if err := tx.Table(k.table).Where("id = ?", id).Pluck(k.over, &above).Error; err != nil {
		return err
	}
	at, _, err := held(tx, k.above, above)
	if err == nil && at > 0 {
		err = fault.New(fault.Conflict, "archived_above",
			"What it belongs to is archived: take that out of the archive first.")
	}
	return err
}

// held reads since when a thing is archived, and keeps others from archiving it or adding to it meanwhile.
func held(tx *gorm.DB, table, id string) (at int64, found bool, err error) {
	query := "SELECT archived_at FROM " + table + " WHERE id = ?"
	if sqldb.Postgres(tx) {
		query += " FOR UPDATE"
	}
	result := tx.Raw(query, id).Scan(&at)
	return at, result.RowsAffected > 0, result.Error
}

// notArchived refuses what would be added to a thing that is archived.
func notArchived(tx *gorm.DB, table, id string) error {
	at, _, err := held(tx, table, id)
	if err == nil && at > 0 {
		err = registration.ErrArchived()
	}
	return err
}
