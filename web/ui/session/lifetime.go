package session

import (
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"
)

// A session ends after idle without a request, and after longest in any case.
const (
	idle    = 30 * time.Minute
	longest = 12 * time.Hour
)

// Kept returns sessions that store keeps under a hash of their token. The cookie of a
// secure console is sent over https alone.
func Kept(store scs.Store, secure bool) *scs.SessionManager {
	m := scs.New()
	m.Store = store
	m.HashTokenInStore = true
	m.IdleTimeout, m.Lifetime = idle, longest
	m.Cookie.Name = "sealkeeper_session"
	m.Cookie.HttpOnly, m.Cookie.SameSite = true, http.SameSiteLaxMode
	m.Cookie.Secure = secure
	return m
}
