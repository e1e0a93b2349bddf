package audit

import (
	"context"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
)

// Places knows where the things belong that acts are about.
type Places interface {
	// PlaceOf returns the place of the thing of that id; the zero Place where there is no such thing, or it belongs
	// nowhere.
	PlaceOf(ctx context.Context, object string) (access.Place, error)
	// Reach returns what lies in any of the scopes, none of which is everywhere.
	Reach(scopes []access.Scope) access.Reach
}

// KnowPlaces has the log ask places where objects belong. Before that, rights on a part allow nothing. It is called
// before the log is used.
func (l *Log) KnowPlaces(places Places) { l.places = places }

// May reports whether the caller may do the action to the object. What has no place, or is not there,
// takes the right everywhere.
func (l *Log) May(ctx context.Context, caller access.Caller, action access.Action, object string) (bool, error) {
	if caller.May(action) {
		return true, nil
	}
	if !caller.MayOnPart(action) {
		return false, nil
	}
	p, err := l.PlaceOf(ctx, object)
	return err == nil && caller.MayAt(action, p), err
}

// PlaceOf returns where an object belongs; the zero Place where that is not known.
func (l *Log) PlaceOf(ctx context.Context, object string) (access.Place, error) {
	if object == "" || l.places == nil {
		return access.Place{}, nil
	}
	return l.places.PlaceOf(ctx, object)
}

// At is the caller doing what follows from an act on the object, where that belongs.
func (l *Log) At(ctx context.Context, caller access.Caller, object string) (access.Caller, error) {
	if len(caller.Parts) == 0 {
		return caller, nil
	}
	p, err := l.PlaceOf(ctx, object)
	return caller.At(p), err
}

// Reach is Permit for reading a list: it returns what of the list the caller may read. It refuses who may read nothing.
func (l *Log) Reach(ctx context.Context, caller access.Caller, action access.Action) (access.Reach, error) {
	switch {
	case caller.MayEverywhere(action):
		return access.Whole(), nil
	case action.Divided() && caller.MayOnPart(action) && l.places != nil:
		return l.places.Reach(caller.Scopes(action)), nil
	}
	return access.Reach{}, l.Refuse(ctx, caller, action, "", notPermitted(caller, action, ""))
}

// PermitSomewhere is Permit for what comes before it is known what an act is about: it lets everybody pass who may do
// the action anywhere. Whoever asks it asks Permit or Authorize later, about the thing itself.
func (l *Log) PermitSomewhere(ctx context.Context, caller access.Caller, action access.Action, object string) error {
	if caller.MayOnPart(action) {
		return nil
	}
	return l.Permit(ctx, caller, action, object)
}

// notPermitted is what a caller is told of an object. To those who read a part of everything, what lies outside of it
// does not exist: they are told the same of what is nowhere.
func notPermitted(caller access.Caller, action access.Action, object string) error {
	switch purpose := caller.Lacks(action); {
	case purpose != "":
		return PurposeMissing(purpose)
	case !caller.MayOnPart(action):
		return fault.New(fault.Denied, "not_permitted",
			"Your role does not allow %q; ask an administrator for it.", action)
	case action.Divided() && object != "":
		return fault.New(fault.NotFound, "not_in_reach",
			"There is no such thing, or it is not in the part of everything that you may see.")
	}
	return fault.New(fault.Denied, "not_permitted_here",
		"Your role allows %q on a part of everything, and this is not in it; ask an administrator for it.", action)
}
