package services

import (
	"maps"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/service"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// identityForm is the form of an identity, with what was typed into it.
type identityForm struct {
	service.Identity
	ClaimLines string // NAME=VALUE, one a line
	Issuers    []string
	Typed      bool // it was refused
}

// claimLines writes claims as they are typed, one a line.
func claimLines(claims map[string]string) string {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(claims)) {
		lines = append(lines, name+"="+claims[name])
	}
	return strings.Join(lines, "\n")
}

func readIdentity(c echo.Context) service.Identity {
	i := service.Identity{
		Kind:     service.WorkloadIdentity,
		Issuer:   c.FormValue("issuer"),
		Audience: strings.TrimSpace(c.FormValue("audience")),
		Subject:  strings.TrimSpace(c.FormValue("subject")),
		Claims:   map[string]string{},
	}
	for text := range strings.Lines(c.FormValue("claims")) {
		if text = strings.TrimSpace(text); text != "" {
			name, value, _ := strings.Cut(text, "=")
			i.Claims[name] = value
		}
	}
	return i
}

// AddIdentity has a workload count as the service.
func (h *Handler) AddIdentity(c echo.Context, v session.Visit) error {
	i := readIdentity(c)
	if _, err := h.Accounts.AddIdentity(c.Request().Context(), v.Caller, c.Param("id"), i); err != nil {
		return h.show(c, v, refused{identity: &i, err: err})
	}
	return h.Pages.Done(c, "notice.identity_added", link.Service(c.Param("id")))
}

// RemoveIdentity refuses an identity from now on.
func (h *Handler) RemoveIdentity(c echo.Context, v session.Visit) error {
	err := h.Accounts.RemoveIdentity(c.Request().Context(), v.Caller, c.Param("id"), c.Param("identity"))
	if err != nil {
		return h.show(c, v, refused{err: err})
	}
	return h.Pages.Done(c, "notice.identity_removed", link.Service(c.Param("id")))
}
