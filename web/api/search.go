package api

import (
	"github.com/sealkeeper/sealkeeper/internal/search"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// search looks for words in everything that the caller may see.
func (a *API) search(r request[none]) (api.Found, error) {
	text, err := search.Asked(r.echo.QueryParams())
	if err != nil {
		return api.Found{}, err
	}
	groups, err := search.New(a.Vault, a.Registrations).Find(r.echo.Request().Context(), r.caller, text)
	return api.Found{Groups: each(groups, func(g search.Group) api.FoundGroup {
		return api.FoundGroup{
			Kind:      string(g.Kind),
			Items:     each(g.Hits, func(h search.Hit) api.FoundItem { return api.FoundItem(h) }),
			Count:     g.Count.N,
			CountOver: g.Count.Over,
		}
	})}, err
}
