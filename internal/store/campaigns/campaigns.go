package campaigns

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/campaign"
	"github.com/sealkeeper/sealkeeper/internal/campaign/plan"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

// linesAtOnce bounds the parameters of a statement: SQLite and PostgreSQL take at most 32,766 and 65,535.
const linesAtOnce = 500

// AddCampaign implements campaign.Store.
func (s *Store) AddCampaign(ctx context.Context, c campaign.Campaign, lines []campaign.Line) error {
	return s.inOne(sqldb.Transaction(ctx, s.db, "campaign", func(tx *gorm.DB) error {
		row := toCampaignRow(c)
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		return addLines(tx, lines)
	}))
}

// inOne says what it means that a line is there already.
func (s *Store) inOne(err error) error {
	if errors.Is(err, fault.Conflict) && fault.Code(err) == "exists" {
		return fault.Wrap(err, fault.Conflict, "campaign_overlaps",
			"One of the registrations is in another campaign that is not over; finish that one, or leave it out there.")
	}
	return err
}

func addLines(tx *gorm.DB, lines []campaign.Line) error {
	rows := make([]lineRow, len(lines))
	for i, l := range lines {
		rows[i] = toLineRow(l)
	}
	return tx.CreateInBatches(&rows, linesAtOnce).Error
}

// ReplaceLines implements campaign.Store.
func (s *Store) ReplaceLines(ctx context.Context, c campaign.Campaign, lines []campaign.Line) error {
	return s.inOne(sqldb.Transaction(ctx, s.db, "campaign", func(tx *gorm.DB) error {
		if err := update(tx, c); err != nil {
			return err
		}
		if err := tx.Where("campaign_id = ?", c.ID).Delete(&lineRow{}).Error; err != nil {
			return err
		}
		return addLines(tx, lines)
	}))
}

// UpdateCampaign implements campaign.Store.
func (s *Store) UpdateCampaign(ctx context.Context, c campaign.Campaign) error {
	return sqldb.Transaction(ctx, s.db, "campaign", func(tx *gorm.DB) error {
		if err := update(tx, c); err != nil || !c.State.Over() {
			return err
		}
		return tx.Model(&lineRow{}).Where("campaign_id = ? AND open", c.ID).
			Updates(map[string]any{"open": false, "next_at": 0, "version": gorm.Expr("version + 1")}).Error
	})
}

func update(tx *gorm.DB, c campaign.Campaign) error {
	row := toCampaignRow(c)
	row.Version++
	result := tx.Model(&campaignRow{}).Where("id = ? AND version = ?", c.ID, c.Version).Select("*").Updates(&row)
	return sqldb.ExpectOneIn(result, "campaign")
}

// Campaign implements campaign.Store.
func (s *Store) Campaign(ctx context.Context, id string) (campaign.Campaign, error) {
	row, err := sqldb.First[campaignRow](ctx, s.db.Where("id = ?", id))
	if err != nil {
		return campaign.Campaign{}, sqldb.Wrap(err, "campaign")
	}
	return row.campaign(), nil
}

// CampaignPage implements campaign.Store.
func (s *Store) CampaignPage(ctx context.Context, q listing.Query) (listing.Page[campaign.Campaign], error) {
	query := s.db.WithContext(ctx).Table("campaigns")
	if state := q.Filters[campaign.FilterState]; state != "" {
		query = query.Where("state = ?", state)
	}
	newest := sqldb.Order{Columns: []string{"created_at", "id"}, Descending: true}
	rows, err := sqldb.Page(query, q, newest, "campaign", func(r campaignRow, column string) any {
		if column == "id" {
			return r.ID
		}
		return r.CreatedAt
	})
	return listing.Map(rows, campaignRow.campaign), err
}

// UpdateLine implements campaign.Store.
func (s *Store) UpdateLine(ctx context.Context, l campaign.Line) error {
	row := toLineRow(l)
	row.Version++
	result := s.db.WithContext(ctx).Model(&lineRow{}).
		Where("campaign_id = ? AND registration_id = ? AND version = ?", l.CampaignID, l.RegistrationID, l.Version).
		Select("*").Updates(&row)
	return sqldb.ExpectOneIn(result, "campaign")
}

// CampaignLine implements campaign.Store.
func (s *Store) CampaignLine(ctx context.Context, campaignID, registrationID string) (campaign.Line, error) {
	row, err := sqldb.First[lineRow](ctx,
		s.db.Where("campaign_id = ? AND registration_id = ?", campaignID, registrationID))
	if err != nil {
		return campaign.Line{}, sqldb.Wrap(err, "registration of the campaign")
	}
	return row.line(), nil
}

// CampaignLines implements campaign.Store.
func (s *Store) CampaignLines(ctx context.Context, campaignID string) ([]campaign.Line, error) {
	rows, err := sqldb.Find[lineRow](ctx, s.db.Where("campaign_id = ?", campaignID).Order("due_by, registration_id"))
	return sqldb.Convert(rows, err, "campaign", lineRow.line)
}

// LinePage implements campaign.Store.
func (s *Store) LinePage(
	ctx context.Context, campaignID string, q listing.Query,
) (listing.Page[campaign.Line], error) {
	query := s.db.WithContext(ctx).Table("campaign_lines").Where("campaign_id = ?", campaignID)
	for _, filter := range []string{campaign.FilterState, campaign.FilterRisk} {
		if value := q.Filters[filter]; value != "" {
			query = query.Where(filter+" = ?", value)
		}
	}
	order := sqldb.Order{Columns: []string{"due_by", "registration_id"}}
	rows, err := sqldb.Page(query, q, order, "campaign", func(r lineRow, column string) any {
		if column == "due_by" {
			return r.DueBy
		}
		return r.RegistrationID
	})
	return listing.Map(rows, lineRow.line), err
}

