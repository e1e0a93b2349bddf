// Package bankfiles answers one question: which catalogue files has the folder brought, and who has taken them?
//
// A file that is new or has changed is a proposal. Until somebody takes it, the catalogue is what it was. What is taken
// is in the database, so that every replica has it, and stays there whatever becomes of the folder.
package bankfiles

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/clock"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
)

// State is what has become of a file.
type State string

// The states.
const (
	Proposed   State = "proposed"
	InForce    State = "in_force"
	Declined   State = "declined"
	Superseded State = "superseded" // it was in force
)

// File is one that the folder has brought.
type File struct {
	Bank          string // id of its bank group
	SHA256        string // of the text
	Name          string // in the folder
	Text          []byte // not in lists
	State         State
	FoundAt       time.Time
	DecidedBy     string // user id; empty: nobody has decided
	DecidedByName string
	DecidedAt     time.Time
}

// Refusal is a file of the folder that cannot be used.
type Refusal struct {
	Name  string
	Why   string // each mistake on a line of its own, with its line in the file
	Since time.Time
}

// Store keeps files.
type Store interface {
	// BankFiles returns those in a state, by bank, without their texts.
	BankFiles(ctx context.Context, state State) ([]File, error)
	// DeclinedFiles returns what was declined last, at most limit, without texts.
	DeclinedFiles(ctx context.Context, limit int) ([]File, error)
	// ForgetDeclined has a file that was declined be as if it had never been found; it is a Conflict if it was not.
	ForgetDeclined(ctx context.Context, bank, sha256 string) error
	// BankFile returns one with its text, or NotFound.
	BankFile(ctx context.Context, bank, sha256 string) (File, error)
	// Refusals returns what could not be used at the last reading, by name.
	Refusals(ctx context.Context) ([]Refusal, error)
	// NoteReading has these be all that is proposed and all that is refused.
	NoteReading(ctx context.Context, proposed []File, refused []Refusal) error
	// DecideBankFile notes who took or declined what is proposed, and supersedes the one in force if it was taken; it
	// is a Conflict if that is not proposed any more.
	DecideBankFile(ctx context.Context, f File) error
}

// Approvals has a change carried out when a second person has agreed.
type Approvals interface {
	RequestChange(
		ctx context.Context, caller access.Caller, p approval.NewRequest,
	) (r approval.Request, done bool, err error)
	Waiting(ctx context.Context, object string) ([]approval.Request, error)
}

// Registrations knows where we are registered.
type Registrations interface {
	// UsedInstitutions returns those of some institutions at which there are registrations.
	UsedInstitutions(ctx context.Context, ids []string) ([]string, error)
}

// Config is what a Service is made of. Every field but the folder is required.
type Config struct {
	Folder        string // empty: there is none
	Store         Store
	Registrations Registrations
	Catalogue     *catalogue.Catalogue
	Usable        catalogue.Usable
	Approvals     Approvals
	Audit         *audit.Log
	Logger        *slog.Logger
	Now           func() time.Time
	// the catalogue says something else of these banks, by the ids of their groups
	Changed func(ctx context.Context, banks []string) error
}

// Service reads the folder, and has the catalogue say what was taken. It is safe for concurrent use.
type Service struct {
	cfg Config

	mu       sync.Mutex
	follows  []File
	unread   error                 // of what was taken; nil: all of it is read
	compared map[string]comparison // by SHA-256 of the file
}

// comparison is how a file differs from the text that described its bank then.
type comparison struct {
	before []byte
	catalogue.Difference
}

// of reports whether it is about a text: the catalogue hands out the same one until it says something else.
func (c comparison) of(before []byte) bool {
	return len(c.before) == len(before) && (len(before) == 0 || &c.before[0] == &before[0])
}

// New returns a Service.
func New(cfg Config) *Service {
	cfg.Now = clock.Micros(cfg.Now)
	return &Service{cfg: cfg, compared: map[string]comparison{}}
}

// Folder is the one that is read; empty: there is none.
func (s *Service) Folder() string { return s.cfg.Folder }

// Proposal is a file that waits for somebody to take it.
type Proposal struct {
	File
	catalogue.Difference
	New     bool   // nothing describes the bank yet
	Waiting string // id of the request that waits for a second person
}

// Overview is everything about the folder that somebody has to know.
type Overview struct {
	Proposals []Proposal
	Refusals  []Refusal
	InForce   []File
	Declined  []File // the last of them
}

// declinedShown is how many files that were declined are shown.
const declinedShown = 50

