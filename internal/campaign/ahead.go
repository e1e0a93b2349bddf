package campaign

import (
	"context"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/campaign/plan"
)

// SpanKind is what a span is of.
type SpanKind string

// The kinds of spans.
const (
	CertificateSpan SpanKind = "certificate"    // one in use ends
	CampaignSpan    SpanKind = "campaign"       // registrations are to be changed
	SecretSpan      SpanKind = "client_secrets" // client secrets are to be replaced
	ConsentSpan     SpanKind = "consents"       // customers' consents end
)

// Span is something that is to come: at a moment, or between two.
type Span struct {
	Kind        SpanKind
	ID          string // of the certificate or the campaign; empty: of consents
	Name        string
	From, Until time.Time
	N           int  // registrations or consents that it is about
	Many        bool // more than N
}

// The bounds of what is to come.
const (
	AheadDays = 90
	spansMost = 30 // of a kind
)

// QWACUse is how many registrations at an institution use a QWAC.
type QWACUse struct {
	CertificateID string
	InstitutionID string
	From, Until   time.Time // of the certificate's validity
	Registrations int
}

// Ahead is what is known of the time to come. All of it is read from columns.
type Ahead interface {
	// Spans returns what there is between two moments, at most limit of each kind.
	Spans(ctx context.Context, from, until time.Time, limit int) ([]Span, error)
	// QWACUses returns the QWACs in use in the order of their ids and institutions: those behind one, at most limit.
	QWACUses(ctx context.Context, behind QWACUse, limit int) ([]QWACUse, error)
}

// Coming returns what is to come within AheadDays, what begins first coming first. Who may not read consents, as
// somebody with a role on a part alone, is told nothing of any of it.
func (s *Service) Coming(ctx context.Context, caller access.Caller) ([]Span, error) {
	for _, action := range []access.Action{access.CampaignRead, access.CertList, access.ConsentRead} {
		if err := s.cfg.Audit.Permit(ctx, caller, action, ""); err != nil {
			return nil, err
		}
	}
	now := s.cfg.Now()
	return s.cfg.Store.Spans(ctx, now, now.AddDate(0, 0, AheadDays), spansMost)
}

// Forecast is the work of a year, and what it is reckoned from.
type Forecast struct {
	Certificates  int // QWACs in use
	Registrations int // that use one
	Loads         []plan.Load
}

// Forecast says how much work the QWACs in use are in a year, under each validity that is to come.
func (s *Service) Forecast(ctx context.Context, caller access.Caller) (Forecast, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.CampaignRead, ""); err != nil {
		return Forecast{}, err
	}
	y := year{work: plan.NewForecast(s.cfg.Now()), told: map[string]bool{}}
	for {
		rows, err := s.cfg.Store.QWACUses(ctx, y.last, usesAtOnce)
		if err != nil {
			return Forecast{}, err
		}
		for _, row := range rows {
			if _, known := y.told[row.InstitutionID]; !known {
				in, err := s.institution(ctx, caller, row.InstitutionID)
				if err != nil {
					return Forecast{}, err
				}
				y.told[row.InstitutionID] = in.Acceptance.Rule().Announced()
			}
			y.add(row)
		}
		if len(rows) < usesAtOnce {
			break
		}
	}
	y.close()
	y.forecast.Loads = y.work.Loads()
	return y.forecast, nil
}

// usesAtOnce is how many uses are read at once.
const usesAtOnce = 1000

// year adds up the uses of one certificate after another.
type year struct {
	forecast Forecast
	work     *plan.Forecast
	told     map[string]bool // by institution: the bank is told of a change
	last     QWACUse
	use      plan.Use // of the certificate of last
}

func (y *year) add(row QWACUse) {
	if row.CertificateID != y.last.CertificateID {
		y.close()
		y.use = plan.Use{From: row.From, Until: row.Until}
	}
	if y.last = row; y.told[row.InstitutionID] {
		y.use.Told += row.Registrations
	} else {
		y.use.Untold += row.Registrations
	}
	y.forecast.Registrations += row.Registrations
}

func (y *year) close() {
	if y.last.CertificateID != "" {
		y.work.Add(y.use)
		y.forecast.Certificates++
	}
}
