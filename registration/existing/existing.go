// Package existing answers one question: which registrations that are in use already come in with this list, and what
// is wrong with it? A firm that is live already writes the list once. Every line of it is judged before anything is
// stored, two people agree to the whole, and then each line comes in as a whole or not at all.
package existing

import (
	"context"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/clock"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
	"github.com/sealkeeper/sealkeeper/secret"
)

// State is how far an import is.
type State string

// The states. Nothing of a list is stored as a registration before it is approved.
const (
	Requested State = "requested"
	Approved  State = "approved" // its lines come in
	Done      State = "done"
	Dropped   State = "dropped" // nobody agreed to it
)

// Import is a list that somebody has asked to have brought in.
type Import struct {
	ID             string
	Name           string // of the file
	SHA256         string // of the list, hex
	List           []byte // as it was uploaded
	Sealed         []byte // its secrets; empty: all are in custody, or it was not agreed to
	State          State
	Reason         string
	CreatedBy      string // user id
	CreatedByName  string
	CreatedAt      time.Time
	ApprovedBy     string // empty: nobody had to
	ApprovedByName string
	ApprovedAt     time.Time
}

// LineState is what has become of a line.
type LineState string

// The states of a line.
const (
	Pending LineState = "pending"
	There   LineState = "there" // it was a registration already
	In      LineState = "done"  // it has come in
	Failed  LineState = "failed"
)

// Line is one registration of an import.
type Line struct {
	ImportID       string
	Position       int // among the list's registrations, from 1
	Line           int // of the file
	InstitutionID  string
	Application    string // name
	State          LineState
	RegistrationID string // that it is, or will be
	BundleID       string
	CredentialsRef string // under which custody will have its client id and secret
	QWAC, QSealC   string // SHA-256; empty: none
	Lacking        bool   // a certificate of it was not in custody yet
	Failure        note.Note
}

// Arrival is what a line becomes, all at once.
type Arrival struct {
	Line         Line
	Enrolment    *registration.Enrolment // nil: there is nothing to note about it
	Registration registration.Registration
	Steps        map[string][]checklist.Record // by subject
	History      []registration.HistoryEntry
	Bundle       registration.Bundle
}

// Lists of imports and of their lines.
var (
	Imports = listing.Spec{Name: "registration_imports", Sorts: []string{"-created_at"}}
	Lines   = listing.Spec{
		Name:    "registration_import_lines",
		Sorts:   []string{"position"},
		Filters: map[string]listing.Check{FilterState: listing.OneOf(Pending, There, In, Failed)},
	}
)

// FilterState chooses lines by their state.
const FilterState = "state"

// Counts are how many lines of an import are in a state.
type Counts struct {
	States  map[LineState]int
	Lacking int // that lack a certificate
}

// Store keeps imports.
type Store interface {
	// AddImport adds one with its lines.
	AddImport(ctx context.Context, i Import, lines []Line) error
	RegistrationImport(ctx context.Context, id string) (Import, error)
	ImportPage(ctx context.Context, q listing.Query) (listing.Page[Import], error)
	ImportLinePage(ctx context.Context, id string, q listing.Query) (listing.Page[Line], error)
	CountImportLines(ctx context.Context, id string) (Counts, error)
}

// Progress is how an import goes on. Each call is one transaction.
type Progress interface {
	// OpenImports are those that are neither done nor dropped, without list and secrets.
	OpenImports(ctx context.Context) ([]Import, error)
	// MoveImport writes state, decision and sealed secrets if the stored state is still from; else Conflict.
	MoveImport(ctx context.Context, i Import, from State) error
	PendingImportLines(ctx context.Context, id string, limit int) ([]Line, error)
	// BringIn makes the registration and settles the line; Conflict if the line is settled already.
	BringIn(ctx context.Context, a Arrival) error
	// SettleImportLine says of a pending line what has become of it instead.
	SettleImportLine(ctx context.Context, l Line) error
	// LeftCredentials are lines that have not come in, and for which custody may have credentials all the same.
	LeftCredentials(ctx context.Context, id string, limit int) ([]Line, error)
	// ForgetCredentials notes of such a line that custody has none.
	ForgetCredentials(ctx context.Context, l Line) error
	// FillImported puts certificates that came into custody meanwhile into the drafts that lack them, at most so
	// many; what somebody has changed since is left alone.
	FillImported(ctx context.Context, limit int) (int, error)
}

// Parties are our organizations and applications.
type Parties interface {
	AddOrganization(ctx context.Context, o registration.Organization) error
	AddApplication(ctx context.Context, a registration.Application) error
}