// Overview returns it. There are at most as many proposals, and as many refusals, as files are read.
func (s *Service) Overview(ctx context.Context, caller access.Caller) (o Overview, err error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.PolicyRead, ""); err != nil {
		return o, err
	}
	proposed, err := s.cfg.Store.BankFiles(ctx, Proposed)
	if err != nil {
		return o, err
	}
	for _, f := range proposed {
		p, err := s.proposal(ctx, f)
		if errors.Is(err, fault.NotFound) { // the folder was read in the meantime
			continue
		}
		if err != nil {
			return o, err
		}
		o.Proposals = append(o.Proposals, p)
	}
	if o.Refusals, err = s.cfg.Store.Refusals(ctx); err != nil {
		return o, err
	}
	if o.InForce, err = s.cfg.Store.BankFiles(ctx, InForce); err != nil {
		return o, err
	}
	o.Declined, err = s.cfg.Store.DeclinedFiles(ctx, declinedShown)
	s.forget(proposed)
	return o, err
}

// forget keeps the comparisons of these files alone.
func (s *Service) forget(but []File) {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.compared, func(sha256 string, _ comparison) bool {
		return !slices.ContainsFunc(but, func(f File) bool { return f.SHA256 == sha256 })
	})
}

// difference compares a file with what describes its bank, once. Its text may be left out.
func (s *Service) difference(ctx context.Context, f File, before []byte) (catalogue.Difference, error) {
	s.mu.Lock()
	known, ok := s.compared[f.SHA256]
	s.mu.Unlock()
	if ok && known.of(before) {
		return known.Difference, nil
	}
	if len(f.Text) == 0 {
		var err error
		if f, err = s.cfg.Store.BankFile(ctx, f.Bank, f.SHA256); err != nil {
			return catalogue.Difference{}, err
		}
	}
	d, err := catalogue.Compare(before, f.Text)
	if err == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.compared[f.SHA256] = comparison{before, d}
	}
	return d, err
}

// File returns one with its text.
func (s *Service) File(ctx context.Context, caller access.Caller, bank, sha256 string) (File, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.PolicyRead, ""); err != nil {
		return File{}, err
	}
	return s.cfg.Store.BankFile(ctx, bank, sha256)
}

func (s *Service) proposal(ctx context.Context, f File) (p Proposal, err error) {
	before := s.cfg.Catalogue.Text(f.Bank)
	p.File, p.New = f, before == nil
	if p.Difference, err = s.difference(ctx, f, before); err != nil {
		return p, err
	}
	waiting, err := s.cfg.Approvals.Waiting(ctx, f.Bank)
	for _, w := range waiting {
		if w.Kind == access.CatalogueTake {
			p.Waiting = w.ID
		}
	}
	return p, err
}

// Follow has the catalogue say what was taken. Each replica runs it again and again.
func (s *Service) Follow(ctx context.Context) error {
	now, err := s.cfg.Store.BankFiles(ctx, InForce)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if slices.EqualFunc(now, s.follows, func(a, b File) bool { return a.Bank == b.Bank && a.SHA256 == b.SHA256 }) {
		return nil
	}
	unread, err := Load(ctx, s.cfg.Store, s.cfg.Catalogue, s.cfg.Usable)
	if err != nil {
		return err
	}
	if unread != nil {
		s.cfg.Logger.LogAttrs(ctx, slog.LevelError, "a catalogue file that was taken cannot be read by this program",
			slog.Any("error", unread))
	}
	banks := otherwise(s.follows, now)
	s.follows, s.unread = now, unread
	return s.cfg.Changed(ctx, banks)
}

// otherwise names the banks of which the two have different files.
func otherwise(before, now []File) []string {
	sums := map[string]string{}
	for _, f := range before {
		sums[f.Bank] = f.SHA256
	}
	var banks []string
	for _, f := range now {
		if sums[f.Bank] != f.SHA256 {
			banks = append(banks, f.Bank)
		}
		delete(sums, f.Bank)
	}
	for bank := range sums {
		banks = append(banks, bank)
	}
	return banks
}

// Warning says that something of what was taken is not in force, because this program cannot read it.
func (s *Service) Warning() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.unread == nil {
		return nil
	}
	return fault.Wrap(s.unread, fault.Unavailable, "catalogue_unread",
		"This program cannot read a catalogue file that was taken, so what is built in counts for that bank: start "+
			"the program that took it, or put a new file into the folder.")
}

// Texts keeps what was taken.
type Texts interface {
	BankFiles(ctx context.Context, state State) ([]File, error)
	BankFile(ctx context.Context, bank, sha256 string) (File, error)
}

// Load has a catalogue say what was taken; unread says what of it this program cannot read.
func Load(
	ctx context.Context, store Texts, banks *catalogue.Catalogue, usable catalogue.Usable,
) (unread, err error) {
	taken, err := store.BankFiles(ctx, InForce)
	if err != nil {
		return nil, err
	}
	texts := make([][]byte, len(taken))
	for i, f := range taken {
		f, err := store.BankFile(ctx, f.Bank, f.SHA256)
		if err != nil {
			return nil, err
		}
		texts[i] = f.Text
	}
	return banks.Take(texts, usable), nil
}
