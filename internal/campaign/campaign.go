// Package campaign answers one question: how far is a change of certificates, or of client secrets, at every bank that
// knows the old ones? It
// plans, has two people agree to the whole once, and carries out at the agreed minute what registration, issuer and
// usage do for one registration each. It is a service beside those of consents and payments: it joins others, and
// goes round none of their gates.
package campaign

import (
	"context"
	"errors"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/campaign/plan"
	"github.com/sealkeeper/sealkeeper/internal/clock"
	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/internal/issuer"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/internal/usage"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/registration/email"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/vault"
)

// State is how far a campaign is.
type State string

// The states. A campaign is approved once, and what was agreed to holds until it is over.
const (
	Draft    State = "draft"
	Approved State = "approved"
	Running  State = "running"
	Paused   State = "paused"
	Done     State = "done"  // nothing of it is open any more, and the old certificates are retired or kept
	Ended    State = "ended" // somebody has given it up; what was changed stays
)

// States are all of them.
var States = []State{Draft, Approved, Running, Paused, Done, Ended}

// Over reports whether nothing more is done for it.
func (s State) Over() bool { return s == Done || s == Ended }

// Kind is what a campaign changes.
type Kind string

// The kinds.
const (
	OfCertificates Kind = "certificates"
	OfSecrets      Kind = "client_secrets"
)

// Pair is a certificate and the one that takes its place; ids, and fingerprints as they were when it was planned.
type Pair struct {
	Old       string `json:"old"`
	New       string `json:"new"`
	OldSHA256 string `json:"old_sha256"`
	NewSHA256 string `json:"new_sha256"`
	Kind      string `json:"kind"` // qwac or qsealc
}

// Kept says that an old certificate is not retired, although nothing else of the campaign is open.
type Kept struct {
	Certificate string    `json:"certificate"` // id
	Reason      string    `json:"reason"`
	By          string    `json:"by"` // caller id
	At          time.Time `json:"at"`
}

// Campaign is a change of certificates, or of client secrets, at all banks that know the old ones.
type Campaign struct {
	ID          string
	Name        string
	Kind        Kind
	Pairs       []Pair    // of certificates
	Kept        []Kept    // old certificates that stay
	Until       time.Time // of client secrets: by when they are to be changed
	Eves        bool      // changes on the eves of weekends and holidays are wanted
	State       State
	Agreed      string // fingerprint of what two people have agreed to
	RequestedBy string
	ApprovedBy  string // empty: nobody had to
	ApprovedAt  time.Time
	StartedAt   time.Time
	EndedAt     time.Time
	CreatedBy   string
	CreatedAt   time.Time
	Version     int // of the row
}

// agreement is what registration is told of the approval.
func (c Campaign) agreement() approval.Request {
	return approval.Request{ID: c.ID, State: approval.Approved, RequestedBy: c.RequestedBy, DecidedBy: c.ApprovedBy}
}

// LineState is how far the change is at one registration.
type LineState string

// The states of a line.
const (
	Planned    LineState = "planned"
	Announced  LineState = "announced" // the bank was told, and has not answered
	Answered   LineState = "answered"  // the bank has agreed
	Prepared   LineState = "prepared"  // the version to be activated is there
	Tested     LineState = "tested"
	Activated  LineState = "activated"   // the new certificates are in use; not every service has followed
	Followed   LineState = "followed"    // every service has the new secret; its bank still knows the former one
	Ending     LineState = "ending"      // a person has ended the former secret at the bank; custody still has it
	Confirmed  LineState = "confirmed"   // every service presents them; the former secret is destroyed
	Failed     LineState = "failed"      // it stopped, and waits for a person
	RolledBack LineState = "rolled_back" // the former version is in use again
	LeftOut    LineState = "left_out"
)

// LineStates are all of them, in the order of a line's life.
var LineStates = []LineState{
	Planned, Announced, Answered, Prepared, Tested, Activated, Followed, Ending, Confirmed, Failed, RolledBack, LeftOut,
}

// Open reports whether something of the line is still to be done.
func (s LineState) Open() bool { return s != Confirmed && s != RolledBack && s != LeftOut }

// inUse reports whether the new version is.
func (s LineState) inUse() bool {
	return s == Activated || s == Followed || s == Ending || s == Confirmed
}

// Line is one registration of a campaign.
type Line struct {
	CampaignID     string
	RegistrationID string
	InstitutionID  string
	Name           string // institution and application
	Environment    environment.Name
	OldVersion     int
	Swap           registration.Swap
	Consents       int // active ones, when it was planned
	State          LineState
	NewVersion     int // 0: none yet
	Plan           plan.Plan
	SwitchAt       time.Time // the agreed moment; zero: none
	AnnouncedAt    time.Time
	AnnouncedBy    string
	ToldSHA256     string // of the new certificates that the bank was told of
	AnsweredAt     time.Time
	AnswerFrom     string
	AnswerNote     string
	ActivatedAt    time.Time
	FormerEndedAt  time.Time // the bank no longer knows the former secret
	FormerEndedBy  string
	ConfirmedAt    time.Time
	Failure        note.Note // why it stopped
	NextAt         time.Time // when the program looks at it again; zero: it waits for a person
	ChangedAt      time.Time
	Version        int // of the row
}