// PartyLookup finds those that a list names.
type PartyLookup interface {
	OrganizationsByIdentifier(ctx context.Context, identifiers []string) ([]registration.Organization, error)
	OrganizationsByID(ctx context.Context, ids []string) ([]registration.Organization, error)
	// ApplicationsNamed returns those with one of the names, whatever organization they are of.
	ApplicationsNamed(ctx context.Context, names []string) ([]registration.Application, error)
}

// Records are the registrations there are.
type Records interface {
	// RegistrationsOf returns those of the applications.
	RegistrationsOf(ctx context.Context, applications []string) ([]registration.Registration, error)
	CurrentBundles(ctx context.Context, registrations ...string) (map[string][]registration.Bundle, error)
	Steps(ctx context.Context, subjects ...string) (map[string][]checklist.Record, error)
	EnrolmentsByID(ctx context.Context, ids []string) ([]registration.Enrolment, error)
}

// Versions are all versions of a registration's bundle.
type Versions interface {
	Bundles(ctx context.Context, registrationID string) ([]registration.Bundle, error)
}

// Certificates are those in custody.
type Certificates interface {
	// CertificatesBySHA256 returns the stored ones, by their SHA-256 in hex.
	CertificatesBySHA256(ctx context.Context, digests []string) (map[string]registration.Holding, error)
}

// Custody takes secrets. Each act is audited by it.
type Custody interface {
	SealSecrets(ctx context.Context, caller access.Caller, id string, plain secret.Text) ([]byte, error)
	OpenSecrets(ctx context.Context, caller access.Caller, id string, sealed []byte) (secret.Text, error)
	// PutCredentialsAs is repeatable: it is a Conflict only if there is something else under ref.
	PutCredentialsAs(
		ctx context.Context, caller access.Caller, ref, clientID string, clientSecret secret.Text,
		further map[string]secret.Text,
	) error
	// DestroyCredentials removes what is under ref; it is no error if there is nothing.
	DestroyCredentials(ctx context.Context, caller access.Caller, ref string) error
}

// Approvals has a change carried out once the people that policy demands agree.
type Approvals interface {
	RequestChange(
		ctx context.Context, caller access.Caller, p approval.NewRequest,
	) (r approval.Request, done bool, err error)
	Waiting(ctx context.Context, object string) ([]approval.Request, error)
	// Undecided reports whether a request for the object is open, or is being carried out.
	Undecided(ctx context.Context, object string) (bool, error)
}

// Config is what a Service is made of. Every field is required.
type Config struct {
	Store        Store
	Progress     Progress
	Parties      Parties
	PartyLookup  PartyLookup
	Records      Records
	Versions     Versions
	Certificates Certificates
	Custody      Custody
	Checklists   Checklists
	Catalogue    *catalogue.Catalogue
	Approvals    Approvals
	Audit        *audit.Log
	Now          func() time.Time
}

// Service brings lists of registrations in. It is safe for concurrent use, also by several processes on one database.
type Service struct{ cfg Config }

// New returns a Service.
func New(cfg Config) *Service {
	cfg.Now = clock.Micros(cfg.Now)
	return &Service{cfg}
}

// Page returns a page of the imports, newest first.
func (s *Service) Page(ctx context.Context, caller access.Caller, q listing.Query) (listing.Page[Import], error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.RegistrationRead, ""); err != nil {
		return listing.Page[Import]{}, err
	}
	return s.cfg.Store.ImportPage(ctx, q)
}

// Import returns one, with how far it is and the request that waits for a second person, if one does.
func (s *Service) Import(
	ctx context.Context, caller access.Caller, id string,
) (i Import, counts Counts, waiting *approval.Request, err error) {
	if err = s.cfg.Audit.Permit(ctx, caller, access.RegistrationRead, id); err != nil {
		return i, counts, nil, err
	}
	if i, err = s.cfg.Store.RegistrationImport(ctx, id); err != nil {
		return i, counts, nil, err
	}
	if counts, err = s.cfg.Store.CountImportLines(ctx, id); err != nil {
		return i, counts, nil, err
	}
	open, err := s.cfg.Approvals.Waiting(ctx, id)
	if len(open) > 0 {
		waiting = &open[0]
	}
	return i, counts, waiting, err
}

// LinePage returns a page of an import's lines, in the order of the file.
func (s *Service) LinePage(
	ctx context.Context, caller access.Caller, id string, q listing.Query,
) (listing.Page[Line], error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.RegistrationRead, id); err != nil {
		return listing.Page[Line]{}, err
	}
	return s.cfg.Store.ImportLinePage(ctx, id, q)
}
