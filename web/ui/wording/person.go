package wording

import (
	"context"
	"strings"
	"sync"

	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/identity"
)

// programPart begins the ids of what the program does by itself.
const programPart = "system:"

// Directory knows who the users are.
type Directory interface {
	User(ctx context.Context, id string) (identity.User, error)
}

// People says who did something.
type People struct{ Directory }

// Name is whose id it is; the program's own parts and people who are gone keep their id.
func (p People) Name(ctx context.Context, id string) string {
	if id == "" || strings.HasPrefix(id, programPart) {
		return id
	}
	read, remembered := ctx.Value(namesKey{}).(*sync.Map)
	if remembered {
		if name, known := read.Load(id); known {
			return name.(string) //nolint:forcetypeassert // stored below
		}
	}
	user, err := p.User(ctx, id)
	if err != nil {
		return id
	}
	if remembered {
		read.Store(id, user.Name)
	}
	return user.Name
}

// namesKey is where a request keeps the names that it has read.
type namesKey struct{}

// Remembering is a request's context, in which each name is read once: a page names the same people at many places.
func Remembering(ctx context.Context) context.Context {
	return context.WithValue(ctx, namesKey{}, new(sync.Map))
}

// Caller is who an entry of the audit log is of: a person's name, or which part of the program.
func (t *Translator) Caller(e audit.Entry) string { return t.Person(e.CallerID, e.CallerName) }

// Person is a person's name, or which part of the program it is, and who on which machine runs it.
func (t *Translator) Person(id, name string) string {
	if !strings.HasPrefix(id, programPart) {
		return name
	}
	part, host, known := strings.Cut(name, " (")
	if part = t.Enum("caller", part); known {
		return part + " (" + host
	}
	return part
}
