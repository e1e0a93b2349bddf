package services

import (
	"context"

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
