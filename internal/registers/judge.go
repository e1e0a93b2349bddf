package registers

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/certs/register"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/parallel"
)

// State is what registers say of an authorisation: a state of package register, or one of these.
type State string

// The states beside those that follow from a register which was read.
const (
	NotRead    State = "not_read"    // a register that has it was not read, or not since the number is known
	NotChecked State = "not_checked" // no register that has it is configured, or none is asked and no file was given
	NoNumber   State = "no_number"   // there is no number of an authorisation: it is of another kind
)

// Ended says that an authorisation is no longer in force.
const Ended = State(register.Ended)

// Reading is what one register says.
type Reading struct {
	Standing
	State  State
	Answer register.Answer // empty where the register was not read
}

// Verdict is what the registers say of an authorisation.
type Verdict struct {
	State      State
	Identifier string
	Roles      []string  // that were asked about
	Countries  []string  // of banks where the services are used, apart from the authority's
	At         time.Time // when it was asked
	Readings   []Reading // of each register that has the authority; the one that decides first
}

// Deciding is the register that the state comes from; false: there is none.
func (v Verdict) Deciding() (Reading, bool) {
	if len(v.Readings) == 0 {
		return Reading{}, false
	}
	return v.Readings[0], true
}

// Missing are the roles that are missing, for people, "PSP_PI (FR)".
func (r Reading) Missing() string {
	all := make([]string, len(r.Answer.Missing))
	for i, m := range r.Answer.Missing {
		all[i] = m.Role + " (" + m.Country + ")"
	}
	return strings.Join(all, ", ")
}

// gravity orders states of several registers: the one that asks for the most decides.
var gravity = []State{
	State(register.Ended), State(register.RoleMissing), State(register.NotPassported), State(register.Unclear),
	State(register.OnlyAgent), State(register.Listed), State(register.NotFound), NotRead, NotChecked,
}

// OfCertificate returns what registers say of the authorisation that a stored certificate names, with its roles, and
// the countries of the banks at which it is in use.
func (s *Service) OfCertificate(ctx context.Context, caller access.Caller, id string) (Verdict, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.CertRead, id); err != nil {
		return Verdict{}, err
	}
	text, err := s.cfg.Store.ChainOfCertificate(ctx, id)
	if err != nil {
		return Verdict{}, err
	}
	r, err := s.newRound(ctx)
	if err != nil {
		return Verdict{}, err
	}
	uses, err := s.cfg.Store.InstitutionsUsing(ctx, []string{id})
	if err != nil {
		return Verdict{}, err
	}
	return r.certificate(ctx, text, uses[id])
}

// OfOrganization returns what registers say of an organization's authorisation.
func (s *Service) OfOrganization(ctx context.Context, caller access.Caller, id string) (Verdict, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.RegistrationRead, id); err != nil {
		return Verdict{}, err
	}
	identifier, err := s.cfg.Store.IdentifierOf(ctx, id)
	if err != nil {
		return Verdict{}, err
	}
	r, err := s.newRound(ctx)
	if err != nil {
		return Verdict{}, err
	}
	return r.judge(ctx, Verdict{Identifier: identifier})
}

// Objection is what registers that were read say against using certificates at an institution, in codes, and how old
// that is; empty: nothing.
func (s *Service) Objection(ctx context.Context, institutionID string, certificateIDs ...string) (string, error) {
	r, err := s.newRound(ctx)
	if err != nil {
		return "", err
	}
	var all []string
	for _, id := range certificateIDs {
		text, err := s.cfg.Store.ChainOfCertificate(ctx, id)
		if errors.Is(err, fault.NotFound) { // a blocker says so
			continue
		}
		if err != nil {
			return "", err
		}
		v, err := r.certificate(ctx, text, []string{institutionID})
		if err != nil {
			return "", err
		}
		if said := v.objection(); said != "" && !slices.Contains(all, said) {
			all = append(all, said)
		}
	}
	return strings.Join(all, "; "), nil
}

// objects are the states that speak against a use.
var objects = []State{
	Ended, State(register.RoleMissing), State(register.NotPassported), State(register.NotFound),
}

