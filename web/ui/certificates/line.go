package certificates

import (
	"context"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/ui/form"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// Lines say which certificates take each other's place.
type Lines interface {
	Predecessors(ctx context.Context, caller access.Caller, leaf *certs.Certificate) ([]vault.Predecessor, error)
	Link(ctx context.Context, caller access.Caller, id, predecessorID string) error
	Unlink(ctx context.Context, caller access.Caller, id string) error
}

// predecessors are the certificates whose place another may take, with the one that is preset.
type predecessors struct {
	Found  []vault.Predecessor
	Likely string // id; "": a person has to choose
}

func predecessorsOf(found []vault.Predecessor) predecessors {
	return predecessors{found, vault.Likely(found)}
}

// By is how the preset one was recognised.
func (p predecessors) By() vault.Recognition {
	for _, f := range p.Found {
		if f.ID == p.Likely {
			return f.By
		}
	}
	return ""
}

// Link has the certificate take the place of another.
func (h *Handler) Link(c echo.Context, v session.Visit) error {
	err := h.Vault.Link(c.Request().Context(), v.Caller, c.Param("id"), form.Text(c, "predecessor"))
	return h.changed(c, v, true, "notice.certificate_linked", err)
}

// Unlink has it take nobody's.
func (h *Handler) Unlink(c echo.Context, v session.Visit) error {
	err := h.Vault.Unlink(c.Request().Context(), v.Caller, c.Param("id"))
	return h.changed(c, v, true, "notice.certificate_unlinked", err)
}
