package identity

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/note"
)

// Access stores what a user may.
type Access interface {
	SetRoles(ctx context.Context, id string, roles []access.Role) error
	// ReplaceRoles is SetRoles for somebody who has exactly these roles now, and a Conflict for anybody else. Neither
	// it nor Disable takes the only administrator who may sign in, whatever happens at the same time.
	ReplaceRoles(ctx context.Context, id string, from, to []access.Role) error
	// Disable removes everything the user could come in with but their passkeys, and sets DisabledAt.
	Disable(ctx context.Context, id string, at time.Time) error
	Enable(ctx context.Context, id string) error
}

// FilterDisabled selects those who may not sign in (true), or those who may (false); without it all are listed.
const FilterDisabled = "disabled"

// PeopleListed is what can be asked of the list of people.
var PeopleListed = listing.Spec{
	Name:    "people",
	Sorts:   []string{"name", "created_at", "-created_at"},
	Search:  true,
	Filters: map[string]listing.Check{FilterDisabled: listing.OneOf("true", "false")},
}

// Listed is somebody in the list of people.
type Listed struct {
	User
	Passkeys, Sessions int // how many there are
}

// Directory finds people, however many there are.
type Directory interface {
	// UserPage returns a page of the list PeopleListed, with the sessions that are not over at a time.
	UserPage(ctx context.Context, q listing.Query, at time.Time) (listing.Page[Listed], error)
	// UserCalled returns a user whose name differs from another one by the case of letters at most; NotFound without
	// one.
	UserCalled(ctx context.Context, name string) (User, error)
	// AnyUser reports whether there is a user.
	AnyUser(ctx context.Context) (bool, error)
	// GrantsEnding returns the grants of people who may sign in that end between two times, the first to end first, at
	// most so many.
	GrantsEnding(ctx context.Context, from, until time.Time, most int) ([]EndingGrant, error)
}

// People returns a page of the list PeopleListed, to those who may see who there is.
func (s *Service) People(ctx context.Context, caller access.Caller, q listing.Query) (listing.Page[Listed], error) {
	if err := s.log.Permit(ctx, caller, access.PersonRead, ""); err != nil {
		return listing.Page[Listed]{}, err
	}
	return s.store.UserPage(ctx, q, s.now())
}

// PersonByID is one of People.
func (s *Service) PersonByID(ctx context.Context, caller access.Caller, id string) (User, error) {
	if err := s.log.Permit(ctx, caller, access.PersonRead, id); err != nil {
		return User{}, err
	}
	return s.store.UserByID(ctx, id)
}

// SessionsOfPerson returns a person's console sessions, newest first, to those who may see who there is.
func (s *Service) SessionsOfPerson(ctx context.Context, caller access.Caller, id string) ([]Session, error) {
	if err := s.log.Permit(ctx, caller, access.PersonRead, id); err != nil {
		return nil, err
	}
	return s.sessionsOf(ctx, id)
}

// SetRoles changes what somebody else may do, from their next request on.
func (s *Service) SetRoles(ctx context.Context, caller access.Caller, id string, roles []access.Role) error {
	if err := goodRoles(roles, personal); err != nil {
		return err
	}
	return s.replaceRoles(ctx, caller, id, func([]access.Role) ([]access.Role, error) { return roles, nil })
}

func (s *Service) replaceRoles(
	ctx context.Context, caller access.Caller, id string, by func(now []access.Role) ([]access.Role, error),
) error {
	return s.change(ctx, caller, id, func(u User) (note.Note, error) {
		roles, err := by(u.Roles)
		if err != nil {
			return note.Note{}, err
		}
		defer s.known.forget()
		return note.New("roles_changed", "roles were %s, are %s", words(u.Roles), words(roles)),
			s.store.ReplaceRoles(ctx, id, u.Roles, roles)
	})
}

