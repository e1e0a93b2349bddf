package review

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/internal/service"
)

// gather makes a line of each thing that is given now: of people by name, then of service accounts.
func (s *Service) gather(ctx context.Context, now time.Time) ([]Line, error) {
	uses, err := s.cfg.Uses.LastUses(ctx)
	if err != nil {
		return nil, err
	}
	users, err := s.cfg.Holders.Users(ctx)
	if err != nil {
		return nil, err
	}
	tokens, err := s.cfg.Holders.PersonalTokens(ctx)
	if err != nil {
		return nil, err
	}
	accounts, err := s.cfg.Holders.ServiceAccounts(ctx, false)
	if err != nil {
		return nil, err
	}
	of := map[string][]identity.Token{}
	for _, t := range tokens {
		if t.ExpiresAt.IsZero() || now.Before(t.ExpiresAt) {
			of[t.UserID] = append(of[t.UserID], t)
		}
	}
	var lines []Line
	for _, u := range users {
		lines = append(lines, ofPerson(u, of[u.ID], uses[u.ID], now)...)
	}
	for _, a := range accounts {
		lines = append(lines, ofAccount(a, uses[a.ID]))
	}
	return lines, nil
}

func ofPerson(u identity.User, tokens []identity.Token, uses []Use, now time.Time) (lines []Line) {
	line := func(kind Kind) Line { return Line{Kind: kind, HolderID: u.ID, HolderName: u.Name} }
	for _, r := range u.Roles {
		l := line(KindRole)
		l.What, l.Scope = string(r), access.Everything
		l.used(uses, r)
		lines = append(lines, l)
	}
	for _, g := range u.Grants {
		if !g.InForce(now) {
			continue
		}
		l := line(KindGrant)
		l.What, l.ThingID, l.Scope, l.Group, l.EndsAt = string(g.Role), g.ID, g.Scope, g.Group, g.EndsAt
		l.used(uses, g.Role)
		lines = append(lines, l)
	}
	for _, t := range tokens {
		l := line(KindToken)
		l.What, l.ThingID, l.EndsAt, l.LastUsedAt = t.Name, t.ID(), t.ExpiresAt, t.LastUsedAt
		lines = append(lines, l)
	}
	return lines
}

// used notes when what the role allows was used last. Where, the log does not say of every act, so a
// use anywhere counts for a grant on a part.
func (l *Line) used(uses []Use, role access.Role) {
	l.Uses = slices.DeleteFunc(slices.Clone(uses), func(u Use) bool { return !role.May(u.Action) })
	slices.SortFunc(l.Uses, func(a, b Use) int { return b.At.Compare(a.At) })
	if len(l.Uses) > 0 {
		l.LastUsedAt = l.Uses[0].At
	}
}

func ofAccount(a service.Account, uses []Use) Line {
	purposes := make([]string, len(a.Grant.Purposes))
	for i, p := range a.Grant.Purposes {
		purposes[i] = string(p)
	}
	l := Line{
		Kind:       KindService,
		HolderID:   a.ID,
		HolderName: a.Name,
		What:       strings.Join(purposes, ", "),
		Scope:      access.Scope{Kind: "bindings", Value: strconv.Itoa(len(a.Grant.Bindings))},
	}
	l.used(uses, access.Admin) // whatever it did, its grant allowed
	if at := a.LastUsedAt(); at.After(l.LastUsedAt) {
		l.LastUsedAt = at
	}
	return l
}
