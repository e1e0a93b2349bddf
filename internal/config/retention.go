package config

import "github.com/sealkeeper/sealkeeper/fault"

// Retention is for how many days people's data is kept once it is over; 0 is for ever. docs/data-protection.md has the
// grounds of defaults and minimums.
type Retention struct {
	// Consents of customers that have ended.
	ConsentsDays int `yaml:"consents_days" env:"SEALKEEPER_RETENTION_CONSENTS_DAYS"`
	// Payments that are settled.
	PaymentsDays int `yaml:"payments_days" env:"SEALKEEPER_RETENTION_PAYMENTS_DAYS"`
	// Where people and services were signed in.
	SessionsDays int `yaml:"sessions_days" env:"SEALKEEPER_RETENTION_SESSIONS_DAYS"`
	// Files that were added to steps.
	EvidenceDays int `yaml:"evidence_days" env:"SEALKEEPER_RETENTION_EVIDENCE_DAYS"`
	// Who at a bank answered an e-mail, and the words.
	EmailsDays int `yaml:"emails_days" env:"SEALKEEPER_RETENTION_EMAILS_DAYS"`
	// Messages that alerts were sent by.
	MessagesDays int `yaml:"messages_days" env:"SEALKEEPER_RETENTION_MESSAGES_DAYS"`
	// Entries of the audit log, which go into files then.
	AuditDays int `yaml:"audit_days" env:"SEALKEEPER_RETENTION_AUDIT_DAYS"`
}

// mostDays is a century: more is a slip of the finger.
const mostDays = 36525

// check refuses days that are fewer than the law, or the proof of what was done, allows.
func (r Retention) check() error {
	for _, kind := range []struct {
		key         string
		days, least int
	}{
		{"consents_days", r.ConsentsDays, 90},
		{"payments_days", r.PaymentsDays, 400},
		{"sessions_days", r.SessionsDays, 1},
		{"evidence_days", r.EvidenceDays, 1826},
		{"emails_days", r.EmailsDays, 1826},
		{"messages_days", r.MessagesDays, 30},
		{"audit_days", r.AuditDays, 1826},
	} {
		if kind.days != 0 && (kind.days < kind.least || kind.days > mostDays) {
			return fault.New(fault.Invalid, "config_invalid",
				"Configuration: retention.%s is from %d to %d, or 0 to keep them for ever.", kind.key, kind.least,
				mostDays)
		}
	}
	return nil
}

// Backup is how backups are made.
type Backup struct {
	// A file with public keys of age, one a line: every backup is encrypted for them.
	RecipientsFile string `yaml:"recipients_file" env:"SEALKEEPER_BACKUP_RECIPIENTS_FILE"`
}