func (v Verdict) objection() string {
	one, known := v.Deciding()
	if !known || !slices.Contains(objects, v.State) {
		return ""
	}
	what := v.Identifier
	if missing := one.Missing(); missing != "" {
		what = missing
	}
	return fmt.Sprintf("%s %s (%s, %s)", v.State, what, one.ID, one.Date().Format(time.DateOnly))
}

// round judges by the registers as they are at one time. It reads the entries of each number once. It is safe for
// concurrent use.
type round struct {
	*Service
	standings []Standing

	mu      sync.Mutex
	entries map[string][]Entry // by key
}

func (s *Service) newRound(ctx context.Context) (*round, error) {
	standings, err := s.standings(ctx)
	return &round{Service: s, standings: standings, entries: map[string][]Entry{}}, err
}

func (r *round) certificate(ctx context.Context, chainPEM string, institutions []string) (Verdict, error) {
	leaf, err := leafOf(chainPEM)
	if err != nil {
		return Verdict{}, err
	}
	return r.leaf(ctx, leaf, institutions)
}

func leafOf(chainPEM string) (*certs.Certificate, error) {
	block, _ := pem.Decode([]byte(chainPEM))
	if block == nil {
		return nil, errors.New("registers: a stored certificate has no PEM")
	}
	return certs.ParseCertificate(block.Bytes)
}

func (r *round) leaf(ctx context.Context, leaf *certs.Certificate, institutions []string) (Verdict, error) {
	v := Verdict{Identifier: leaf.OrganizationIdentifier}
	if leaf.PSD2 != nil {
		for _, role := range leaf.PSD2.Roles {
			if name := role.Canonical(); name != "" && !slices.Contains(v.Roles, name) {
				v.Roles = append(v.Roles, name)
			}
		}
	}
	for _, id := range institutions {
		if country := r.cfg.Country(id); country != "" && !slices.Contains(v.Countries, country) {
			v.Countries = append(v.Countries, country)
		}
	}
	slices.Sort(v.Countries)
	return r.judge(ctx, v)
}

func (r *round) judge(ctx context.Context, v Verdict) (Verdict, error) {
	v.At = r.cfg.Now()
	key := register.KeyOfIdentifier(v.Identifier)
	if key == "" {
		v.State = NoNumber
		return v, nil
	}
	listed := r.listedBy(key)
	entries, err := r.entriesOf(ctx, listed)
	if err != nil {
		return v, err
	}
	question := register.Question{Key: listed, Roles: v.Roles, Countries: v.Countries, Now: v.At}
	for _, one := range r.standings {
		if one.Covers(key) {
			v.Readings = append(v.Readings, one.reading(entries, question))
		}
	}
	slices.SortStableFunc(v.Readings, func(a, b Reading) int {
		return slices.Index(gravity, a.State) - slices.Index(gravity, b.State)
	})
	v.State = NotChecked
	if len(v.Readings) > 0 {
		v.State = v.Readings[0].State
	}
	// That it is nowhere is said where every register was read that might have it.
	if unread := slices.IndexFunc(v.Readings, Reading.unread); unread > 0 && v.State == State(register.NotFound) {
		v.State = NotRead
		v.Readings[0], v.Readings[unread] = v.Readings[unread], v.Readings[0]
	}
	return v, nil
}

func (r *round) entriesOf(ctx context.Context, key string) ([]Entry, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if known, ok := r.entries[key]; ok {
		return known, nil
	}
	entries, err := r.cfg.Store.RegisterEntries(ctx, []string{key})
	if err == nil {
		r.entries[key] = entries
	}
	return entries, err
}

// unread reports whether the register was not read for the authorisation, for whatever reason.
func (r Reading) unread() bool { return r.State == NotRead || r.State == NotChecked }

