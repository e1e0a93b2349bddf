package service

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/clock"
	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/internal/uid"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
)

// Approvals has changes carried out once the people that policy demands agree.
type Approvals interface {
	RequestChange(ctx context.Context, caller access.Caller, n approval.NewRequest) (
		r approval.Request, done bool, err error)
	Waiting(ctx context.Context, object string) ([]approval.Request, error)
	Required(ctx context.Context, env environment.Name) bool
}

// Feed says whether what is remembered is still right: it has changes forgotten.
type Feed interface {
	Fresh(d time.Duration) bool
}

// Config is what Accounts are made of. Every field is required.
type Config struct {
	Store         Store
	Tokens        TokenStore
	Identities    IdentityStore
	Workloads     Workloads
	Certificates  Certificates
	Registrations Registrations
	Catalogue     *catalogue.Catalogue
	Approvals     Approvals
	Feed          Feed
	Audit         *audit.Log
	Now           func() time.Time
}

// Accounts are the service accounts. They are safe for concurrent use.
type Accounts struct {
	cfg Config
	sessions
}

// New returns Accounts.
func New(cfg Config) *Accounts {
	cfg.Now = clock.Micros(cfg.Now)
	return &Accounts{cfg: cfg, sessions: newSessions()}
}

// act authorises and records what is done to an account, before and after.
func (s *Accounts) act(
	ctx context.Context, caller access.Caller, id string, detail note.Note, f func() error,
) error {
	return s.cfg.Audit.Do(ctx, caller, access.ServiceManage, id, func() (note.Note, error) { return detail, f() })
}

// Page returns a page of the list Listed.
func (s *Accounts) Page(
	ctx context.Context, caller access.Caller, q listing.Query,
) (listing.Page[Account], error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.ServiceRead, ""); err != nil {
		return listing.Page[Account]{}, err
	}
	return s.cfg.Store.ServiceAccountPage(ctx, q)
}

// Count counts what matches a query of the list Listed.
func (s *Accounts) Count(ctx context.Context, caller access.Caller, q listing.Query) (listing.Count, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.ServiceRead, ""); err != nil {
		return listing.Count{}, err
	}
	return s.cfg.Store.CountServiceAccounts(ctx, q)
}

// Get returns one account.
func (s *Accounts) Get(ctx context.Context, caller access.Caller, id string) (Account, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.ServiceRead, id); err != nil {
		return Account{}, err
	}
	return s.cfg.Store.ServiceAccount(ctx, id)
}

// Waiting returns the id of the request that waits for a second person, by account.
func (s *Accounts) Waiting(ctx context.Context, account string) (map[string]string, error) {
	found, err := s.cfg.Approvals.Waiting(ctx, account)
	waiting := map[string]string{}
	for _, r := range found {
		if r.Kind == access.ServiceChange {
			waiting[r.Object] = r.ID
		}
	}
	return waiting, err
}

// EnvironmentOf is where a binding reaches.
func (s *Accounts) EnvironmentOf(b Binding) environment.Name { return b.environmentOf(s.cfg.Catalogue) }

// Input is what a person says of an account.
type Input struct {
	Name, Owner, Description string
	Grant                    Grant
	Reason                   string // for the second person
}

// Add makes an account. What it is given in an environment where changes take two people, it has once
// somebody else has agreed: done is false then, and r is the request.
func (s *Accounts) Add(
	ctx context.Context, caller access.Caller, in Input,
) (a Account, r approval.Request, done bool, err error) {
	a = Account{
		ID:            uid.New(),
		Revision:      1,
		Grant:         Grant{Purposes: []access.Purpose{}, Bindings: []Binding{}, Limits: DefaultLimits},
		CreatedBy:     caller.ID,
		CreatedByName: caller.Name,
		CreatedAt:     s.cfg.Now(),
	}
	a.Name, a.Owner, a.Description = strings.TrimSpace(in.Name), strings.TrimSpace(in.Owner),
		strings.TrimSpace(in.Description)
	err = s.act(ctx, caller, a.ID, note.New("service_made", "service account made"), func() error {
		if err := s.check(ctx, &in); err != nil {
			return err
		}
		if err := s.widening(ctx, caller, a, in.Grant); err != nil {
			return err
		}
		return s.cfg.Store.AddServiceAccount(ctx, a)
	})
	if err != nil {
		return Account{}, r, false, err
	}
	return s.change(ctx, caller, a, in)
}

