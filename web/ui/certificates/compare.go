package certificates

import (
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
	"github.com/sealkeeper/sealkeeper/web/ui/session"
)

type comparisonPage struct {
	page.Page
	comparison
}

// choicePage asks with which other certificate one is compared.
type choicePage struct {
	page.Page
	Record vault.Record
	Others []vault.Record
}

// Compare shows what changes from one certificate to another.
func (h *Handler) Compare(c echo.Context, v session.Visit) error {
	if c.QueryParam("with") == "" {
		return h.chooseOther(c, v)
	}
	ctx := c.Request().Context()
	var pair [2]side
	for i, id := range []string{c.Param("id"), c.QueryParam("with")} {
		r, err := h.Vault.Get(ctx, v.Caller, id)
		if err != nil {
			return err
		}
		pair[i] = storedSide(r)
	}
	return h.Pages.Render(c, http.StatusOK, "certificates/comparison", comparisonPage{
		Page:       h.Pages.Page(c, "certificates", "compare.title"),
		comparison: compare(h.Pages.Translator(c), pair[0], pair[1]),
	})
}

func (h *Handler) chooseOther(c echo.Context, v session.Visit) error {
	ctx := c.Request().Context()
	r, err := h.Vault.Get(ctx, v.Caller, c.Param("id"))
	if err != nil {
		return err
	}
	records, err := h.list(ctx, v.Caller)
	if err != nil {
		return err
	}
	return h.Pages.Render(c, http.StatusOK, "certificates/comparison_choice", choicePage{
		Page:   h.Pages.Page(c, "certificates", "compare.title"),
		Record: r,
		Others: alternatives(records, r.Leaf),
	})
}

// alternatives are the stored certificates of the same kind as leaf, other than
// it, those of the same organization first and then those that end last.
func alternatives(records []vault.Record, leaf *certs.Certificate) []vault.Record {
	var found []vault.Record
	for _, r := range records {
		if r.State == vault.Stored && r.Leaf.Kind == leaf.Kind && r.Leaf.SHA256 != leaf.SHA256 {
			found = append(found, r)
		}
	}
	stranger := func(r vault.Record) int {
		if r.Leaf.OrganizationIdentifier == leaf.OrganizationIdentifier {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(found, func(a, b vault.Record) int {
		if d := stranger(a) - stranger(b); d != 0 {
			return d
		}
		return b.Leaf.NotAfter.Compare(a.Leaf.NotAfter)
	})
	return found
}
