// Package registers answers one question: do the registers of payment firms list our authorisation with what a
// certificate claims, as far as they were read? It reads the register of the EBA and tables of national authorities,
// keeps what they say of our own numbers and of nobody else, and reads them again.
package registers

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/sealkeeper/sealkeeper/certs/register"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/clock"
	"github.com/sealkeeper/sealkeeper/internal/internet"
)

// EBA is the id of the register of the European Banking Authority.
const EBA = "eba"

// Source is a register that is configured.
type Source struct {
	ID     string           // EBA, or that of an authority: "de-bafin"
	URL    string           // empty: it is read from files that people import
	Layout *register.Layout // nil: it is the EBA's
}

// Covers reports whether the authority of a key is in the register.
func (s Source) Covers(key string) bool {
	return s.Layout == nil || register.AuthorityOf(s.Layout.Authority) == register.AuthorityIn(key)
}

// Register is a register as it was read last, with what came of the last question.
type Register struct {
	SourceID string    `json:"-"`
	ReadAt   time.Time // when it was last found to be this one; zero: it was never read
	AsOf     time.Time // of its newest entry; zero: it does not say
	SHA256   string    // of the file
	Bytes    int64
	Count    int      // entries in it
	Keys     []string // that were looked for when it was read
	Imported bool     // by a person
	// What a server said of the file that it sent last, to be asked whether there is another one.
	ETag, Modified string

	AskAt    time.Time `json:"-"`
	Revision int       `json:"-"`
	TriedAt  time.Time
	Cause    Cause // why nothing came of the last question; empty: something did
	Failures int
}

// Known reports whether it was read.
func (r Register) Known() bool { return !r.ReadAt.IsZero() }

// Date is how old what it says is: of its newest entry, or of the reading where it does not say.
func (r Register) Date() time.Time {
	if r.AsOf.IsZero() {
		return r.ReadAt
	}
	return r.AsOf
}

// staleAfter is how old a register may be before whoever reads a verdict is told that it is: authorities hand changes
// on daily (Delegated Regulation (EU) 2019/411).
const staleAfter = 7 * 24 * time.Hour

// Stale reports whether what it says is old. It still counts, with its age.
func (r Register) Stale(now time.Time) bool { return r.Known() && now.Sub(r.Date()) > staleAfter }

// Cause is why a register was not read: one of package register, or of these.
type Cause string

// The causes.
const (
	Unreachable Cause = "unreachable" // there was no answer
	Older       Cause = "older"       // it is from before the one that is known
	Future      Cause = "future"      // it is from after now
	Shrunken    Cause = "shrunken"    // it has less than half of the entries of the one that is known
	NoRoom      Cause = "no_room"     // there is no room for it on this machine's disk while it is read
)

// Entry is what a register says of one of our numbers.
type Entry struct {
	Register string
	register.Entry
}

// Store keeps what was read.
type Store interface {
	// Registers returns all of them by id.
	Registers(ctx context.Context) ([]Register, error)
	// SaveRegister writes a register whose revision is the one that it was read with, and in place of its entries
	// others.
	SaveRegister(ctx context.Context, r Register, entries []Entry, replace bool) (saved bool, err error)
	// RegisterEntries returns what registers say of some keys.
	RegisterEntries(ctx context.Context, keys []string) ([]Entry, error)
	// Identifiers returns the organizationIdentifiers of organizations and of stored certificates.
	Identifiers(ctx context.Context, limit int) ([]string, error)
	// IdentifierOf returns that of an organization, or fault.NotFound.
	IdentifierOf(ctx context.Context, organizationID string) (string, error)
	// ChainOfCertificate returns a stored certificate and its chain as PEM, itself first, or fault.NotFound.
	ChainOfCertificate(ctx context.Context, id string) (string, error)
	// InstitutionsUsing returns at which institutions certificates are in use.
	InstitutionsUsing(ctx context.Context, certificateIDs []string) (map[string][]string, error)
	Verdicts
}