// Change says anew what an account is and may do.
func (s *Accounts) Change(
	ctx context.Context, caller access.Caller, id string, in Input,
) (a Account, r approval.Request, done bool, err error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.ServiceManage, id); err != nil {
		return a, r, false, err
	}
	if a, err = s.inUse(ctx, id); err != nil {
		return a, r, false, err
	}
	if err := s.check(ctx, &in); err != nil {
		return a, r, false, err
	}
	if err := s.widening(ctx, caller, a, in.Grant); err != nil {
		return a, r, false, err
	}
	return s.change(ctx, caller, a, in)
}

// widening refuses a bearer token what gives an account more on live, unless a second person decides it.
func (s *Accounts) widening(ctx context.Context, caller access.Caller, a Account, g Grant) error {
	if !g.exceeds(a.Grant, environment.Live, s.cfg.Catalogue) ||
		s.cfg.Approvals.Required(ctx, environment.Live) {
		return nil
	}
	return s.cfg.Audit.AtConsole(ctx, caller, access.ServiceManage, a.ID)
}

func (s *Accounts) change(
	ctx context.Context, caller access.Caller, a Account, in Input,
) (now Account, r approval.Request, done bool, err error) {
	a.Name, a.Owner, a.Description = strings.TrimSpace(in.Name), strings.TrimSpace(in.Owner),
		strings.TrimSpace(in.Description)
	for _, env := range []environment.Name{environment.Live, environment.Sandbox} {
		if !in.Grant.exceeds(a.Grant, env, s.cfg.Catalogue) {
			continue
		}
		r, done, err = s.propose(ctx, caller, a, in, env)
		if err != nil {
			return a, r, false, err
		}
		now, err = s.cfg.Store.ServiceAccount(ctx, a.ID)
		return now, r, done, err
	}
	a.Grant = in.Grant
	detail := note.New("service_changed", "service account changed")
	err = s.act(ctx, caller, a.ID, detail, func() error { return s.update(ctx, a) })
	if err != nil {
		return a, r, false, err
	}
	now, err = s.cfg.Store.ServiceAccount(ctx, a.ID)
	return now, r, true, err
}

// End ends an account for good: its tokens are refused from now on.
func (s *Accounts) End(ctx context.Context, caller access.Caller, id string) (Account, error) {
	var a Account
	err := s.act(ctx, caller, id, note.New("service_closed", "service account ended"), func() (err error) {
		if a, err = s.inUse(ctx, id); err != nil {
			return err
		}
		a.EndedAt = s.cfg.Now()
		return s.update(ctx, a)
	})
	if err != nil {
		return Account{}, err
	}
	return s.cfg.Store.ServiceAccount(ctx, id)
}

func (s *Accounts) update(ctx context.Context, a Account) error {
	a.Revision++
	err := s.cfg.Store.UpdateServiceAccount(ctx, a)
	s.forget(a.ID)
	return err
}

func (s *Accounts) inUse(ctx context.Context, id string) (Account, error) {
	a, err := s.cfg.Store.ServiceAccount(ctx, id)
	if err == nil && !a.EndedAt.IsZero() {
		err = Ended()
	}
	return a, err
}

// Ended is the refusal of what an account that has ended would be given.
func Ended() error {
	return fault.New(fault.Conflict, "service_ended", "This service account has ended; make another one.")
}

const (
	maxName        = 100
	maxOwner       = 200
	maxDescription = 500
	maxBindings    = 100
	maxPerSecond   = 100_000
)

