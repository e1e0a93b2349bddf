package api

import (
	"time"

	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/secret"
)

// CertificatePair is a certificate and the one that takes its place.
type CertificatePair struct {
	Old       string `json:"old"` // id
	New       string `json:"new"`
	OldSHA256 string `json:"old_sha256"`
	NewSHA256 string `json:"new_sha256"`
	Kind      string `json:"kind"` // qwac or qsealc
}

// KeptCertificate is an old certificate of a campaign that is not retired.
type KeptCertificate struct {
	CertificateID string    `json:"certificate_id"`
	Reason        string    `json:"reason"`
	KeptBy        string    `json:"kept_by"` // id of a user
	KeptAt        time.Time `json:"kept_at"`
}

// NewCampaign is a change of certificates at every bank that knows the old ones, or of client secrets.
type NewCampaign struct {
	Name    string               `json:"name"`
	Pairs   []NewCertificatePair `json:"pairs,omitempty"`
	Secrets *SecretScope         `json:"secrets,omitempty"` // in place of pairs
	Eves    bool                 `json:"eves,omitempty"`    // changes on the eves of weekends and holidays are wanted
}

// SecretScope is which client secrets are replaced, and by when.
type SecretScope struct {
	Registrations []string  `json:"registrations,omitempty"` // ids
	Institutions  []string  `json:"institutions,omitempty"`  // ids: of all registrations in use there
	Until         time.Time `json:"until"`
}

// NewCertificatePair names two certificates by their ids.
type NewCertificatePair struct {
	Old string `json:"old"`
	New string `json:"new"`
}

// CampaignRow is what a list says of a campaign.
type CampaignRow struct {
	ID         string            `json:"id"`
	Name       string            `json:"name"`
	Kind       string            `json:"kind"`  // certificates or client_secrets
	State      string            `json:"state"` // draft, approved, running, paused, done or ended
	Pairs      []CertificatePair `json:"pairs"`
	Kept       []KeptCertificate `json:"kept"`  // old certificates that stay
	Until      *time.Time        `json:"until"` // by when client secrets are to be replaced
	Eves       bool              `json:"eves"`
	CreatedBy  string            `json:"created_by"` // id of a user
	CreatedAt  time.Time         `json:"created_at"`
	ApprovedBy string            `json:"approved_by"` // id of a user; empty: nobody, or nobody had to
	ApprovedAt *time.Time        `json:"approved_at"`
	StartedAt  *time.Time        `json:"started_at"`
	EndedAt    *time.Time        `json:"ended_at"`
}

// Campaign is one campaign and how far it is.
type Campaign struct {
	CampaignRow
	ApprovalID string         `json:"approval_id"` // of the request that waits for a second person; empty: none
	States     map[string]int `json:"states"`      // registrations by state
	Risks      map[string]int `json:"risks"`       // those not settled, by risk
	Gaps       int            `json:"gaps"`        // those at which calls will fail for a while
	Consents   int            `json:"consents"`    // active ones of customers, where something is still to be done
}

// CampaignLine is one registration of a campaign.
type CampaignLine struct {
	RegistrationID string        `json:"registration_id"`
	InstitutionID  string        `json:"institution_id"`
	Name           string        `json:"name"` // institution and application
	Environment    string        `json:"environment"`
	State          string        `json:"state"`
	OldVersion     int           `json:"old_version"`
	NewVersion     int           `json:"new_version"` // 0: none yet
	OldQWAC        string        `json:"old_qwac"`    // ids; empty: this certificate stays
	NewQWAC        string        `json:"new_qwac"`
	OldQSealC      string        `json:"old_qsealc"`
	NewQSealC      string        `json:"new_qsealc"`
	Consents       int           `json:"consents"`    // active ones when it was planned
	AnnounceBy     calendar.Date `json:"announce_by"` // last safe day; empty: the bank is not told
	SwitchBy       time.Time     `json:"switch_by"`
	SuggestedAt    time.Time     `json:"suggested_at"`
	Risk           string        `json:"risk"`    // over, late, tight, unclear or calm
	Gap            bool          `json:"gap"`     // calls will fail for a while
	Assumed        bool          `json:"assumed"` // the bank's lead time or effect is not known
	SwitchAt       *time.Time    `json:"switch_at"`
	AnnouncedAt    *time.Time    `json:"announced_at"`
	ToldSHA256     string        `json:"told_sha256"` // of the certificates that the bank was told of
	AnsweredAt     *time.Time    `json:"answered_at"`
	AnswerFrom     string        `json:"answer_from"`
	AnswerNote     string        `json:"answer_note"`
	ActivatedAt    *time.Time    `json:"activated_at"`
	FormerEndedAt  *time.Time    `json:"former_ended_at"` // the bank no longer knows the former client secret
	ConfirmedAt    *time.Time    `json:"confirmed_at"`
	FailedCode     string        `json:"failed_code"` // empty: it has not stopped
	FailedText     string        `json:"failed_text"`
}

