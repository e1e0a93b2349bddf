package session

import (
	"net/http"

	"github.com/alexedwards/scs/v2"

	"github.com/sealkeeper/sealkeeper/internal/identity"
)

// Kept returns sessions that store keeps under a hash of their token. The cookie of a
// secure console is sent over https alone, and is no subdomain's to set: __Host- says so (RFC
// 6265bis, section 4.1.3.2).
func Kept(store scs.Store, secure bool) *scs.SessionManager {
	m := scs.New()
	m.Store = store
	m.HashTokenInStore = true
	m.IdleTimeout, m.Lifetime = identity.SessionIdle, identity.SessionLongest
	m.Cookie.Name = cookieName("sealkeeper_session", secure)
	m.Cookie.HttpOnly, m.Cookie.SameSite = true, http.SameSiteLaxMode
	m.Cookie.Secure = secure
	return m
}

func cookieName(name string, secure bool) string {
	if secure {
		return "__Host-" + name
	}
	return name
}