func texts(in Input) error {
	for _, field := range []struct {
		what, text string
		most       int
	}{{"name", in.Name, maxName}, {"owner", in.Owner, maxOwner}, {"description", in.Description, maxDescription}} {
		n := utf8.RuneCountInString(strings.TrimSpace(field.text))
		control := strings.ContainsFunc(field.text, func(r rune) bool { return r < ' ' || r == 0x7f })
		if n == 0 || n > field.most || control {
			return fault.New(fault.Invalid, "service_text_invalid",
				"Give the account's %s, as one line of at most %d characters.", field.what, field.most)
		}
	}
	return nil
}

// check refuses what no account can be, and brings the grant into its one form.
func (s *Accounts) check(ctx context.Context, in *Input) error {
	if err := texts(*in); err != nil {
		return err
	}
	g := &in.Grant
	if g.Limits == (Limits{}) {
		g.Limits = DefaultLimits
	}
	if g.Limits.PerSecond < 1 || g.Limits.PerSecond > maxPerSecond || g.Limits.PerDay < 0 {
		return fault.New(fault.Invalid, "limits_invalid",
			"The limit per second is from 1 to %d, the one per day 0 (none) or more.", maxPerSecond)
	}
	for _, p := range g.Purposes {
		if !slices.Contains(access.Purposes, p) {
			return fault.New(fault.Invalid, "purpose_unknown",
				"There is no purpose %q; the purposes are transport, signing, credentials, export, accounts and "+
					"payments.", p)
		}
	}
	kept := []access.Purpose{}
	for _, p := range access.Purposes { // in this order, each once
		if slices.Contains(g.Purposes, p) {
			kept = append(kept, p)
		}
	}
	g.Purposes = kept
	return s.checkBindings(ctx, g)
}

// applications are the ids of those that bindings name.
func (g Grant) applications() []string {
	ids := make([]string, len(g.Bindings))
	for i, b := range g.Bindings {
		ids[i] = b.ApplicationID
	}
	return ids
}

func (s *Accounts) checkBindings(ctx context.Context, g *Grant) error {
	if len(g.Bindings) > maxBindings {
		return fault.New(fault.Invalid, "binding_invalid", "An account has %d bindings at most.", maxBindings)
	}
	applications, err := s.cfg.Registrations.ApplicationsByID(ctx, g.applications())
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, a := range applications {
		known[a.ID] = true
	}
	kept := []Binding{}
	for _, b := range g.Bindings {
		_, institution := s.cfg.Catalogue.Institution(b.InstitutionID)
		all := b.InstitutionID == "" && (b.Environment == environment.Sandbox || b.Environment == environment.Live)
		if institution && b.Environment == b.environmentOf(s.cfg.Catalogue) {
			b.Environment = "" // said besides, and right
		}
		if !known[b.ApplicationID] || !all && (!institution || b.Environment != "") {
			return fault.New(fault.Invalid, "binding_invalid",
				"A binding names an application that there is, and either an institution of the catalogue or an "+
					"environment, sandbox or live.")
		}
		if !slices.Contains(kept, b) {
			kept = append(kept, b)
		}
	}
	g.Bindings = kept
	return nil
}

// Using returns the names of the accounts in use that handle TLS for each of the registrations: by the id of the
// registration, then of the account.
func (s *Accounts) Using(
	ctx context.Context, caller access.Caller, registrations ...registration.Registration,
) (map[string]map[string]string, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.ServiceRead, ""); err != nil {
		return nil, err
	}
	applications := make([]string, len(registrations))
	for i, r := range registrations {
		applications[i] = r.ApplicationID
	}
	all, err := s.cfg.Store.ServiceAccountsOf(ctx, applications)
	if err != nil {
		return nil, err
	}
	using := map[string]map[string]string{}
	for _, r := range registrations {
		using[r.ID] = map[string]string{}
		for _, a := range all {
			if slices.Contains(a.Grant.Purposes, access.Transport) && a.Grant.Binds(r, s.cfg.Catalogue) {
				using[r.ID][a.ID] = a.Name
			}
		}
	}
	return using, nil
}
