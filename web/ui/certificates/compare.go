package certificates

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/ui/choice"
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
	Others choice.Choice
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
	others, err := h.others(c, v, r)
	if err != nil {
		return err
	}
	return h.Pages.Render(c, http.StatusOK, "certificates/comparison_choice", choicePage{
		Page:   h.Pages.Page(c, "certificates", "compare.title"),
		Record: r,
		Others: others,
	})
}

// others are the stored certificates of the same kind as r to compare it with, the newest first.
func (h *Handler) others(c echo.Context, v session.Visit, r vault.Record) (choice.Choice, error) {
	return choice.Of(c, v.Caller, h.Vault, choice.Ask{Field: "with", Kind: r.Leaf.Kind, Except: r.ID})
}