// Verdicts keeps what was told of certificates in use.
type Verdicts interface {
	// NotJudgedByRegisters returns certificates in use that have not been judged, as they are now, on some basis: in
	// the order of their ids, after one.
	NotJudgedByRegisters(ctx context.Context, basis, after string, limit int) ([]Used, error)
	// SaveRegisterVerdicts writes verdicts. What was said of a certificate stays where nothing is known now. What has
	// changed is told to whoever watches for what has broken.
	SaveRegisterVerdicts(ctx context.Context, basis string, all []Told) error
}

// Used is a certificate in use.
type Used struct {
	ID       string
	Revision int
	ChainPEM string // itself first
}

// Told is what registers say of a certificate in use.
type Told struct {
	ID       string
	Revision int
	State    State
	Register string // that says so, by its id
	What     string // the roles that are missing, or the number, for people
	Since    time.Time
}

// Config is what a Service is made of.
type Config struct {
	Store   Store
	Asks    *internet.Client // nil: nobody is asked
	Audit   *audit.Log       // of those who ask and import
	Sources []Source
	// Numbers are by what number a register lists an organizationIdentifier, where that is another one than its own.
	Numbers map[string]string
	Country func(institutionID string) string // where a bank is
	TempDir string                            // for the file that is being read; empty: the system's
	Logger  *slog.Logger
	Now     func() time.Time
}

// Service reads registers, and judges certificates by them. It is safe for concurrent use.
type Service struct {
	cfg     Config
	aliases map[string]string // key of an identifier: key in registers
}

// New returns a Service.
func New(cfg Config) *Service {
	cfg.Now = clock.Micros(cfg.Now)
	s := &Service{cfg: cfg, aliases: map[string]string{}}
	for identifier, number := range cfg.Numbers {
		if key := register.KeyOfIdentifier(identifier); key != "" {
			s.aliases[key] = register.KeyOf(register.AuthorityIn(key), number)
		}
	}
	return s
}

// listedBy is by which key registers list another.
func (s *Service) listedBy(key string) string {
	if alias := s.aliases[key]; alias != "" {
		return alias
	}
	return key
}

// Asking reports whether a source is asked by itself.
func (s *Service) Asking(source Source) bool { return s.cfg.Asks != nil && source.URL != "" }

func (s *Service) source(id string) (Source, error) {
	i := slices.IndexFunc(s.cfg.Sources, func(source Source) bool { return source.ID == id })
	if i < 0 {
		return Source{}, fault.New(fault.NotFound, "register_not_found", "No register %q is configured.", id)
	}
	return s.cfg.Sources[i], nil
}

// Standing is a configured register and how it stands.
type Standing struct {
	Source
	Register
	Asked bool // by itself
}

// Counts reports whether what the register says counts: it was read and is asked still, or a person has imported it. An
// installation that asks nobody gives no answer of an earlier time, either.
func (one Standing) Counts() bool { return one.Known() && (one.Asked || one.Imported) }

// List returns the configured registers and how they stand.
func (s *Service) List(ctx context.Context, caller access.Caller) ([]Standing, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.CertList, "registers"); err != nil {
		return nil, err
	}
	return s.standings(ctx)
}

func (s *Service) standings(ctx context.Context) ([]Standing, error) {
	known, err := s.cfg.Store.Registers(ctx)
	if err != nil {
		return nil, err
	}
	all := make([]Standing, len(s.cfg.Sources))
	for i, source := range s.cfg.Sources {
		all[i] = Standing{source, registerOf(known, source.ID), s.Asking(source)}
	}
	return all, nil
}

func registerOf(known []Register, id string) Register {
	i := slices.IndexFunc(known, func(r Register) bool { return r.SourceID == id })
	if i < 0 {
		return Register{SourceID: id}
	}
	return known[i]
}
