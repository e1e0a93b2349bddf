package bank

import (
	"net/http"
	"net/url"

	"github.com/sealkeeper/sealkeeper/lab/bank/grants"
	"github.com/sealkeeper/sealkeeper/lab/bank/mishap"
	"github.com/sealkeeper/sealkeeper/lab/bank/portal"
)

const maxForm = 64 << 10

// token is an environment's token endpoint. Calls are not signed: the QWAC and
// the client's secret are enough.
func (s *Sim) token(environment string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		if err := r.ParseForm(); err != nil {
			s.oauthError(w, http.StatusBadRequest, "invalid_request", "The body is not a form.")
			return
		}
		work := func(w http.ResponseWriter, r *http.Request) { s.serveToken(w, r, environment) }
		operation := tokenOperations[r.PostForm.Get("grant_type")]
		if !s.failed(w, r, mishap.Call{Environment: environment, Product: "token", Operation: operation}, work) {
			work(w, r)
		}
	}
}

var tokenOperations = map[string]string{
	"authorization_code": mishap.Code,
	"refresh_token":      mishap.Refresh,
	"client_credentials": mishap.Direct,
}

func (s *Sim) serveToken(w http.ResponseWriter, r *http.Request, environment string) {
	qwac, err := s.caller(w, r)
	if err != nil {
		s.oauthError(w, http.StatusUnauthorized, "invalid_client", sentence(err))
		return
	}
	id, given, ok := r.BasicAuth()
	if !ok {
		s.oauthError(w, http.StatusUnauthorized, "invalid_client", "Basic authentication is needed.")
		return
	}
	client, ok := s.Authenticate(id, given)
	if !ok || client.Environment != environment || !s.Recognises(client, qwac) {
		s.oauthError(w, http.StatusUnauthorized, "invalid_client",
			"Unknown client, wrong secret, or a certificate that is not registered for it.")
		return
	}
	role := roleAIS
	if r.PostForm.Get("grant_type") == "client_credentials" {
		role = rolePIS
	}
	if !qwac.HasRole(role) {
		s.oauthError(w, http.StatusBadRequest, "invalid_scope", "The certificate does not carry the role "+role+".")
		return
	}
	s.grant(w, client, r.PostForm)
}

func (s *Sim) grant(w http.ResponseWriter, client portal.Client, form url.Values) {
	var (
		answer grants.Token
		ok     bool
	)
	switch form.Get("grant_type") {
	case "authorization_code":
		answer, ok = s.grants.Exchange(client.ID, form)
	case "refresh_token":
		answer, ok = s.grants.Rotate(form.Get("refresh_token"), client.ID)
	case "client_credentials":
		if form.Get("scope") != "pisp" {
			s.oauthError(w, http.StatusBadRequest, "invalid_scope", "client_credentials is for the scope pisp.")
			return
		}
		answer, ok = s.grants.Direct(&grants.Consent{
			ClientID:    client.ID,
			Environment: client.Environment,
			Scope:       "pisp",
		}), true
	default:
		s.oauthError(w, http.StatusBadRequest, "unsupported_grant_type", "Unknown grant type.")
		return
	}
	if !ok {
		s.oauthError(w, http.StatusBadRequest, "invalid_grant",
			"The authorization code or refresh token is invalid, expired, revoked, used, or was issued to "+
				"another client.")
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	writeJSON(w, http.StatusOK, answer)
}