// CountLines implements campaign.Store.
func (s *Store) CountLines(ctx context.Context, campaignID string) (campaign.Counts, error) {
	counts := campaign.Counts{States: map[campaign.LineState]int{}, Risks: map[plan.Risk]int{}}
	var groups []struct {
		State, Risk string
		Gap         bool
		N, Consents int
		First       int64
	}
	err := s.db.WithContext(ctx).Table("campaign_lines").
		Select("state, risk, gap, count(*) AS n, sum(consents) AS consents, min(due_by) AS first").
		Where("campaign_id = ?", campaignID).Group("state, risk, gap").Scan(&groups).Error
	for _, g := range groups {
		state := campaign.LineState(g.State)
		counts.States[state] += g.N
		if !state.Open() {
			continue
		}
		counts.Risks[plan.Risk(g.Risk)] += g.N
		counts.Consents += g.Consents
		if g.Gap {
			counts.Gaps += g.N
		}
		if first := sqldb.FromMicros(g.First); counts.First.IsZero() || first.Before(counts.First) {
			counts.First = first
		}
	}
	return counts, sqldb.Wrap(err, "campaign")
}

// LinesToRun implements campaign.Store.
func (s *Store) LinesToRun(ctx context.Context, at time.Time, limit int) ([]campaign.Line, error) {
	var rows []lineRow
	err := s.db.WithContext(ctx).Table("campaign_lines").
		Joins("JOIN campaigns ON campaigns.id = campaign_lines.campaign_id").
		Where("campaign_lines.next_at > 0 AND campaign_lines.next_at <= ? AND campaigns.state = ?", sqldb.Micros(at),
			string(campaign.Running)).
		Order("campaign_lines.next_at").Limit(limit).Find(&rows).Error
	return sqldb.Convert(rows, err, "campaign", lineRow.line)
}

// FinishedCampaigns implements campaign.Store.
func (s *Store) FinishedCampaigns(ctx context.Context, limit int) ([]campaign.Campaign, error) {
	rows, err := sqldb.Find[campaignRow](ctx, s.db.Where(`state = ?
		AND NOT EXISTS (SELECT 1 FROM campaign_lines l WHERE l.campaign_id = campaigns.id AND l.open)
		AND NOT EXISTS (SELECT 1 FROM campaign_lines l JOIN certificates c ON c.id IN (l.old_qwac, l.old_qsealc)
			WHERE l.campaign_id = campaigns.id AND c.state = 'stored'
			AND campaigns.kept NOT LIKE '%"' || c.id || '"%')`, string(campaign.Running)).
		Order("created_at").Limit(limit))
	return sqldb.Convert(rows, err, "campaign", campaignRow.campaign)
}

// AffectedBy implements campaign.Store.
func (s *Store) AffectedBy(
	ctx context.Context, certificateIDs []string, limit int,
) ([]campaign.Affected, error) {
	return s.affected(ctx, limit, "bundles.qwac_id IN ? OR bundles.qsealc_id IN ?", certificateIDs, certificateIDs)
}

// WithSecrets implements campaign.Store.
func (s *Store) WithSecrets(
	ctx context.Context, registrationIDs, institutionIDs []string, limit int,
) ([]campaign.Affected, error) {
	return s.affected(ctx, limit, "bundles.credentials_ref <> '' AND (registrations.id IN ? OR "+
		"registrations.institution_id IN ?)", registrationIDs, institutionIDs)
}

// affected are the registrations whose version in use fulfils a condition, at most limit.
func (s *Store) affected(ctx context.Context, limit int, where string, args ...any) ([]campaign.Affected, error) {
	query := s.db.WithContext(ctx).Table("bundles").
		Select("bundles.registration_id, registrations.institution_id, applications.name, bundles.version, "+
			"bundles.qwac_id, bundles.qsealc_id, bundles.credentials_ref, (SELECT count(*) FROM consents WHERE "+
			"consents.registration_id = bundles.registration_id AND consents.state = 'active')").
		Joins("JOIN registrations ON registrations.id = bundles.registration_id").
		Joins("JOIN applications ON applications.id = registrations.application_id").
		Where("bundles.state = 'active'").Where("("+where+")", args...).Limit(limit)
	return sqldb.Scan(query, "registration", func(a *campaign.Affected) []any {
		return []any{
			&a.RegistrationID,
			&a.InstitutionID,
			&a.Application,
			&a.Version,
			&a.QWACID,
			&a.QSealCID,
			&a.CredentialsRef,
			&a.Consents,
		}
	})
}

// CountSecrets implements campaign.Store.
func (s *Store) CountSecrets(ctx context.Context) (map[string]int, error) {
	var rows []struct {
		InstitutionID string
		N             int
	}
	err := s.db.WithContext(ctx).Table("bundles").Select("registrations.institution_id, count(*) AS n").
		Joins("JOIN registrations ON registrations.id = bundles.registration_id").
		Where("bundles.state = 'active' AND bundles.credentials_ref <> ''").
		Group("registrations.institution_id").Scan(&rows).Error
	counts := map[string]int{}
	for _, r := range rows {
		counts[r.InstitutionID] = r.N
	}
	return counts, sqldb.Wrap(err, "registration")
}
