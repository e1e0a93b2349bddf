// Package campaigns keeps changes of certificates at banks.
package campaigns

import (
	"encoding/json"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/internal/campaign"
	"github.com/sealkeeper/sealkeeper/internal/campaign/plan"
	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
	"github.com/sealkeeper/sealkeeper/registration"
)

// Store keeps them in the database.
type Store struct{ db *gorm.DB }

// New returns the store over an open database.
func New(db *gorm.DB) *Store { return &Store{db} }

type campaignRow struct {
	ID          string `gorm:"primaryKey"`
	Name        string
	Kind        string
	Pairs       string
	Kept        string
	Until       int64
	Eves        bool
	State       string
	Agreed      string
	RequestedBy string
	ApprovedBy  string
	ApprovedAt  int64
	StartedAt   int64
	EndedAt     int64
	CreatedBy   string
	CreatedAt   int64 `gorm:"autoCreateTime:false"`
	Version     int
}

func (campaignRow) TableName() string { return "campaigns" }

func toCampaignRow(c campaign.Campaign) campaignRow {
	pairs, _ := json.Marshal(c.Pairs) // strings always marshal
	kept := []byte("[]")
	if len(c.Kept) > 0 {
		kept, _ = json.Marshal(c.Kept)
	}
	return campaignRow{
		ID:          c.ID,
		Name:        c.Name,
		Kind:        string(c.Kind),
		Pairs:       string(pairs),
		Kept:        string(kept),
		Until:       sqldb.Micros(c.Until),
		Eves:        c.Eves,
		State:       string(c.State),
		Agreed:      c.Agreed,
		RequestedBy: c.RequestedBy,
		ApprovedBy:  c.ApprovedBy,
		ApprovedAt:  sqldb.Micros(c.ApprovedAt),
		StartedAt:   sqldb.Micros(c.StartedAt),
		EndedAt:     sqldb.Micros(c.EndedAt),
		CreatedBy:   c.CreatedBy,
		CreatedAt:   sqldb.Micros(c.CreatedAt),
		Version:     c.Version,
	}
}

func (r campaignRow) campaign() campaign.Campaign {
	c := campaign.Campaign{
		ID:          r.ID,
		Name:        r.Name,
		Kind:        campaign.Kind(r.Kind),
		Until:       sqldb.FromMicros(r.Until),
		Eves:        r.Eves,
		State:       campaign.State(r.State),
		Agreed:      r.Agreed,
		RequestedBy: r.RequestedBy,
		ApprovedBy:  r.ApprovedBy,
		ApprovedAt:  sqldb.FromMicros(r.ApprovedAt),
		StartedAt:   sqldb.FromMicros(r.StartedAt),
		EndedAt:     sqldb.FromMicros(r.EndedAt),
		CreatedBy:   r.CreatedBy,
		CreatedAt:   sqldb.FromMicros(r.CreatedAt),
		Version:     r.Version,
	}
	_ = json.Unmarshal([]byte(r.Pairs), &c.Pairs) // toCampaignRow wrote it
	_ = json.Unmarshal([]byte(r.Kept), &c.Kept)
	return c
}

type lineRow struct {
	CampaignID     string `gorm:"primaryKey"`
	RegistrationID string `gorm:"primaryKey"`
	InstitutionID  string
	Name           string
	Environment    string
	OldVersion     int
	OldQWAC        string `gorm:"column:old_qwac"`
	NewQWAC        string `gorm:"column:new_qwac"`
	OldQSealC      string `gorm:"column:old_qsealc"`
	NewQSealC      string `gorm:"column:new_qsealc"`
	OldSecret      string
	NewSecret      string
	Consents       int
	State          string
	Open           bool
	NewVersion     int
	DueBy          int64
	AnnounceBy     string
	SwitchBy       int64
	SuggestedAt    int64
	Risk           string
	Gap            bool
	Assumed        bool
	SwitchAt       int64
	AnnouncedAt    int64
	AnnouncedBy    string
	ToldSHA256     string `gorm:"column:told_sha256"`
	AnsweredAt     int64
	AnswerFrom     string
	AnswerNote     string
	ActivatedAt    int64
	FormerEndedAt  int64
	FormerEndedBy  string
	ConfirmedAt    int64
	FailedCode     string
	FailedArgs     string
	FailedText     string
	NextAt         int64
	ChangedAt      int64
	Version        int
}

func (lineRow) TableName() string { return "campaign_lines" }

