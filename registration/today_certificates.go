package registration

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/certs/rules"
	"github.com/sealkeeper/sealkeeper/internal/access"
)

// How long before a rule begins, and before something has to be done because of it, it is a task.
const (
	aheadOfRule     = 90
	aheadOfDeadline = 180
)

// exposure is a certificate in use, and where.
type exposure struct {
	slot          BlockerSlot
	institutions  []string
	registrations []string
}

// rulesAhead are the rules that will change something for certificates in use, or for those that follow them: one
// task per certificate and rule, however many registrations use it.
func (t *taskList) rulesAhead(ctx context.Context, uses map[string]*exposure, certificates *certificateCache) error {
	for _, id := range slices.Sorted(maps.Keys(uses)) {
		leaf, err := certificates.usable(ctx, id)
		if err != nil {
			return err
		}
		if leaf == nil {
			continue
		}
		for _, a := range rules.Ahead(leaf, t.now) {
			if t.isNear(a) {
				t.rule(id, *uses[id], a)
			}
		}
	}
	return nil
}

func (t *taskList) isNear(a rules.Coming) bool {
	begins := a.Rule.From.After(t.now) && certs.Days(t.now, a.Rule.From) < aheadOfRule
	return begins || certs.Days(t.now, a.By) < aheadOfDeadline
}

func (t *taskList) rule(id string, used exposure, a rules.Coming) {
	places := named(used.institutions)
	urgency := Next
	if a.By.Before(t.now.AddDate(0, 0, 30)) {
		urgency = Soon
	}
	t.add(Task{
		Kind:          RuleAhead,
		Object:        id,
		Step:          a.Rule.Code,
		At:            a.By,
		Urgency:       urgency,
		Args:          append([]string{strings.ToUpper(string(used.slot)), places}, a.Args...),
		Registrations: used.registrations,
		Title:         fmt.Sprintf("%s used at %s: %s", slotNames[used.slot], places, a.Message),
	})
}

// named lists the first names and counts the rest.
func named(names []string) string {
	slices.Sort(names)
	names = slices.Compact(names)
	if more := len(names) - 3; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:3], ", "), more)
	}
	return strings.Join(names, ", ")
}

// revoked are the certificates in use that their issuer has revoked, or that of it: one task per certificate,
// however many registrations use it.
func (t *taskList) revoked(uses map[string]*exposure, revoked map[string]Revocation) {
	for _, id := range slices.Sorted(maps.Keys(uses)) {
		r, is := revoked[id]
		if !is || r.Compromised { // of which there is a case
			continue
		}
		used := uses[id]
		places, on := named(used.institutions), r.At.Format(day)
		task := Task{
			Kind:    CertificateRevoked,
			Object:  id,
			At:      r.At,
			Urgency: Overdue,
			Args:    []string{strings.ToUpper(string(used.slot)), places, on},
			Title: fmt.Sprintf("%s used at %s: its issuer revoked it on %s; activate another one.",
				slotNames[used.slot], places, on),
			Registrations: used.registrations,
		}
		if r.Issuer != "" {
			task.Kind, task.Args = IssuerRevoked, append(task.Args, r.Issuer)
			task.Title = fmt.Sprintf(
				"%s used at %s: the issuing certificate %s was revoked on %s; activate another one.",
				slotNames[used.slot], places, r.Issuer, on)
		}
		t.add(task)
	}
}

// inUse are the certificates that are in use at the registrations, by id, with everywhere else they are in the reach.
func (s *Service) inUse(
	ctx context.Context, reach access.Reach, ids []string, views map[string]View,
) (map[string]*exposure, error) {
	uses := map[string]*exposure{}
	for _, v := range views {
		maps.Copy(uses, usesOf(v))
	}
	places, err := s.cfg.Uses.ActiveUses(ctx, ids, placesRead)
	for id, p := range places {
		if !reach.IsWhole() {
			mine, err := s.reached(ctx, reach, p.Registrations)
			if err != nil {
				return nil, err
			}
			p.Registrations, p.Institutions = nil, nil
			for _, r := range mine {
				p.Registrations, p.Institutions = append(p.Registrations, r.ID), append(p.Institutions, r.InstitutionID)
			}
			p.Institutions = distinct(p.Institutions)
		}
		u := uses[id]
		u.institutions, u.registrations = nil, p.Registrations
		for _, institution := range p.Institutions {
			u.institutions = append(u.institutions, s.nameAt(institution))
		}
	}
	return uses, err
}

// OldUse is a service that does not use the active version of a bundle, or not its certificate.
type OldUse struct {
	RegistrationID string
	Service        string // its name
	Version        int
	UsedAt         time.Time // zero: it has not said
	Mismatched     bool      // it presents another certificate than that version has
}

// Services knows which services use which version.
type Services interface {
	// OldVersionsUsed returns ids of registrations of which a former version is used, in order, not more than it
	// takes to see that there are many.
	OldVersionsUsed(ctx context.Context) ([]string, error)
	// OldUses returns services that use a former version of one of the registrations, ordered by registration.
	OldUses(ctx context.Context, caller access.Caller, views []View) ([]OldUse, error)
}

// servicesNamed is how many services a task names.
const servicesNamed = 3

// oldVersions are ids of registrations of which a former version is used, as far as the caller may know.
func (s *Service) oldVersions(ctx context.Context, caller access.Caller) ([]string, error) {
	if s.cfg.Services == nil || !caller.May(access.ServiceRead) {
		return nil, nil
	}
	return s.cfg.Services.OldVersionsUsed(ctx)
}

// oldUses are registrations of which an old certificate is still in use: each one task, whichever services it is.
func (s *Service) oldUses(
	ctx context.Context, caller access.Caller, t *taskList, views map[string]View, ids []string,
) error {
	if len(ids) == 0 {
		return nil
	}
	var used []View
	institutions := map[string]string{}
	for _, id := range ids {
		if v, there := views[id]; there {
			used, institutions[id] = append(used, v), v.Institution.Name
		}
	}
	old, err := s.cfg.Services.OldUses(ctx, caller, used)
	if err != nil {
		return err
	}
	for len(old) > 0 {
		id, at, n, mismatched := old[0].RegistrationID, time.Time{}, 0, true
		var names []string
		for ; n < len(old) && old[n].RegistrationID == id; n++ {
			if names = append(names, old[n].Service); old[n].UsedAt.After(at) {
				at = old[n].UsedAt
			}
			mismatched = mismatched && old[n].Mismatched
		}
		old = old[n:]
		if n > servicesNamed {
			names = append(names[:servicesNamed], "...")
		}
		args := []string{institutions[id], strings.Join(names, ", ")}
		title := fmt.Sprintf("%s: an old certificate is still in use, by %s.", args[0], args[1])
		if mismatched {
			title = fmt.Sprintf("%s: another certificate than the version's own is in use, by %s.", args[0], args[1])
			args = append(args, "mismatched")
		}
		t.add(Task{
			Kind:         OldVersionUsed,
			Object:       id,
			At:           at,
			Urgency:      Soon,
			Args:         args,
			Title:        title,
			Registration: id,
		})
	}
	return nil
}
