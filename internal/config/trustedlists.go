package config

import (
	"time"

	"github.com/sealkeeper/sealkeeper/internal/loopback"
)

// TrustedLists is where the EU's list of trusted lists is, and who may sign it. Without signers, no list is read and
// no certificate is looked up on one.
type TrustedLists struct {
	URL string `yaml:"url" env:"SEALKEEPER_TRUSTED_LISTS_URL"`
	// A file with the certificates of its signers as PEM, as the Official Journal publishes them.
	SignersFile string `yaml:"signers_file" env:"SEALKEEPER_TRUSTED_LISTS_SIGNERS_FILE"`
	// The day of the notice in the Official Journal from which they are; empty: nobody has said.
	JournalDate string `yaml:"journal_date" env:"SEALKEEPER_TRUSTED_LISTS_JOURNAL_DATE"`
}

func (t TrustedLists) check() error {
	if err := loopback.CheckURL(t.URL); err != nil {
		return contradiction("trusted_lists.url " + err.Error())
	}
	if _, err := t.Journal(); err != nil {
		return contradiction("trusted_lists.journal_date must be a day, such as 2019-08-16")
	}
	return nil
}

// Journal is the day of the notice; zero: nobody has said.
func (t TrustedLists) Journal() (time.Time, error) {
	if t.JournalDate == "" {
		return time.Time{}, nil
	}
	return time.Parse(time.DateOnly, t.JournalDate)
}
