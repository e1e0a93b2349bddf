package app

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/alerts"
	"github.com/sealkeeper/sealkeeper/internal/cases"
	"github.com/sealkeeper/sealkeeper/internal/config"
	"github.com/sealkeeper/sealkeeper/internal/internet"
	"github.com/sealkeeper/sealkeeper/internal/secretfile"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/secret"
)

// Alerting is how cases are opened and told. The zero value tells nobody.
type Alerting struct {
	Channels      []alerts.Channel
	Hour, Minute  int
	Location      *time.Location // nil: UTC
	Lead          time.Duration  // of banks of which it is not known; 0: cases.DefaultLead
	EscalateAfter time.Duration  // 0: two days
	Owner         string
	Deputies      []string
}

// ConfiguredAlerts are the channels that the configuration names. Files with secrets are read at each message.
func ConfiguredAlerts(c config.Alerts, publicURL string, asks *internet.Client) (Alerting, error) {
	location, err := time.LoadLocation(c.Zone)
	if err != nil {
		return Alerting{}, err
	}
	at, err := time.Parse("15:04", c.DigestAt)
	if err != nil {
		return Alerting{}, err
	}
	a := Alerting{
		Hour:          at.Hour(),
		Minute:        at.Minute(),
		Location:      location,
		Lead:          time.Duration(c.LeadDays) * 24 * time.Hour,
		EscalateAfter: c.EscalateAfter,
		Owner:         c.Owner,
		Deputies:      c.Deputies,
	}
	server, err := mailServer(c.SMTP, publicURL)
	if err != nil {
		return a, err
	}
	for _, one := range c.Channels {
		channel := alerts.Channel{
			Name:        one.Name,
			Kind:        alerts.ChannelKind(one.Kind),
			Language:    alerts.Language(one.Language),
			Escalations: one.EscalationsOnly,
		}
		switch channel.Kind {
		case alerts.Email:
			channel.Sender = server.Emails(one.To)
		case alerts.Webhook:
			keys := make([]alerts.Secret, len(one.KeyFiles))
			for i, file := range one.KeyFiles {
				keys[i] = fromFile(file)
			}
			channel.Sender = alerts.Webhooks(asks, one.URL, keys, publicURL)
		case alerts.Slack:
			channel.Sender = alerts.SlackChannel(asks, fromFile(one.URLFile))
		case alerts.Teams:
			channel.Sender = alerts.TeamsWorkflow(asks, fromFile(one.URLFile))
		}
		a.Channels = append(a.Channels, channel)
	}
	return a, nil
}

func fromFile(path string) alerts.Secret {
	return func() (secret.Text, error) { return secretfile.Read(path) }
}

func mailServer(c config.SMTP, publicURL string) (alerts.Server, error) {
	public, err := url.Parse(publicURL)
	if err != nil {
		return alerts.Server{}, err
	}
	server := alerts.Server{
		Host:     c.Host,
		Port:     c.Port,
		Implicit: c.TLS == "tls",
		User:     c.User,
		Password: fromFile(c.PasswordFile),
		From:     c.From,
		Domain:   public.Hostname(),
	}
	if c.CAFile == "" {
		return server, nil
	}
	text, err := os.ReadFile(c.CAFile)
	pool := x509.NewCertPool()
	if err != nil || !pool.AppendCertsFromPEM(text) {
		return server, fault.New(fault.Invalid, "config_invalid",
			"Configuration: alerts.smtp.ca_file %s holds no certificate that can be read.", c.CAFile)
	}
	server.TLS = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	return server, nil
}

