package identity

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/internal/uid"
)

// followParts gives somebody the roles on parts that their groups stand for, and takes those of groups that they have
// left. What somebody has granted by hand, and what comes from another provider, stays.
func (s *Service) followParts(ctx context.Context, u *User, shown Shown) error {
	wanted, err := s.knownParts(ctx, u.ID, shown.Grants)
	if err != nil {
		return err
	}
	var held []access.RoleGrant
	for _, g := range u.Grants {
		switch {
		case g.Group != "" && g.GrantedBy == shown.Provider:
			held = append(held, g)
		case g.InForce(s.now()): // another provider's, or granted by hand: it is left as it is
			wanted = slices.DeleteFunc(wanted, func(w access.RoleGrant) bool {
				return w.Role == g.Role && w.Scope == g.Scope
			})
		}
	}
	if parts(held) == parts(wanted) {
		return nil
	}
	for i := range wanted {
		wanted[i].ID, wanted[i].GrantedBy, wanted[i].GrantedAt = uid.New(), shown.Provider, s.now()
	}
	err = s.log.Do(ctx, groups, access.UserManage, u.ID, func() (note.Note, error) {
		defer s.known.forget()
		changed, err := s.partsChanged(ctx, held, wanted)
		if err != nil {
			return changed, err
		}
		return changed, s.store.SetGroupGrants(ctx, u.ID, shown.Provider, wanted)
	})
	if err != nil {
		return err
	}
	now, err := s.store.UserByID(ctx, u.ID)
	u.Grants = now.Grants
	return err
}

// knownParts are those grants whose part there is. What a group would stand for elsewhere is recorded as failed: the
// configuration names something that is not there.
func (s *Service) knownParts(ctx context.Context, id string, all []access.RoleGrant) ([]access.RoleGrant, error) {
	var known []access.RoleGrant
	for _, g := range all {
		_, err := s.partName(ctx, g.Scope)
		switch {
		case err == nil:
			known = append(known, g)
		case !errors.Is(err, fault.Invalid):
			return nil, err
		default:
			failed := s.log.Finish(ctx, groups, access.UserManage, id, note.Note{}, err)
			if failed != nil && !errors.Is(failed, err) {
				return nil, failed
			}
		}
	}
	return known, nil
}

// partsChanged says grants of groups before and after, in words and, for translations, as what they are.
func (s *Service) partsChanged(ctx context.Context, before, after []access.RoleGrant) (note.Note, error) {
	was, wasCoded, err := s.recorded(ctx, before)
	if err != nil {
		return note.Note{}, err
	}
	is, isCoded, err := s.recorded(ctx, after)
	return note.New("group_grants_changed", "rights on parts by groups were: %[1]s; are: %[2]s", was, is, wasCoded,
		isCoded), err
}

func (s *Service) recorded(ctx context.Context, all []access.RoleGrant) (words, coded string, err error) {
	parts := make([]note.Part, len(all))
	for i, g := range all {
		on, err := s.partName(ctx, g.Scope)
		if errors.Is(err, fault.Invalid) {
			on, err = g.Scope.Value, nil // it is no longer there
		}
		if err != nil {
			return "", "", err
		}
		parts[i] = note.Part{Role: string(g.Role), Scope: string(g.Scope.Kind), On: on, Group: g.Group}
	}
	text, err := json.Marshal(parts)
	return note.Parts(parts), string(text), err
}

// parts says grants of groups, for comparing.
func parts(all []access.RoleGrant) string {
	words := make([]string, len(all))
	for i, g := range all {
		words[i] = string(g.Role) + " " + string(g.Scope.Kind) + ":" + g.Scope.Value + " (" + g.Group + ")"
	}
	slices.Sort(words)
	return strings.Join(words, ", ")
}
