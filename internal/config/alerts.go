package config

import (
	"fmt"
	"net/mail"
	"net/url"
	"regexp"
	"time"
)

// Alerts are who is told of what ends or has broken, and how. Channels are in the file alone.
type Alerts struct {
	// The digest is sent at this time of day, in this time zone.
	DigestAt string `yaml:"digest_at" env:"SEALKEEPER_ALERTS_DIGEST_AT"`
	Zone     string `yaml:"zone" env:"SEALKEEPER_ALERTS_ZONE"`
	// How many days a bank takes for a change of certificate where the catalogue does not know.
	LeadDays int `yaml:"lead_days" env:"SEALKEEPER_ALERTS_LEAD_DAYS"`
	// After how long an urgent case is escalated that nobody has acknowledged.
	EscalateAfter time.Duration `yaml:"escalate_after" env:"SEALKEEPER_ALERTS_ESCALATE_AFTER"`
	// Whose a case is that has no owner of its own, and who stands in.
	Owner    string   `yaml:"owner" env:"SEALKEEPER_ALERTS_OWNER"`
	Deputies []string `yaml:"deputies" env:"SEALKEEPER_ALERTS_DEPUTIES"`

	SMTP     SMTP           `yaml:"smtp"`
	Channels []AlertChannel `yaml:"channels"`
}

// SMTP is the mail server for alerts. TLS is demanded.
type SMTP struct {
	Host string `yaml:"host" env:"SEALKEEPER_ALERTS_SMTP_HOST"`
	Port int    `yaml:"port" env:"SEALKEEPER_ALERTS_SMTP_PORT"`
	// "starttls", or "tls" from the first byte (port 465).
	TLS          string `yaml:"tls" env:"SEALKEEPER_ALERTS_SMTP_TLS"`
	From         string `yaml:"from" env:"SEALKEEPER_ALERTS_SMTP_FROM"`
	User         string `yaml:"user" env:"SEALKEEPER_ALERTS_SMTP_USER"`
	PasswordFile string `yaml:"password_file" env:"SEALKEEPER_ALERTS_SMTP_PASSWORD_FILE"`
	// PEM certificates of your own CA, where a public one did not issue the server's certificate.
	CAFile string `yaml:"ca_file" env:"SEALKEEPER_ALERTS_SMTP_CA_FILE"`
}

// AlertChannel is one way to one recipient.
type AlertChannel struct {
	Name     string `yaml:"name"`
	Kind     string `yaml:"kind"`     // email, webhook, slack or teams
	Language string `yaml:"language"` // en or fr
	// Only what is urgent and nobody has acknowledged in time.
	EscalationsOnly bool     `yaml:"escalations_only"`
	To              []string `yaml:"to"`  // email: addresses
	URL             string   `yaml:"url"` // webhook: https
	// webhook: files with the keys that messages are signed with, two while one takes the place of the other.
	KeyFiles []string `yaml:"key_files"`
	// slack, teams: a file with the address, which is a secret.
	URLFile string `yaml:"url_file"`
}

var (
	timeOfDay   = regexp.MustCompile(`^([01]\d|2[0-3]):([0-5]\d)$`)
	channelName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)
)

// The bounds of the channels.
const (
	maxChannels   = 20
	maxRecipients = 50
)

func (a Alerts) check() error {
	if !timeOfDay.MatchString(a.DigestAt) {
		return contradiction("alerts.digest_at is a time of day such as 08:00")
	}
	if _, err := time.LoadLocation(a.Zone); err != nil {
		return contradiction("alerts.zone is a time zone such as Europe/Paris")
	}
	if a.LeadDays < 1 || a.LeadDays > 180 {
		return contradiction("alerts.lead_days is a number of days from 1 to 180")
	}
	if a.EscalateAfter < time.Hour || a.EscalateAfter > 30*24*time.Hour {
		return contradiction("alerts.escalate_after is an hour at least, and 30 days (720h) at most")
	}
	if len(a.Channels) > maxChannels {
		return contradiction(fmt.Sprintf("alerts.channels are %d at most", maxChannels))
	}
	if err := a.SMTP.check(); err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, c := range a.Channels {
		if !channelName.MatchString(c.Name) || seen[c.Name] {
			return contradiction("each of alerts.channels has a name of its own, of small letters, digits and hyphens")
		}
		seen[c.Name] = true
		if err := c.check(a.SMTP); err != nil {
			return err
		}
	}
	return nil
}

func (s SMTP) check() error {
	switch {
	case s.Host == "":
		return nil
	case s.TLS != "starttls" && s.TLS != "tls":
		return contradiction("alerts.smtp.tls is starttls, or tls; mail without TLS is not sent")
	case s.Port < 1 || s.Port > 65535:
		return contradiction("alerts.smtp.port is a number, such as 587 for starttls and 465 for tls")
	case (s.User == "") != (s.PasswordFile == ""):
		return contradiction("alerts.smtp.user and alerts.smtp.password_file go together")
	}
	if _, err := mail.ParseAddress(s.From); err != nil {
		return contradiction("alerts.smtp.from is the address that messages come from")
	}
	return nil
}

func (c AlertChannel) check(smtp SMTP) error {
	at := "alerts.channels: " + c.Name
	if c.Language != "" && c.Language != "en" && c.Language != "fr" {
		return contradiction(at + ": language is en or fr")
	}
	switch c.Kind {
	case "email":
		if smtp.Host == "" || len(c.To) == 0 || len(c.To) > maxRecipients {
			return contradiction(at + " needs alerts.smtp and addresses in to, 50 at most")
		}
		for _, address := range c.To {
			if _, err := mail.ParseAddress(address); err != nil {
				return contradiction(at + ": to has something that is no address")
			}
		}
	case "webhook":
		target, err := url.Parse(c.URL)
		if err != nil || target.Scheme != "https" || target.Hostname() == "" || target.User != nil {
			return contradiction(at + ": url is an https:// address")
		}
		if len(c.KeyFiles) < 1 || len(c.KeyFiles) > 2 {
			return contradiction(at + ": key_files names one file, or two while a key takes the place of another")
		}
	case "slack", "teams":
		if c.URLFile == "" {
			return contradiction(at + ": url_file names a file with the address, which is a secret")
		}
	default:
		return contradiction(at + ": kind is email, webhook, slack or teams")
	}
	return nil
}