// DropRole takes one role from somebody else. Whoever has no other one is left with the one that allows nothing by
// itself; whoever has that one alone is disabled.
func (s *Service) DropRole(ctx context.Context, caller access.Caller, id string, role access.Role) error {
	u, err := s.store.UserByID(ctx, id)
	if err != nil {
		return err
	}
	if len(u.Roles) == 1 && u.Roles[0] == access.Limited && role == access.Limited {
		return s.Disable(ctx, caller, id)
	}
	return s.replaceRoles(ctx, caller, id, func(now []access.Role) ([]access.Role, error) {
		if !hasRole(now, role) {
			return nil, fault.New(fault.NotFound, "role_gone", "This person does not have this role any more.")
		}
		left := slices.DeleteFunc(slices.Clone(now), func(r access.Role) bool { return r == role })
		if len(left) == 0 {
			left = []access.Role{access.Limited}
		}
		return left, nil
	})
}

// Disable takes every way in from somebody else, at once. Their passkeys work again after Enable, their tokens do not.
func (s *Service) Disable(ctx context.Context, caller access.Caller, id string) error {
	return s.change(ctx, caller, id, func(User) (note.Note, error) {
		defer s.known.forget()
		return note.New("sign_in_disabled", "disabled"), s.store.Disable(ctx, id, s.now())
	})
}

// Enable lets somebody who was disabled in again.
func (s *Service) Enable(ctx context.Context, caller access.Caller, id string) error {
	return s.change(ctx, caller, id, func(User) (note.Note, error) {
		return note.New("person_enabled", "allowed to sign in again"), s.store.Enable(ctx, id)
	})
}

// change authorises and records what is done to somebody else.
func (s *Service) change(
	ctx context.Context, caller access.Caller, id string, f func(User) (note.Note, error),
) error {
	if id == caller.ID {
		return s.log.Refuse(ctx, caller, access.UserManage, id, fault.New(fault.Denied, "own_rights",
			"Nobody changes what they may do themselves; ask another administrator."))
	}
	return s.log.Do(ctx, caller, access.UserManage, id, func() (note.Note, error) {
		defer s.known.forget()
		u, err := s.store.UserByID(ctx, id)
		if err != nil {
			return note.Note{}, err
		}
		return f(u)
	})
}

// LastAdministrator is the refusal of what leaves nobody who could administer.
func LastAdministrator() error {
	return fault.New(fault.Conflict, "administrator_last",
		"This is the only administrator who may sign in; make somebody else one first.")
}

func hasRole(roles []access.Role, wanted access.Role) bool { return slices.Contains(roles, wanted) }

func words(roles []access.Role) string { return strings.Trim(fmt.Sprint(roles), "[]") }

func goodRoles(roles []access.Role, known func(access.Role) bool) error {
	if len(roles) == 0 {
		return incomplete()
	}
	for _, r := range roles {
		if !known(r) {
			return fault.New(fault.Invalid, "role_unknown",
				"There is no role %q; the roles are compliance, engineer, auditor, admin, emergency and limited.", r)
		}
	}
	return nil
}

func incomplete() error {
	return fault.New(fault.Invalid, "user_incomplete", "A user needs a name and at least one role.")
}

// maxName is the length of a name, in characters.
const maxName = 100

// freeName is a name that nobody has, and that cannot be taken for another: approvers know each other by it.
func (s *Service) freeName(ctx context.Context, name string) (string, error) {
	name = strings.Join(strings.Fields(name), " ")
	switch {
	case name == "":
		return "", incomplete()
	case len([]rune(name)) > maxName || strings.ContainsFunc(name, unprintable) || mixed(name):
		return "", fault.New(fault.Invalid, "person_name",
			"A name has at most %d characters, all of them visible and its letters of one script.", maxName)
	}
	u, err := s.store.UserCalled(ctx, name)
	switch {
	case err == nil:
		return "", fault.New(fault.Conflict, "person_name_taken", "There is a user %q already.", u.Name)
	case !errors.Is(err, fault.NotFound):
		return "", err
	}
	return name, nil
}

// unprintable is what names have not: control characters, and those that turn or join text unseen.
func unprintable(r rune) bool { return !unicode.IsPrint(r) }

// mixed reports whether a name has letters of several scripts that look alike.
func mixed(name string) bool {
	n := 0
	for _, script := range []*unicode.RangeTable{unicode.Latin, unicode.Cyrillic, unicode.Greek} {
		if strings.ContainsFunc(name, func(r rune) bool { return unicode.Is(script, r) }) {
			n++
		}
	}
	return n > 1
}
