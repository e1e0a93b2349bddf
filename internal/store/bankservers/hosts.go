package bankservers

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/sealkeeper/sealkeeper/internal/bankservers"
	"github.com/sealkeeper/sealkeeper/internal/cases"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

type hostRow struct {
	InstitutionID string `gorm:"primaryKey"`
	Host          string `gorm:"primaryKey"`
	Address       string
	Authority     string
	FailingSince  int64
	Reason, Alert string
	LookAt        int64
	LookedAt      int64
	Revision      int
}

func (hostRow) TableName() string { return "bank_hosts" }

func (r hostRow) host() bankservers.Host {
	return bankservers.Host{
		InstitutionID: r.InstitutionID,
		Host:          r.Host,
		Address:       r.Address,
		Authority:     r.Authority,
		FailingSince:  sqldb.FromMicros(r.FailingSince),
		Reason:        bankservers.Reason(r.Reason),
		Alert:         r.Alert,
		LookAt:        sqldb.FromMicros(r.LookAt),
		LookedAt:      sqldb.FromMicros(r.LookedAt),
		Revision:      r.Revision,
	}
}

func hostRowOf(h bankservers.Host) hostRow {
	return hostRow{
		InstitutionID: h.InstitutionID,
		Host:          h.Host,
		Address:       h.Address,
		Authority:     h.Authority,
		FailingSince:  sqldb.Micros(h.FailingSince),
		Reason:        string(h.Reason),
		Alert:         h.Alert,
		LookAt:        sqldb.Micros(h.LookAt),
		LookedAt:      sqldb.Micros(h.LookedAt),
		Revision:      h.Revision,
	}
}

type eventRow struct {
	InstitutionID string `gorm:"primaryKey"`
	Host          string `gorm:"primaryKey"`
	At            int64  `gorm:"primaryKey"`
	What          string `gorm:"primaryKey"`
	Detail        string
	Times         int
	LastAt        int64
}

func (eventRow) TableName() string { return "bank_host_events" }

// mostHosts is more than any bank has, and mostEvents how many are kept of each host.
const (
	mostHosts  = 50
	mostEvents = 60
)

// HostsOf implements bankservers.Hosts.
func (s *Store) HostsOf(ctx context.Context, institutionID string) ([]bankservers.Host, error) {
	rows, err := sqldb.Find[hostRow](ctx,
		s.db.Where("institution_id = ?", institutionID).Order("host").Limit(mostHosts))
	return sqldb.Convert(rows, err, "host of a bank", hostRow.host)
}

// HostEvents implements bankservers.Hosts.
func (s *Store) HostEvents(ctx context.Context, institutionID string) ([]bankservers.Event, error) {
	rows, err := sqldb.Find[eventRow](ctx, s.db.Where("institution_id = ?", institutionID).
		Order("last_at DESC, at DESC, what").Limit(mostHosts*mostEvents))
	return sqldb.Convert(rows, err, "event at a bank", func(r eventRow) bankservers.Event {
		return bankservers.Event{
			InstitutionID: r.InstitutionID,
			Host:          r.Host,
			At:            sqldb.FromMicros(r.At),
			What:          bankservers.What(r.What),
			Detail:        r.Detail,
			Times:         r.Times,
			LastAt:        sqldb.FromMicros(r.LastAt),
		}
	})
}

// mostSaid bounds what is read of what services say: of each host, and of many instances.
const mostSaid = 100

// SaidOf implements bankservers.Hosts.
func (s *Store) SaidOf(ctx context.Context, institutionID string) ([]bankservers.Said, error) {
	var rows []struct {
		Host, Account, Instance, Sha256, Issuer, Reason string
		NotAfter, SeenAt                                int64
		Sent                                            int
	}
	err := s.db.WithContext(ctx).Raw(`SELECT p.host, a.name AS account, p.instance, p.server_sha256 AS sha256,
		p.server_issuer AS issuer, p.server_reason AS reason, p.server_not_after AS not_after,
		p.server_seen_at AS seen_at, p.server_sent AS sent
		FROM registrations r JOIN service_reports p ON p.registration_id = r.id
		JOIN service_accounts a ON a.id = p.account_id
		WHERE r.institution_id = ? AND p.server_seen_at > 0
		ORDER BY p.server_seen_at DESC, p.account_id, p.instance, p.host LIMIT ?`, institutionID, mostSaid).
		Scan(&rows).Error
	if err != nil {
		return nil, sqldb.Wrap(err, "report")
	}
	all := make([]bankservers.Said, len(rows))
	for i, r := range rows {
		all[i] = bankservers.Said{
			Host:     r.Host,
			Account:  r.Account,
			Instance: r.Instance,
			SHA256:   r.Sha256,
			Issuer:   r.Issuer,
			NotAfter: sqldb.FromMicros(r.NotAfter),
			Sent:     r.Sent,
			Reason:   bankservers.Reason(r.Reason),
			SeenAt:   sqldb.FromMicros(r.SeenAt),
		}
	}
	return all, nil
}

