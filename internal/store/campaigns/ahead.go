package campaigns

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/campaign"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

const (
	week = 7 * 24 * time.Hour
	// consentsMost is how many consents of a week are counted.
	consentsMost = 1000
)

// Spans implements campaign.Ahead.
func (s *Store) Spans(ctx context.Context, from, until time.Time, limit int) ([]campaign.Span, error) {
	spans, err := s.endingCertificates(ctx, from, until, limit)
	if err != nil {
		return nil, err
	}
	changes, err := s.openChanges(ctx, until, limit)
	if err != nil {
		return nil, err
	}
	consents, err := s.endingConsents(ctx, from, until)
	spans = slices.Concat(spans, changes, consents)
	slices.SortStableFunc(spans, func(a, b campaign.Span) int {
		return cmp.Or(a.From.Compare(b.From), a.Until.Compare(b.Until))
	})
	return spans, err
}

// endingCertificates are those in use that end, of each kind the first.
func (s *Store) endingCertificates(
	ctx context.Context, from, until time.Time, limit int,
) ([]campaign.Span, error) {
	var both []*gorm.DB
	for _, slot := range [][2]string{{string(certs.QWAC), "qwac_id"}, {string(certs.QSealC), "qsealc_id"}} {
		kind, column := slot[0], slot[1]
		// Most certificates may be in no use. They are passed over in the index, without their rows.
		used := " FROM bundles WHERE bundles.state = 'active' AND bundles." + column + " = "
		found := s.db.Table("certificates").Select("id").
			Where("ended = 0 AND kind = ? AND not_after >= ? AND not_after < ?", kind, sqldb.Micros(from),
				sqldb.Micros(until)).
			Where("EXISTS (SELECT 1" + used + "certificates.id)").
			Order("not_after, id").Limit(limit)
		both = append(both, s.db.WithContext(ctx).Table("(?) AS found", found).
			Select("certificates.id, name, not_after, (SELECT count(*)"+used+"certificates.id) AS n").
			Joins("CROSS JOIN certificates").Where("certificates.id = found.id"))
	}
	var rows []struct {
		ID, Name string
		NotAfter int64
		N        int
	}
	if err := sqldb.Together(both).Scan(&rows).Error; err != nil {
		return nil, sqldb.Wrap(err, "certificate")
	}
	spans := make([]campaign.Span, len(rows))
	for i, r := range rows {
		end := sqldb.FromMicros(r.NotAfter)
		spans[i] = campaign.Span{
			Kind:  campaign.CertificateSpan,
			ID:    r.ID,
			Name:  r.Name,
			From:  end,
			Until: end,
			N:     r.N,
		}
	}
	slices.SortFunc(spans, func(a, b campaign.Span) int {
		return cmp.Or(a.From.Compare(b.From), strings.Compare(a.ID, b.ID))
	})
	return spans[:min(len(spans), limit)], nil
}

// openChanges are campaigns with registrations that are to be changed.
func (s *Store) openChanges(ctx context.Context, until time.Time, limit int) ([]campaign.Span, error) {
	var rows []struct {
		ID, Name, Kind string
		Since, Last    int64
		N              int
	}
	err := s.db.WithContext(ctx).Table("campaign_lines").
		Select("campaigns.id, campaigns.name, campaigns.kind, min(due_by) AS since, max(switch_by) AS last, "+
			"count(*) AS n").
		Joins("JOIN campaigns ON campaigns.id = campaign_lines.campaign_id").
		Where("campaign_lines.open").Group("campaigns.id, campaigns.name, campaigns.kind").
		Having("min(due_by) < ?", sqldb.Micros(until)).Order("since, campaigns.id").Limit(limit).Scan(&rows).Error
	spans := make([]campaign.Span, len(rows))
	for i, r := range rows {
		spans[i] = campaign.Span{
			Kind:  campaign.CampaignSpan,
			ID:    r.ID,
			Name:  r.Name,
			From:  sqldb.FromMicros(r.Since),
			Until: sqldb.FromMicros(r.Last),
			N:     r.N,
		}
		if campaign.Kind(r.Kind) == campaign.OfSecrets {
			spans[i].Kind = campaign.SecretSpan
		}
	}
	return spans, sqldb.Wrap(err, "campaign")
}

// endingConsents are customers' consents that end, by the week.
func (s *Store) endingConsents(ctx context.Context, from, until time.Time) ([]campaign.Span, error) {
	var weeks []campaign.Span
	var ending []*gorm.DB
	for at := from; at.Before(until); at = at.Add(week) {
		last := at.Add(week)
		if last.After(until) {
			last = until
		}
		weeks = append(weeks, campaign.Span{Kind: campaign.ConsentSpan, From: at, Until: last})
		ending = append(ending, s.db.WithContext(ctx).Table("consents").
			Where("state = 'active' AND expires_at >= ? AND expires_at < ?", sqldb.Micros(at), sqldb.Micros(last)))
	}
	if len(weeks) == 0 {
		return nil, nil
	}
	counts, err := sqldb.CountsTo(consentsMost, ending)
	if err != nil {
		return nil, err
	}
	var spans []campaign.Span
	for i, n := range counts {
		if n > 0 {
			weeks[i].N, weeks[i].Many = min(n, consentsMost), n > consentsMost
			spans = append(spans, weeks[i])
		}
	}
	return spans, nil
}

// QWACUses implements campaign.Ahead.
func (s *Store) QWACUses(
	ctx context.Context, behind campaign.QWACUse, limit int,
) ([]campaign.QWACUse, error) {
	var rows []struct {
		ID, InstitutionID   string
		NotBefore, NotAfter int64
		N                   int
	}
	err := s.db.WithContext(ctx).Table("bundles").
		Select("certificates.id, registrations.institution_id, certificates.not_before, certificates.not_after, "+
			"count(*) AS n").
		Joins("JOIN registrations ON registrations.id = bundles.registration_id").
		Joins("JOIN certificates ON certificates.id = bundles.qwac_id").
		Where("bundles.state = 'active' AND (bundles.qwac_id > ? OR bundles.qwac_id = ? AND "+
			"registrations.institution_id > ?)", behind.CertificateID, behind.CertificateID, behind.InstitutionID).
		Group("certificates.id, registrations.institution_id, certificates.not_before, certificates.not_after").
		Order("certificates.id, registrations.institution_id").Limit(limit).Scan(&rows).Error
	uses := make([]campaign.QWACUse, len(rows))
	for i, r := range rows {
		uses[i] = campaign.QWACUse{
			CertificateID: r.ID,
			InstitutionID: r.InstitutionID,
			From:          sqldb.FromMicros(r.NotBefore),
			Until:         sqldb.FromMicros(r.NotAfter),
			Registrations: r.N,
		}
	}
	return uses, sqldb.Wrap(err, "certificate")
}
