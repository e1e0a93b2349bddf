package certificates

import (
	"context"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

// Ending is how many certificates that active bundles name end within some days, those that have ended included.
type Ending struct {
	Earliest time.Time // the zero Time if none ends within the last of the days
	Within   []int64   // for each of the days that were asked for
}

// inUse says that an active bundle names a certificate. Its two halves have an index each.
const inUse = "(EXISTS (SELECT 1 FROM bundles WHERE state = 'active' AND qwac_id = certificates.id) OR " +
	"EXISTS (SELECT 1 FROM bundles WHERE state = 'active' AND qsealc_id = certificates.id))"

// EndingInUse counts for the given days, the largest last.
func (s *Store) EndingInUse(ctx context.Context, now time.Time, days ...int) (Ending, error) {
	found := Ending{Within: make([]int64, len(days))}
	last := sqldb.Micros(now.AddDate(0, 0, days[len(days)-1]))
	var ends []int64 // grouped by day: a firm has many certificates and few days
	var counts []int64
	rows, err := s.db.WithContext(ctx).Table("certificates").
		Select("MIN(not_after), COUNT(*)").
		Where("ended = 0 AND not_after < ? AND "+inUse, last).
		Group("not_after / 3600000000").Rows()
	if err != nil {
		return found, sqldb.Wrap(err, "certificate")
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var end, count int64
		if err := rows.Scan(&end, &count); err != nil {
			return found, sqldb.Wrap(err, "certificate")
		}
		ends, counts = append(ends, end), append(counts, count)
	}
	for i, end := range ends {
		at := time.UnixMicro(end).UTC()
		if found.Earliest.IsZero() || at.Before(found.Earliest) {
			found.Earliest = at
		}
		for j, d := range days {
			if !at.After(now.AddDate(0, 0, d)) {
				found.Within[j] += counts[i]
			}
		}
	}
	return found, sqldb.Wrap(rows.Err(), "certificate")
}