// CanGoBack reports whether the former version can be in use again.
func (l Line) CanGoBack() bool {
	return l.FormerEndedAt.IsZero() &&
		(l.State == Activated || l.State == Followed || l.State == Confirmed && l.Swap.OldSecret == "")
}

// Affected is a registration whose version in use has one of the old certificates, or a secret that is replaced.
type Affected struct {
	RegistrationID string
	InstitutionID  string
	Application    string
	Version        int
	QWACID         string
	QSealCID       string
	CredentialsRef string
	Consents       int
}

// Filters of the lists.
const (
	FilterState = "state"
	FilterRisk  = "risk"
)

// Campaigns is what can be asked of the list of campaigns.
var Campaigns = listing.Spec{
	Name:    "campaigns",
	Sorts:   []string{"-created_at"},
	Filters: map[string]listing.Check{FilterState: listing.OneOf(States...)},
}

// Lines is what can be asked of the list of a campaign's lines: those to be begun first come first.
var Lines = listing.Spec{
	Name:  "campaign_lines",
	Sorts: []string{"due_by"},
	Filters: map[string]listing.Check{
		FilterState: listing.OneOf(LineStates...),
		FilterRisk:  listing.OneOf(plan.Over, plan.Late, plan.Tight, plan.Unclear, plan.Calm),
	},
}

// Counts are how many lines of a campaign are in a state, and at what risk the open ones are.
type Counts struct {
	States map[LineState]int
	Risks  map[plan.Risk]int
	Gaps   int // open lines with a predicted gap
	// Consents of open lines, by what the change does to them; the key is the rule's value
	Consents int
	First    time.Time // due first of the open ones
}

// Total is how many lines there are.
func (c Counts) Total() int {
	n := 0
	for _, of := range c.States {
		n += of
	}
	return n
}

// Open is how many are not settled.
func (c Counts) Open() int {
	n := 0
	for state, of := range c.States {
		if state.Open() {
			n += of
		}
	}
	return n
}

// Store keeps campaigns.
type Store interface {
	Ahead
	// AddCampaign adds one with its lines; Conflict if a registration is in another one that is open.
	AddCampaign(ctx context.Context, c Campaign, lines []Line) error
	// ReplaceLines writes a draft's lines anew, if the stored version is still c.Version; else Conflict.
	ReplaceLines(ctx context.Context, c Campaign, lines []Line) error
	// UpdateCampaign writes c if the stored version is still c.Version, and counts it up; else Conflict. The
	// lines of one that is over are no longer open.
	UpdateCampaign(ctx context.Context, c Campaign) error
	Campaign(ctx context.Context, id string) (Campaign, error)
	CampaignPage(ctx context.Context, q listing.Query) (listing.Page[Campaign], error)
	// UpdateLine writes l if the stored version is still l.Version, and counts it up; else Conflict.
	UpdateLine(ctx context.Context, l Line) error
	CampaignLine(ctx context.Context, campaignID, registrationID string) (Line, error)
	// CampaignLines returns all lines, those to be begun first come first.
	CampaignLines(ctx context.Context, campaignID string) ([]Line, error)
	LinePage(ctx context.Context, campaignID string, q listing.Query) (listing.Page[Line], error)
	CountLines(ctx context.Context, campaignID string) (Counts, error)
	// LinesToRun returns lines of running campaigns that are to be looked at, the longest due first.
	LinesToRun(ctx context.Context, at time.Time, limit int) ([]Line, error)
	// FinishedCampaigns returns running campaigns of which nothing is open any more: no registration, and no old
	// certificate that is neither retired nor kept.
	FinishedCampaigns(ctx context.Context, limit int) ([]Campaign, error)
	// AffectedBy returns the registrations whose version in use has one of the certificates, at most limit.
	AffectedBy(ctx context.Context, certificateIDs []string, limit int) ([]Affected, error)
	// WithSecrets returns those of the registrations, and of all at the institutions, whose version in use has a
	// client secret, at most limit.
	WithSecrets(ctx context.Context, registrationIDs, institutionIDs []string, limit int) ([]Affected, error)
	// CountSecrets counts, by institution, the registrations whose version in use has a client secret.
	CountSecrets(ctx context.Context) (map[string]int, error)
}

