package banksim

import (
	"embed"
	"io"
	"net/http"
	"regexp"
	"strings"

	"github.com/sealkeeper/sealkeeper/certs"
)

//go:embed data
var data embed.FS

var (
	uuid4      = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	pageNumber = regexp.MustCompile(`^[2-9]$`)
)

// accounts is GET /accounts of one segment.
func (s *Sim) accounts(segment Segment) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !s.admit(w, r, segment) {
			return
		}
		name := "data/" + segment.Name
		if page := r.URL.Query().Get("page"); pageNumber.MatchString(page) {
			name += "_" + page
		}
		body, err := data.ReadFile(name + ".json")
		if err != nil {
			s.refuse(w, r, http.StatusNotFound, "No such page")
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Request-Id", r.Header.Get("X-Request-Id"))
		w.Header().Set("X-RateLimit-Limit", "name=10tps,10;")
		_, _ = w.Write(body) // the client has gone if this fails
	}
}

// admit does every check an account information call goes through, in the
// order of the gateway, the authorization server and the seal. It has
// answered when it returns false.
func (s *Sim) admit(w http.ResponseWriter, r *http.Request, segment Segment) bool {
	if s.failed(w, r) {
		return false
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err != nil {
		s.refuse(w, r, http.StatusRequestEntityTooLarge, "Body too large")
		return false
	}
	qwac, err := caller(r)
	if err != nil {
		s.refuse(w, r, http.StatusUnauthorized, "No client certificate")
		return false
	}
	if status, message := s.checkClient(r, qwac, segment); status != 0 {
		s.refuse(w, r, status, message)
		return false
	}
	if err := checkDigest(r, body); err != nil {
		s.refuse(w, r, http.StatusBadRequest, err.Error())
		return false
	}
	if !uuid4.MatchString(r.Header.Get("X-Request-Id")) {
		s.refuse(w, r, http.StatusBadRequest, "X-Request-ID must be a UUID version 4")
		return false
	}
	if err := s.checkSignature(r, qwac); err != nil {
		s.refuse(w, r, http.StatusUnauthorized, "Invalid signature: "+err.Error())
		return false
	}
	return true
}

// checkClient returns status 0 when the client, its certificate, the role and
// the token go together.
func (s *Sim) checkClient(r *http.Request, qwac *certs.Certificate, segment Segment) (int, string) {
	client, known := s.clients.find(r.Header.Get("Client-Id"))
	if !known {
		return http.StatusUnauthorized, "Unknown client-id"
	}
	if client.OrganizationIdentifier != qwac.OrganizationIdentifier {
		return http.StatusForbidden, "The certificate is not registered for this client-id"
	}
	if !qwac.HasRole(roleAIS) {
		return http.StatusForbidden, "The certificate does not carry the role " + roleAIS
	}
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return http.StatusUnauthorized, "No bearer token"
	}
	consent, live := s.grants.bearer(token)
	switch {
	case !live || consent.clientID != client.ID:
		return http.StatusUnauthorized, "invalid token"
	case consent.revoked || consent.scope != "aisp" || consent.segment.Name != segment.Name:
		return http.StatusForbidden, "No consent for TPP [" + client.ID + "] and scope [AISP]"
	}
	return 0, ""
}
