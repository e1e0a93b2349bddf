package identity

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/internal/uid"
)

// Grants stores what people may besides their roles.
type Grants interface {
	// AddGrant adds one; Conflict if there is one of the same role and scope that has not ended.
	AddGrant(ctx context.Context, userID string, g access.RoleGrant) error
	RemoveGrant(ctx context.Context, userID, id string) error
	// SetGroupGrants replaces those that come from groups of a provider; what there is already otherwise is left as it
	// is.
	SetGroupGrants(ctx context.Context, userID, provider string, all []access.RoleGrant) error
}

// Scopes knows which parts there are for which a role can be granted.
type Scopes interface {
	// NameOf returns the name of a part, which is empty for everywhere; NotFound where there is no such part.
	NameOf(ctx context.Context, s access.Scope) (string, error)
}

// KnowScopes has the service ask scopes whether there is a part. Before that, nothing is granted on one. It is
// called before the service is used.
func (s *Service) KnowScopes(scopes Scopes) { s.scopes = scopes }

// maxGrants bounds what one person is granted besides roles: some act for every firm of a provider.
const maxGrants = 300

// Caller is the user as operations see them at that moment. Who has no role everywhere any more may nothing: grants
// on a part and with an end come on top of one, which lets people read.
func (u User) Caller(now time.Time) access.Caller {
	c := access.Caller{ID: u.ID, Name: u.Name, Roles: u.Roles}
	if len(u.Roles) == 0 {
		return c
	}
	for _, g := range u.Grants {
		switch {
		case !g.InForce(now):
		case g.Scope == access.Everything:
			c.Roles = append(slices.Clip(c.Roles), g.Role)
		default:
			c.Parts = append(c.Parts, g)
		}
	}
	return c
}

// changesAt is when the first grant that is in force ends; zero if none does.
func (u User) changesAt(now time.Time) (at time.Time) {
	for _, g := range u.Grants {
		if !g.EndsAt.IsZero() && g.InForce(now) {
			at = earliest(at, g.EndsAt.Add(-time.Microsecond))
		}
	}
	return at
}

// earliest is the earlier of two moments, of which the zero one never comes.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// Grant gives somebody else a role on a part, or until a day, from their next request on. It is for somebody at the
// console: what is granted outlives every token.
func (s *Service) Grant(ctx context.Context, caller access.Caller, id string, g access.RoleGrant) error {
	if err := s.log.AtConsole(ctx, caller, access.UserManage, id); err != nil {
		return err
	}
	part, err := s.goodGrant(ctx, g)
	if err != nil {
		return err
	}
	g.ID, g.GrantedBy, g.GrantedAt = uid.New(), caller.Name, s.now()
	return s.change(ctx, caller, id, func(u User) (note.Note, error) {
		if len(u.Grants) >= maxGrants {
			return note.Note{}, fault.New(fault.Conflict, "grants_many",
				"This person has %d grants already; revoke those that are not needed.", len(u.Grants))
		}
		err := s.store.AddGrant(ctx, id, g)
		if errors.Is(err, fault.Conflict) {
			err = fault.New(fault.Conflict, "grant_exists",
				"This person has this role there already; revoke it first to change its end.")
		}
		return granted(g, part), err
	})
}

// granted has the name of the part for people, and last of all its id for programs.
func granted(g access.RoleGrant, part string) note.Note {
	until := "-"
	if !g.EndsAt.IsZero() {
		until = g.EndsAt.Format(time.RFC3339)
	}
	return note.New("role_granted", "role %[1]s granted, %[2]s %[3]s, until %[4]s", g.Role, g.Scope.Kind, part, until,
		g.Scope.Value)
}