func toLineRow(l campaign.Line) lineRow {
	return lineRow{
		CampaignID:     l.CampaignID,
		RegistrationID: l.RegistrationID,
		InstitutionID:  l.InstitutionID,
		Name:           l.Name,
		Environment:    string(l.Environment),
		OldVersion:     l.OldVersion,
		OldQWAC:        l.Swap.OldQWAC,
		NewQWAC:        l.Swap.NewQWAC,
		OldQSealC:      l.Swap.OldQSealC,
		NewQSealC:      l.Swap.NewQSealC,
		OldSecret:      l.Swap.OldSecret,
		NewSecret:      l.Swap.NewSecret,
		Consents:       l.Consents,
		State:          string(l.State),
		Open:           l.State.Open(),
		NewVersion:     l.NewVersion,
		DueBy:          sqldb.Micros(l.DueBy()),
		AnnounceBy:     l.Plan.AnnounceBy.String(),
		SwitchBy:       sqldb.Micros(l.Plan.SwitchBy),
		SuggestedAt:    sqldb.Micros(l.Plan.Suggested),
		Risk:           string(l.Plan.Risk),
		Gap:            l.Plan.Gap,
		Assumed:        l.Plan.Assumed,
		SwitchAt:       sqldb.Micros(l.SwitchAt),
		AnnouncedAt:    sqldb.Micros(l.AnnouncedAt),
		AnnouncedBy:    l.AnnouncedBy,
		ToldSHA256:     l.ToldSHA256,
		AnsweredAt:     sqldb.Micros(l.AnsweredAt),
		AnswerFrom:     l.AnswerFrom,
		AnswerNote:     l.AnswerNote,
		ActivatedAt:    sqldb.Micros(l.ActivatedAt),
		FormerEndedAt:  sqldb.Micros(l.FormerEndedAt),
		FormerEndedBy:  l.FormerEndedBy,
		ConfirmedAt:    sqldb.Micros(l.ConfirmedAt),
		FailedCode:     l.Failure.Code,
		FailedArgs:     sqldb.List(l.Failure.Args),
		FailedText:     l.Failure.Text,
		NextAt:         sqldb.Micros(l.NextAt),
		ChangedAt:      sqldb.Micros(l.ChangedAt),
		Version:        l.Version,
	}
}

func (r lineRow) line() campaign.Line {
	by, _ := calendar.Parse(r.AnnounceBy) // toLineRow wrote it; empty is no day
	return campaign.Line{
		CampaignID:     r.CampaignID,
		RegistrationID: r.RegistrationID,
		InstitutionID:  r.InstitutionID,
		Name:           r.Name,
		Environment:    environment.Name(r.Environment),
		OldVersion:     r.OldVersion,
		Swap: registration.Swap{
			OldQWAC:   r.OldQWAC,
			NewQWAC:   r.NewQWAC,
			OldQSealC: r.OldQSealC,
			NewQSealC: r.NewQSealC,
			OldSecret: r.OldSecret,
			NewSecret: r.NewSecret,
		},
		Consents:   r.Consents,
		State:      campaign.LineState(r.State),
		NewVersion: r.NewVersion,
		Plan: plan.Plan{
			AnnounceBy: by,
			SwitchBy:   sqldb.FromMicros(r.SwitchBy),
			Suggested:  sqldb.FromMicros(r.SuggestedAt),
			Risk:       plan.Risk(r.Risk),
			Gap:        r.Gap,
			Assumed:    r.Assumed,
		},
		SwitchAt:      sqldb.FromMicros(r.SwitchAt),
		AnnouncedAt:   sqldb.FromMicros(r.AnnouncedAt),
		AnnouncedBy:   r.AnnouncedBy,
		ToldSHA256:    r.ToldSHA256,
		AnsweredAt:    sqldb.FromMicros(r.AnsweredAt),
		AnswerFrom:    r.AnswerFrom,
		AnswerNote:    r.AnswerNote,
		ActivatedAt:   sqldb.FromMicros(r.ActivatedAt),
		FormerEndedAt: sqldb.FromMicros(r.FormerEndedAt),
		FormerEndedBy: r.FormerEndedBy,
		ConfirmedAt:   sqldb.FromMicros(r.ConfirmedAt),
		Failure:       sqldb.Note(r.FailedCode, r.FailedArgs, r.FailedText),
		NextAt:        sqldb.FromMicros(r.NextAt),
		ChangedAt:     sqldb.FromMicros(r.ChangedAt),
		Version:       r.Version,
	}
}
