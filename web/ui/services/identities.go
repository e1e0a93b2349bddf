package services

import (
	"maps"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/clientcert"
	"github.com/sealkeeper/sealkeeper/internal/service"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// identityForm is the form of an identity, with what was typed into it.
type identityForm struct {
	service.Identity
	ClaimLines string // NAME=VALUE, one a line
	Issuers    []string
	Anchors    []clientcert.Anchor // issuers of client certificates
	By, Name   string              // of a certificate: by what it is known
	Typed      bool                // it was refused
}

// AnchorName is the name of the issuer of a client certificate; "" if it may be any, and what was kept of one that is
// not configured any more.
func (f identityForm) AnchorName(sha256 string) string {
	for _, a := range f.Anchors {
		if a.SHA256 == sha256 {
			return a.Name
		}
	}
	return sha256
}

// Ways are by what a certificate is known.
func (identityForm) Ways() []string { return []string{"spki", "dns", "uri"} }

// fill puts what was typed and refused into the form again.
func (f *identityForm) fill(typed service.Identity) {
	f.Typed, f.Identity, f.ClaimLines = true, typed, claimLines(typed.Claims)
	if by, name, found := strings.Cut(typed.Subject, ":"); found && typed.Kind == service.CertificateIdentity {
		f.By, f.Name = by, name
	}
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
	if c.FormValue("kind") == string(service.CertificateIdentity) {
		return service.Identity{
			Kind:    service.CertificateIdentity,
			Issuer:  c.FormValue("anchor"),
			Subject: c.FormValue("by") + ":" + strings.TrimSpace(c.FormValue("name")),
		}
	}
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

// AddIdentity has a workload, or who has a client certificate, count as the service.
func (h *Handler) AddIdentity(c echo.Context, v session.Visit) error {
	i := readIdentity(c)
	if _, err := h.Accounts.AddIdentity(c.Request().Context(), v.Caller, c.Param("id"), i); err != nil {
		return h.show(c, v, refusal{identity: &i, err: err})
	}
	notice := "notice.identity_added"
	if i.Kind == service.CertificateIdentity {
		notice = "notice.certificate_identity_added"
	}
	return h.Pages.Done(c, notice, link.Service(c.Param("id")))
}

// RemoveIdentity refuses an identity from now on.
func (h *Handler) RemoveIdentity(c echo.Context, v session.Visit) error {
	err := h.Accounts.RemoveIdentity(c.Request().Context(), v.Caller, c.Param("id"), c.Param("identity"))
	if err != nil {
		return h.show(c, v, refusal{err: err})
	}
	return h.Pages.Done(c, "notice.identity_removed", link.Service(c.Param("id")))
}