// goodGrant refuses a grant that would not do what it says, and names its part.
func (s *Service) goodGrant(ctx context.Context, g access.RoleGrant) (string, error) {
	grantable := func(r access.Role) bool { return r != access.Limited && personal(r) }
	if err := goodRoles([]access.Role{g.Role}, grantable); err != nil {
		return "", err
	}
	if !g.EndsAt.IsZero() && !g.EndsAt.After(s.now()) {
		return "", fault.New(fault.Invalid, "grant_over", "The end of a grant lies in the future.")
	}
	if g.Scope == access.Everything && g.EndsAt.IsZero() {
		return "", fault.New(fault.Invalid, "grant_is_role",
			"A role that holds everywhere and does not end is one of the person's roles; change those, or "+
				"give it an end.")
	}
	return s.partName(ctx, g.Scope)
}

// partName names a part, and refuses one that there is not.
func (s *Service) partName(ctx context.Context, scope access.Scope) (name string, err error) {
	switch {
	case scope == access.Everything:
		return "", nil
	case s.scopes == nil:
		err = fault.NotFound
	default:
		name, err = s.scopes.NameOf(ctx, scope)
	}
	if errors.Is(err, fault.NotFound) {
		return "", fault.New(fault.Invalid, "scope_unknown",
			"There is no such part: choose everywhere, an organization, sandbox or live, or a bank group of "+
				"the catalogue.")
	}
	return name, err
}

// RevokeGrant takes a grant from somebody else, from their next request on. One that comes from a group comes again at
// the next sign-in with that group: the provider may be gone, and with it whoever would have taken the grant.
func (s *Service) RevokeGrant(ctx context.Context, caller access.Caller, id, grantID string) error {
	return s.change(ctx, caller, id, func(u User) (note.Note, error) {
		for _, g := range u.Grants {
			if g.ID == grantID {
				part, err := s.partName(ctx, g.Scope)
				if errors.Is(err, fault.Invalid) {
					part, err = g.Scope.Value, nil // it is no longer there
				}
				if err != nil {
					return note.Note{}, err
				}
				return note.New("grant_revoked", "role %[1]s revoked, %[2]s %[3]s", g.Role, g.Scope.Kind, part,
					g.Scope.Value), s.store.RemoveGrant(ctx, id, grantID)
			}
		}
		return note.Note{}, fault.New(fault.NotFound, "grant_unknown", "This person has no such grant.")
	})
}

// announced is how long before its end a grant is announced.
const announced = 14 * 24 * time.Hour

// endingShown bounds how many grants that end are announced.
const endingShown = 200

// EndingGrant is one that ends soon.
type EndingGrant struct {
	UserID, UserName string
	Grant            access.RoleGrant
}

// EndingGrants are those that end within the next two weeks, the first to end first: the caller's own, and everybody's
// for those who see who there is.
func (s *Service) EndingGrants(ctx context.Context, caller access.Caller) ([]EndingGrant, error) {
	if !caller.IsPerson() {
		return nil, nil
	}
	now := s.now()
	if caller.May(access.PersonRead) {
		return s.store.GrantsEnding(ctx, now, now.Add(announced), endingShown)
	}
	u, err := s.store.UserByID(ctx, caller.ID)
	if err != nil && !errors.Is(err, fault.NotFound) {
		return nil, err
	}
	var ending []EndingGrant
	for _, g := range u.Grants {
		if u.DisabledAt.IsZero() && !g.EndsAt.IsZero() && g.InForce(now) && g.EndsAt.Before(now.Add(announced)) {
			ending = append(ending, EndingGrant{u.ID, u.Name, g})
		}
	}
	slices.SortStableFunc(ending, func(a, b EndingGrant) int { return a.Grant.EndsAt.Compare(b.Grant.EndsAt) })
	return ending, nil
}

// OwnGrants are the caller's that are in force, the oldest first.
func (s *Service) OwnGrants(ctx context.Context, caller access.Caller) ([]access.RoleGrant, error) {
	u, err := s.store.UserByID(ctx, caller.ID)
	now := s.now()
	return slices.DeleteFunc(u.Grants, func(g access.RoleGrant) bool { return !g.InForce(now) }), err
}
