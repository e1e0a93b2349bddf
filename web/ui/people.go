package ui

import (
	"context"
	"strings"

	"github.com/sealkeeper/sealkeeper/internal/audit"
)

// personName is who an id belongs to; the program's own parts and people who
// are gone keep their id.
func (u *UI) personName(ctx context.Context, id string) string {
	if id == "" || strings.HasPrefix(id, "system:") {
		return id
	}
	user, err := u.cfg.Identity.User(ctx, id)
	if err != nil {
		return id
	}
	return user.Name
}

// caller is who an entry of the audit log is of: a person's name, or which part of the program.
func (w *words) caller(e audit.Entry) string { return w.who(e.CallerID, e.CallerName) }

// who is a person's name, or which part of the program it is.
func (w *words) who(id, name string) string {
	if strings.HasPrefix(id, "system:") {
		return w.enum("caller", name)
	}
	return name
}