// wireAlerts wires cases and alerts.
func (s *Services) wireAlerts() {
	a := s.cfg.Alerts
	if a.Location == nil {
		a.Location = time.UTC
	}
	if a.Lead == 0 {
		a.Lead = cases.DefaultLead
	}
	if a.EscalateAfter == 0 {
		a.EscalateAfter = 2 * 24 * time.Hour
	}
	s.Alerts = alerts.New(alerts.Config{
		Store:     s.cfg.DB,
		Channels:  a.Channels,
		Hour:      a.Hour,
		Minute:    a.Minute,
		Location:  a.Location,
		PublicURL: s.cfg.PublicURL,
		Audit:     s.Audit,
		Logger:    s.cfg.Logger,
		Now:       s.cfg.Now,
	})
	parts := []cases.Part{
		{Kind: cases.CustodyBroken, ID: "custody", Health: s.Vault.Health},
		{Kind: cases.AuditBroken, ID: "audit", Health: s.Audit.Health},
	}
	if custody, ok := s.cfg.Custody.(loginEnder); ok {
		ends := func(context.Context) (time.Time, error) { return custody.LoginEnds(), nil }
		parts = append(parts, cases.Part{Kind: cases.VaultLogin, ID: "vault_login", Ends: ends})
	}
	if s.cfg.ReviewMonths > 0 {
		parts = append(parts, cases.Part{Kind: cases.AccessReview, ID: "access_review", Ends: s.Reviews.Due})
	}
	if s.cfg.Snapshot.File != "" {
		parts = append(parts, s.cfg.Snapshot.part(s.cfg.Now))
	}
	for _, c := range a.Channels {
		parts = append(parts, cases.Part{
			Kind: cases.ChannelFails, ID: string(c.Kind) + " " + c.Name, Health: s.Alerts.Health(c.Name),
		})
	}
	s.Cases = cases.New(cases.Config{
		Store:         s.cfg.DB,
		Records:       s.cfg.DB,
		Facts:         s.cfg.DB,
		Banks:         banks{s.cfg.Catalogue},
		Parts:         parts,
		DefaultLead:   a.Lead,
		EscalateAfter: a.EscalateAfter,
		Owner:         a.Owner,
		Deputies:      a.Deputies,
		Recipients:    s.Alerts.Recipients,
		Audit:         s.Audit,
		Logger:        s.cfg.Logger,
		Now:           s.cfg.Now,
	})
	s.wireCalendars()
}

// wireCalendars wires the feeds.
func (s *Services) wireCalendars() {
	s.Calendars = alerts.NewCalendars(alerts.CalendarConfig{
		Store: s.cfg.DB,
		Cases: s.Cases,
		Owner: s.owner,
		Host:  hostOf(s.cfg.PublicURL),
		Audit: s.Audit,
		Now:   s.cfg.Now,
	})
}

// owner is somebody as they may read now.
func (s *Services) owner(ctx context.Context, userID string) (access.Caller, error) {
	u, err := s.cfg.DB.UserByID(ctx, userID)
	return u.Caller(s.cfg.Now()), err
}

func hostOf(address string) string {
	if public, err := url.Parse(address); err == nil && public.Hostname() != "" {
		return public.Hostname()
	}
	return "localhost"
}

// banks is what cases know of the catalogue.
type banks struct{ *catalogue.Catalogue }

// workingDay is how much of the calendar a working day takes: a weekend may be in between.
const workingDay = 36 * time.Hour

// LeadTime implements cases.Banks.
func (b banks) LeadTime(institutionID string) (time.Duration, bool) {
	in, known := b.Institution(institutionID)
	if days := in.Acceptance.Rule().LeadDays; known && days >= 0 {
		return time.Duration(days) * workingDay, true
	}
	return 0, false
}

// StepTitle implements cases.Banks. A bank may call its step on live something else than on the sandbox.
func (b banks) StepTitle(institutionID, subject, step string) (english, french string) {
	in, _ := b.Institution(institutionID)
	if e, is := registration.ParseEnrolmentID(subject); is {
		in, _ = b.OfGroup(e.GroupID, e.Environment)
	}
	for _, s := range in.Steps {
		if s.ID == step {
			return s.Title.EN, s.Title.FR
		}
	}
	return step, step // the catalogue no longer has it
}

// Called implements cases.Banks.
func (b banks) Called(institutionID string) (name, enrolled string) {
	if in, known := b.Institution(institutionID); known {
		_, enrolled, _ = strings.Cut(registration.EnrolmentAt("", in).ID, ".")
		return in.Name, enrolled
	}
	return institutionID, ""
}