// Registrations does for one registration what a campaign does for all.
type Registrations interface {
	Institution(ctx context.Context, caller access.Caller, id string) (catalogue.Institution, error)
	Versions(ctx context.Context, caller access.Caller, registrationID string) ([]registration.Bundle, error)
	WithVersions(ctx context.Context, registrationID string) (registration.View, error)
	PrepareSwap(ctx context.Context, caller access.Caller, registrationID string, w registration.Swap) (int, error)
	CarryOut(
		ctx context.Context, by access.Caller, registrationID string, w registration.Swap, r approval.Request,
	) error
	GoBack(ctx context.Context, by access.Caller, registrationID string, w registration.Swap, r approval.Request) error
	RecordSecret(
		ctx context.Context, caller access.Caller, registrationID, oldRef string, text secret.Text,
	) (registration.Bundle, error)
	DestroySecret(ctx context.Context, by access.Caller, registrationID, ref string) error
	PrepareSwapEmail(
		ctx context.Context, caller access.Caller, registrationID, language string, w registration.Swap,
	) (email.Draft, error)
}

// Certificates are those in custody.
type Certificates interface {
	Get(ctx context.Context, caller access.Caller, id string) (vault.Record, error)
}

// Banks tests the connection with a draft.
type Banks interface {
	Test(ctx context.Context, caller access.Caller, registrationID string) (issuer.TestReport, error)
}

// Services knows which services present which version.
type Services interface {
	Overview(ctx context.Context, caller access.Caller, v registration.View) (usage.Overview, error)
	// Overviews are those of several, in their order.
	Overviews(ctx context.Context, caller access.Caller, views ...registration.View) ([]usage.Overview, error)
}

// Approvals has a change carried out once the people that policy demands agree.
type Approvals interface {
	RequestChange(
		ctx context.Context, caller access.Caller, p approval.NewRequest,
	) (r approval.Request, done bool, err error)
	Waiting(ctx context.Context, object string) ([]approval.Request, error)
}

// Config is what a Service is made of. Every field is required.
type Config struct {
	Store         Store
	Registrations Registrations
	Certificates  Certificates
	Banks         Banks
	Services      Services
	Approvals     Approvals
	Audit         *audit.Log
	Now           func() time.Time
}

// Service is the campaigns. It is safe for concurrent use, also by several replicas.
type Service struct{ cfg Config }

// New returns a Service.
func New(cfg Config) *Service {
	cfg.Now = clock.Micros(cfg.Now)
	return &Service{cfg: cfg}
}

// Page returns a page of the list Campaigns.
func (s *Service) Page(ctx context.Context, caller access.Caller, q listing.Query) (listing.Page[Campaign], error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.CampaignRead, ""); err != nil {
		return listing.Page[Campaign]{}, err
	}
	return s.cfg.Store.CampaignPage(ctx, q)
}

// Campaign returns one, how far it is, and the request to agree to it that waits for a second person, if there is one.
func (s *Service) Campaign(
	ctx context.Context, caller access.Caller, id string,
) (c Campaign, counts Counts, waiting *approval.Request, err error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.CampaignRead, id); err != nil {
		return c, counts, nil, err
	}
	if c, err = s.cfg.Store.Campaign(ctx, id); err != nil {
		return c, counts, nil, err
	}
	if counts, err = s.cfg.Store.CountLines(ctx, id); err != nil {
		return c, counts, nil, err
	}
	requests, err := s.cfg.Approvals.Waiting(ctx, id)
	if len(requests) > 0 {
		waiting = &requests[0]
	}
	return c, counts, waiting, err
}

// Lines returns a page of a campaign's list Lines.
func (s *Service) Lines(
	ctx context.Context, caller access.Caller, id string, q listing.Query,
) (listing.Page[Line], error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.CampaignRead, id); err != nil {
		return listing.Page[Line]{}, err
	}
	return s.cfg.Store.LinePage(ctx, id, q)
}

// Line returns one registration of a campaign, with the bank's rule as it is known now.
func (s *Service) Line(
	ctx context.Context, caller access.Caller, id, registrationID string,
) (Line, catalogue.Institution, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.CampaignRead, id); err != nil {
		return Line{}, catalogue.Institution{}, err
	}
	l, err := s.cfg.Store.CampaignLine(ctx, id, registrationID)
	if err != nil {
		return l, catalogue.Institution{}, err
	}
	in, err := s.institution(ctx, caller, l.InstitutionID)
	return l, in, err
}

// institution is where registrations are: what the catalogue no longer describes too.
func (s *Service) institution(
	ctx context.Context, caller access.Caller, id string,
) (catalogue.Institution, error) {
	in, err := s.cfg.Registrations.Institution(ctx, caller, id)
	if errors.Is(err, fault.NotFound) {
		return catalogue.Gone(id), nil
	}
	return in, err
}