// CampaignReport is the first line of a campaign's report.
type CampaignReport struct {
	Kind string `json:"kind"` // campaign
	Campaign
	ReportedAt    time.Time `json:"reported_at"`
	ReportedBy    string    `json:"reported_by"`   // id of a user
	Registrations int       `json:"registrations"` // how many lines follow; a file with fewer was cut off
}

// CampaignEvidence is a further line of it: what shows that, and how, the certificates of one registration were
// replaced.
type CampaignEvidence struct {
	Kind string `json:"kind"` // registration
	CampaignLine
	AnnouncedBy   string                `json:"announced_by"`    // id of a user
	ActivatedBy   string                `json:"activated_by"`    // id of a user, or of the program
	FormerEndedBy string                `json:"former_ended_by"` // id of a user
	InUse         int                   `json:"in_use"`          // the version in use now; 0: none
	Services      []RegistrationService `json:"services"`        // which certificate each presents now
}

// CampaignAct is something to be done with a campaign.
type CampaignAct struct {
	Act           string `json:"act"`                      // plan, request, start, pause, end, roll_back or keep
	Reason        string `json:"reason,omitempty"`         // for request and keep
	CertificateID string `json:"certificate_id,omitempty"` // for keep: an old one, which stays
}

// CampaignLineAct is something to be done with one registration of a campaign.
type CampaignLineAct struct {
	// announce, answer, secret, schedule, test, retry, former_ended, leave_out or roll_back
	Act          string      `json:"act"`
	From         string      `json:"from,omitempty"`
	Note         string      `json:"note,omitempty"`
	Refused      bool        `json:"refused,omitempty"`
	ClientSecret secret.Text `json:"client_secret,omitzero"` // for secret
	SwitchAt     *time.Time  `json:"switch_at,omitempty"`    // for answer, secret and schedule
}

// EmailLanguage is the language in which a bank is written to: en or fr.
type EmailLanguage struct {
	Language string `json:"language"`
}

// BankFact is something that a bank has said of how certificates are changed.
type BankFact struct {
	ID          string        `json:"id"`
	Subject     string        `json:"subject"` // id of a bank group, or of one institution
	Key         string        `json:"key"`
	Value       string        `json:"value"`
	Source      string        `json:"source"`
	SaidOn      calendar.Date `json:"said_on"`
	Evidence    string        `json:"evidence"`
	RecordedBy  string        `json:"recorded_by"`
	RecordedAt  time.Time     `json:"recorded_at"`
	WithdrawnBy string        `json:"withdrawn_by"` // empty: nobody has
	WithdrawnAt *time.Time    `json:"withdrawn_at"`
}

// NewBankFact is what a bank has said.
type NewBankFact struct {
	Key       string        `json:"key"`
	Value     string        `json:"value"`
	Source    string        `json:"source"`
	SaidOn    calendar.Date `json:"said_on"`
	Evidence  string        `json:"evidence"`
	WholeBank bool          `json:"whole_bank,omitempty"` // of all institutions of the bank
}

// Forecast is the work of a year with the QWACs in use, and what is to come within 90 days.
type Forecast struct {
	Certificates  int `json:"certificates"`  // QWACs in use
	Registrations int `json:"registrations"` // that use one
	// what the working days are reckoned from, in hours
	HoursPerRenewal int            `json:"hours_per_renewal"`
	HoursPerTold    int            `json:"hours_per_told"`   // of a registration whose bank is told of a change
	HoursPerUntold  int            `json:"hours_per_untold"` // of one whose bank is not
	HoursPerDay     int            `json:"hours_per_day"`
	Loads           []ForecastLoad `json:"loads"`
	Coming          []ComingSpan   `json:"coming"` // what begins first comes first
}

// ForecastLoad is the work of a year under one longest validity.
type ForecastLoad struct {
	ValidityDays int        `json:"validity_days"` // 0: as certificates are issued now
	From         *time.Time `json:"from"`          // from when on browsers' rules demand it
	Renewals     int        `json:"renewals"`
	ChangeOvers  int        `json:"change_overs"` // of registrations
	WorkingDays  int        `json:"working_days"`
}

// ComingSpan is something that is to come, at a moment or between two.
type ComingSpan struct {
	Kind  string    `json:"kind"` // certificate, campaign, client_secrets or consents
	ID    string    `json:"id"`   // of the certificate or the campaign; empty: of consents
	Name  string    `json:"name"`
	From  time.Time `json:"from"`
	Until time.Time `json:"until"`
	N     int       `json:"n"`    // registrations or consents that it is about
	Many  bool      `json:"many"` // there are more than n
}