// DueHosts implements bankservers.Hosts.
func (s *Store) DueHosts(ctx context.Context, now time.Time, limit int) ([]bankservers.Host, error) {
	rows, err := sqldb.Find[hostRow](ctx, s.db.Where("look_at <= ? AND address <> ''", sqldb.Micros(now)).
		Order("look_at, institution_id, host").Limit(limit))
	return sqldb.Convert(rows, err, "host of a bank", hostRow.host)
}

// mostInUse bounds how many versions in use are read.
const mostInUse = 10_000

// InUse implements bankservers.Hosts.
func (s *Store) InUse(ctx context.Context) (map[string][][]string, error) {
	var rows []struct{ InstitutionID, TrustAnchors string }
	err := s.db.WithContext(ctx).Raw(`SELECT DISTINCT r.institution_id, b.trust_anchors FROM bundles b
		JOIN registrations r ON r.id = b.registration_id WHERE b.state = 'active' LIMIT ?`, mostInUse).Scan(&rows).Error
	all := map[string][][]string{}
	for _, r := range rows {
		all[r.InstitutionID] = append(all[r.InstitutionID], sqldb.FromList(r.TrustAnchors))
	}
	return all, sqldb.Wrap(err, "bundle")
}

// ChangeHost implements bankservers.Hosts.
func (s *Store) ChangeHost(
	ctx context.Context, institutionID, host string,
	change func(bankservers.Host, []bankservers.Presented) bankservers.Change,
) error {
	return sqldb.Transaction(ctx, s.db, "host of a bank", func(tx *gorm.DB) error {
		before := hostRow{InstitutionID: institutionID, Host: host}
		found := tx.Where("institution_id = ? AND host = ?", institutionID, host).Limit(1).Find(&before)
		if found.Error != nil {
			return found.Error
		}
		var had []row
		err := tx.Where("institution_id = ? AND host = ?", institutionID, host).
			Order("first_seen DESC, sha256").Find(&had).Error
		if err != nil {
			return err
		}
		presented := make([]bankservers.Presented, len(had))
		for i, r := range had {
			presented[i] = r.presented()
		}
		c := change(before.host(), presented)
		after := hostRowOf(c.Host)
		after.Revision = before.Revision
		if before == after && before.Revision > 0 && len(c.Events) == 0 {
			return notePresented(tx, c.Presented)
		}
		after.Revision++
		if err := writeHost(ctx, tx, after); err != nil {
			return err
		}
		if err := notePresented(tx, c.Presented); err != nil {
			return err
		}
		if err := noteEvents(tx, c.Events); err != nil {
			return err
		}
		return watched(tx, institutionID+"/"+host)
	})
}

// writeHost writes a host that is as it was read.
func writeHost(ctx context.Context, tx *gorm.DB, r hostRow) error {
	if r.Revision == 1 {
		made := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&r)
		return sqldb.ExpectOneIn(made, "host of a bank")
	}
	changed, err := sqldb.Updates(ctx, tx.Where("institution_id = ? AND host = ? AND revision = ?",
		r.InstitutionID, r.Host, r.Revision-1).Select("*"), r)
	return sqldb.ExpectOne(changed, err, "host of a bank")
}

// noteEvents writes what happened. What happened last and happens again is counted there.
func noteEvents(tx *gorm.DB, all []bankservers.Event) error {
	for _, e := range all {
		var last eventRow
		found := tx.Where("institution_id = ? AND host = ?", e.InstitutionID, e.Host).
			Order("last_at DESC, at DESC, what").Limit(1).Find(&last)
		if found.Error != nil {
			return found.Error
		}
		var err error
		if found.RowsAffected > 0 && last.What == string(e.What) && last.Detail == e.Detail {
			err = tx.Model(&eventRow{}).
				Where("institution_id = ? AND host = ? AND at = ? AND what = ?",
					e.InstitutionID, e.Host, last.At, last.What).
				Updates(map[string]any{"times": last.Times + e.Times, "last_at": sqldb.Micros(e.LastAt)}).Error
		} else {
			err = tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&eventRow{
				InstitutionID: e.InstitutionID,
				Host:          e.Host,
				At:            sqldb.Micros(e.At),
				What:          string(e.What),
				Detail:        e.Detail,
				Times:         e.Times,
				LastAt:        sqldb.Micros(e.LastAt),
			}).Error
		}
		if err != nil {
			return err
		}
	}
	if len(all) == 0 {
		return nil
	}
	of := all[0]
	return tx.Exec(`DELETE FROM bank_host_events WHERE institution_id = ? AND host = ? AND last_at <
		(SELECT min(last_at) FROM (SELECT last_at FROM bank_host_events WHERE institution_id = ? AND host = ?
		ORDER BY last_at DESC LIMIT ?) AS newest)`,
		of.InstitutionID, of.Host, of.InstitutionID, of.Host, mostEvents).Error
}

// watched has what ends or has broken at a host looked at.
func watched(tx *gorm.DB, id string) error {
	return tx.Exec(`INSERT INTO case_subjects (kind, id, due, changes, since) VALUES (?, ?, 0, 1, 0)
		ON CONFLICT (kind, id) DO UPDATE SET due = 0, changes = case_subjects.changes + 1`,
		string(cases.BankHost), id).Error
}
