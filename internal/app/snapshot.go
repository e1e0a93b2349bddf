package app

import (
	"context"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/cases"
)

// Snapshot says where to see when Vault's newest snapshot was taken: a file that whatever takes them writes or touches
// each time. Vault itself does not tell those whom its policy gives no more than Sealkeeper needs.
type Snapshot struct {
	File   string // empty: nobody looks
	MaxAge time.Duration
}

// clockSkew is how far the clocks of two machines may be apart.
const clockSkew = 5 * time.Minute

// Check says what is wrong with the age of the newest snapshot.
func (s Snapshot) Check(now time.Time) error {
	taken, err := s.taken()
	if err != nil {
		return fault.Wrap(err, fault.Unavailable, "snapshot_unknown",
			"Nobody can see when Vault's newest snapshot was taken: the file that vault.snapshot_file names cannot be "+
				"read.")
	}
	if taken.After(now.Add(clockSkew)) {
		return fault.New(fault.Unavailable, "snapshot_ahead",
			"Vault's newest snapshot seems to be of %s, which is still to come: set the clock or the file's time "+
				"right.", taken.UTC().Format("2006-01-02 15:04 MST"))
	}
	if age := now.Sub(taken); age > s.MaxAge {
		return fault.New(fault.Unavailable, "snapshot_old",
			"Vault's newest snapshot was taken on %s, longer ago than %s: keys made since would be lost with Vault. "+
				"See why none was taken.", taken.UTC().Format("2006-01-02 15:04 MST"), s.MaxAge)
	}
	return nil
}

func (s Snapshot) taken() (time.Time, error) {
	info, err := os.Stat(s.File)
	if err != nil {
		return time.Time{}, err
	}
	return info.ModTime(), nil
}

// part is the snapshot as something that can break.
func (s Snapshot) part(now func() time.Time) cases.Part {
	return cases.Part{
		Kind:   cases.SnapshotOld,
		ID:     "vault_snapshot",
		Health: func(context.Context) error { return s.Check(now()) },
	}
}

// metrics are for a rule that compares them: a file that is not there is a snapshot of 1970.
func (s Snapshot) metrics() []prometheus.Collector {
	return []prometheus.Collector{
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "sealkeeper_vault_snapshot_timestamp_seconds",
			Help: "When Vault's newest snapshot was taken, by the file that vault.snapshot_file names; 0 if there is " +
				"none.",
		}, func() float64 {
			if taken, err := s.taken(); err == nil {
				return float64(taken.Unix())
			}
			return 0
		}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "sealkeeper_vault_snapshot_max_age_seconds",
			Help: "How old Vault's newest snapshot may be.",
		}, s.MaxAge.Seconds),
	}
}
