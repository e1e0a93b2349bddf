package institutions

import (
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/bankservers"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/web/ui/form"
	"github.com/sealkeeper/sealkeeper/web/ui/link"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

// trustable are the newest certificates of hosts that are not trusted because of their issuer, which they came with.
func trustable(hosts []bankservers.History) (all []bankservers.Presented) {
	for _, h := range hosts {
		if len(h.Presents) > 0 && h.Presents[0].Reason == "unknown_issuer" && h.Presents[0].Issuing != "" {
			all = append(all, h.Presents[0])
		}
	}
	return all
}

// ConfirmIssuer records that a host's new issuer is right.
func (h *Handler) ConfirmIssuer(c echo.Context, v session.Visit) error {
	id := c.Param("id")
	err := h.Servers.Confirm(c.Request().Context(), v.Caller, id, form.Text(c, "host"), form.Text(c, "authority"))
	if err != nil {
		return h.show(c, v, id, err)
	}
	return h.Pages.Done(c, "notice.bank_issuer", link.Institution(id))
}

// TrustIssuer prepares the draft of a registration's next version, which trusts the issuer of what a host presents.
// Whoever activates it trusts it, two people where it is live.
func (h *Handler) TrustIssuer(c echo.Context, v session.Visit) error {
	ctx, id, registrationID := c.Request().Context(), c.Param("id"), form.Text(c, "registration")
	hosts, err := h.Servers.History(ctx, v.Caller, id)
	if err != nil {
		return err
	}
	all := trustable(hosts)
	i := slices.IndexFunc(all, func(p bankservers.Presented) bool { return p.SHA256 == form.Text(c, "sha256") })
	if i < 0 {
		return h.show(c, v, id, bankservers.OtherIssuer())
	}
	versions, err := h.Service.Versions(ctx, v.Caller, registrationID)
	if err != nil {
		return err
	}
	in := registration.BundleInput{
		TrustAnchors: []string{all[i].Issuing},
		Revision:     registration.View{Bundles: versions}.Revision(),
	}
	if len(versions) > 0 {
		in.TrustAnchors = append(slices.Clone(versions[0].TrustAnchors), all[i].Issuing)
	}
	if _, err := h.Service.SaveBundle(ctx, v.Caller, registrationID, in); err != nil {
		return h.show(c, v, id, err)
	}
	return h.Pages.Done(c, "notice.bank_issuer_draft", link.Registration(registrationID))
}
