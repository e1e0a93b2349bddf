package registration

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sealkeeper/sealkeeper/internal/access"
)

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
