package services

import (
	"context"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/internal/changefeed"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

// TLSPosition implements changefeed.Store.
func (s *Store) TLSPosition(ctx context.Context) (changefeed.Position, error) {
	var at changefeed.Position
	row := s.db.WithContext(ctx).Raw("SELECT epoch, seq FROM tls_clock").Row()
	if err := row.Err(); err != nil {
		return at, sqldb.Unavailable(err)
	}
	if err := row.Scan(&at.Epoch, &at.Seq); err != nil {
		return at, sqldb.Unavailable(err)
	}
	return at, nil
}

// NoteTLSChanges has services read again what they use at institutions: something about those has changed that no
// record of a registration tells of, such as their trust anchors.
func (s *Store) NoteTLSChanges(ctx context.Context, institutions []string) error {
	if len(institutions) == 0 {
		return nil
	}
	return sqldb.Transaction(ctx, s.db, "change", func(tx *gorm.DB) error {
		if err := tx.Exec("UPDATE tls_clock SET seq = seq + 1").Error; err != nil {
			return err
		}
		return tx.Exec(`INSERT INTO tls_changes (kind, id, seq)
			SELECT 'registration', r.id, c.seq FROM tls_clock c, registrations r
			JOIN bundles b ON b.registration_id = r.id AND b.state = 'active' WHERE r.institution_id IN ?
			ON CONFLICT (kind, id) DO UPDATE SET seq = excluded.seq`, institutions).Error
	})
}

// TLSChanges implements changefeed.Store.
func (s *Store) TLSChanges(ctx context.Context, seq int64) ([]changefeed.Change, error) {
	var rows []struct {
		Kind, ID string
		Seq      int64
		Version  int
	}
	err := s.db.WithContext(ctx).Raw(`SELECT c.kind, c.id, c.seq, coalesce(b.version, 0) AS version FROM tls_changes c
		LEFT JOIN bundles b ON c.kind = 'registration' AND b.registration_id = c.id AND b.state = 'active'
		WHERE c.seq > ? ORDER BY c.seq`, seq).Scan(&rows).Error
	if err != nil {
		return nil, sqldb.Unavailable(err)
	}
	changes := make([]changefeed.Change, len(rows))
	for i, r := range rows {
		changes[i] = changefeed.Change{Kind: changefeed.Kind(r.Kind), ID: r.ID, Seq: r.Seq, Version: r.Version}
	}
	return changes, nil
}