func (one Standing) reading(entries []Entry, q register.Question) Reading {
	reading := Reading{Standing: one}
	switch {
	case !one.Counts() && !one.Asked:
		reading.State = NotChecked
	case !one.Known() || !one.lookedFor([]string{q.Key}):
		reading.State = NotRead
	default:
		var own []register.Entry
		for _, e := range entries {
			if e.Register == one.ID {
				own = append(own, e.Entry)
			}
		}
		reading.Answer = register.Judge(own, q)
		reading.State = State(reading.Answer.State)
	}
	return reading
}

// judgedAtOnce is how many certificates are judged between two writes.
const judgedAtOnce = 500

// JudgeUsed judges the certificates in use that have changed since, or all where a register has or a day has begun, and
// notes what is said of them. It is for a job of one replica. While no register counts, what was noted stays.
func (s *Service) JudgeUsed(ctx context.Context) (int, error) {
	r, err := s.newRound(ctx)
	if err != nil {
		return 0, err
	}
	if !slices.ContainsFunc(r.standings, Standing.Counts) {
		return 0, nil
	}
	basis, after, judged := r.basis(), "", 0
	err = parallel.Pages(func() ([]Told, bool, error) {
		used, err := s.cfg.Store.NotJudgedByRegisters(ctx, basis, after, judgedAtOnce)
		if err != nil || len(used) == 0 {
			return nil, false, err
		}
		after = used[len(used)-1].ID
		told, err := r.tellAll(ctx, used)
		return told, true, err
	}, func(told []Told) error {
		judged += len(told)
		return s.cfg.Store.SaveRegisterVerdicts(ctx, basis, told)
	})
	return judged, err
}

// tellAll judges a page of certificates in use.
func (r *round) tellAll(ctx context.Context, used []Used) ([]Told, error) {
	ids := make([]string, len(used))
	for i, u := range used {
		ids[i] = u.ID
	}
	uses, err := r.cfg.Store.InstitutionsUsing(ctx, ids)
	if err != nil {
		return nil, err
	}
	told, failed := make([]Told, len(used)), make([]error, len(used))
	parallel.Each(len(used), func(i int) { told[i], failed[i] = r.tell(ctx, used[i], uses[used[i].ID]) })
	return told, errors.Join(failed...)
}

// tell judges a certificate in use. One that cannot be read is not checked, and keeps no other from being judged.
func (r *round) tell(ctx context.Context, u Used, institutions []string) (Told, error) {
	leaf, err := leafOf(u.ChainPEM)
	if err != nil {
		r.cfg.Logger.LogAttrs(ctx, slog.LevelError, "a certificate in use cannot be compared with registers",
			slog.String("certificate", u.ID), slog.String("error", err.Error()))
		return Told{ID: u.ID, Revision: u.Revision, State: NotChecked}, nil
	}
	v, err := r.leaf(ctx, leaf, institutions)
	if err != nil {
		return Told{}, err
	}
	return v.told(u), nil
}

func (v Verdict) told(u Used) Told {
	t := Told{ID: u.ID, Revision: u.Revision, State: v.State, What: v.Identifier}
	if one, ok := v.Deciding(); ok {
		t.Register, t.Since = one.ID, one.Answer.Since
		if missing := one.Missing(); missing != "" {
			t.What = missing
		}
		if t.Since.IsZero() || v.State != State(register.Ended) { // since when a role is missing, no register says
			t.Since = one.Date()
		}
	}
	return t
}

// Known reports whether a register that was read says so.
func (s State) Known() bool { return s != NotRead && s != NotChecked && s != NoNumber }

// Found reports whether a register lists it, in whatever way.
func (t Told) Found() bool { return t.State.Known() && t.State != State(register.NotFound) }

// basis is another one whenever a register, what is configured of them, or the day is.
func (r *round) basis() string {
	sum := sha256.New()
	_, _ = fmt.Fprintln(sum, r.cfg.Now().UTC().Format(time.DateOnly), r.cfg.Numbers)
	for _, one := range r.standings {
		_, _ = fmt.Fprintln(sum, one.ID, one.SHA256, one.Counts(), one.Keys)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// Found reports whether the register lists it, in whatever way.
func (r Reading) Found() bool {
	return r.Answer.State != "" && r.Answer.State != register.NotFound
}
