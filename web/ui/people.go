package ui

import (
	"context"
	"strings"
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
