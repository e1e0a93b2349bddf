package bank

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/lab/bank/grants"
	"github.com/sealkeeper/sealkeeper/lab/bank/portal"
	"github.com/sealkeeper/sealkeeper/lab/bank/seals"
)

const maxBody = 1 << 20

var uuid4 = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

// admission is an API call that passed every check.
type admission struct {
	call
	client  portal.Client
	consent grants.Consent
	body    []byte
}

// admit does every check an API call goes through, in the order of the
// gateway, the authorization server and the seal. It has answered when it
// returns false.
func (s *Sim) admit(w http.ResponseWriter, r *http.Request, this call) (*admission, bool) {
	w.Header().Set("X-Request-Id", r.Header.Get("X-Request-Id"))
	w.Header().Set("X-RateLimit-Limit", "name=10tps,10;")
	w.Header().Set("X-RateLimit-Remaining", "name=10tps,9;")
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		s.refuse(w, r, http.StatusBadRequest, "Body too large")
		return nil, false
	}
	qwac, err := s.caller(w, r)
	if err != nil {
		s.refuse(w, r, http.StatusUnauthorized, sentence(err))
		return nil, false
	}
	in := &admission{call: this, body: body}
	if status, message := s.checkClient(r, qwac, in); status != 0 {
		s.refuse(w, r, status, message)
		return nil, false
	}
	if status, message := checkHeaders(r, body); status != 0 {
		s.refuse(w, r, status, message)
		return nil, false
	}
	if err := s.checkSignature(r, qwac, this.product); err != nil {
		s.refuse(w, r, http.StatusUnauthorized, "Invalid signature: "+err.Error())
		return nil, false
	}
	return in, true
}

// checkClient returns status 0 when the client, its certificate, the role and
// the token go together.
func (s *Sim) checkClient(r *http.Request, qwac *certs.Certificate, in *admission) (int, string) {
	client, known := s.Find(r.Header.Get("Client-Id"))
	if !known || client.Environment != in.segment.Environment {
		return http.StatusUnauthorized, "Unknown client-id"
	}
	if !s.Recognises(client, qwac) {
		return http.StatusForbidden, "The certificate is not registered for this client-id"
	}
	role, scope := roleAIS, "aisp"
	if in.product == pis {
		role, scope = rolePIS, "pisp"
	}
	if !qwac.HasRole(role) {
		return http.StatusForbidden, "The certificate does not carry the role " + role
	}
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return http.StatusUnauthorized, "No bearer token"
	}
	given, live := s.grants.Bearer(token)
	switch {
	case !live || given.ClientID != client.ID || given.Environment != in.segment.Environment:
		return http.StatusUnauthorized, "invalid token"
	case given.Revoked || !given.Allows(scope) || (given.Segment.Name != "" && given.Segment.Name != in.segment.Name):
		return http.StatusForbidden, "No consent for TPP [" + client.ID + "] and scope [" + strings.ToUpper(scope) + "]"
	}
	in.client, in.consent = client, given
	return 0, ""
}

// checkSignature verifies that the request was sealed by the TPP whose QWAC
// opened the connection.
func (s *Sim) checkSignature(r *http.Request, qwac *certs.Certificate, p product) error {
	must := s.cfg.SignedHeaders
	if p == pis {
		must = s.cfg.PISSignedHeaders
	}
	sig, err := seals.Parse(r.Header.Get("Signature"))
	if err != nil {
		return err
	}
	for _, name := range must {
		if !slices.Contains(sig.Headers, name) {
			return fmt.Errorf("the header %q must be signed", name)
		}
	}
	seal, err := s.seals.Fetch(r.Context(), sig.KeyID)
	if err != nil {
		return err
	}
	if seal.OrganizationIdentifier != qwac.OrganizationIdentifier {
		return errors.New("the QSealC and the QWAC belong to different organizations")
	}
	if s.Revoked(seal) {
		return errors.New("the QSealC is revoked")
	}
	text, err := sig.Signed(r)
	if err != nil {
		return err
	}
	if err := sig.Verify(text, seal); err != nil {
		return err
	}
	s.traffic.sealed(seal)
	return nil
}

// checkHeaders is what does not depend on who calls.
func checkHeaders(r *http.Request, body []byte) (int, string) {
	if err := seals.CheckDigest(r, body); err != nil {
		return http.StatusBadRequest, err.Error()
	}
	if !uuid4.MatchString(r.Header.Get("X-Request-Id")) {
		return http.StatusBadRequest, "X-Request-ID must be a UUID version 4"
	}
	if len(body) > 0 && !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		return http.StatusBadRequest, "Content-Type must be application/json"
	}
	if mediaType(r) == "" {
		return http.StatusNotAcceptable, "The answer can be application/json or application/hal+json"
	}
	return 0, ""
}

// mediaType is STET's HAL type to those who ask for it, and plain JSON, which
// the bank's known clients get, to everybody else.
func mediaType(r *http.Request) string {
	accept := r.Header.Get("Accept")
	switch {
	case strings.Contains(accept, "application/hal+json"):
		return "application/hal+json; charset=utf-8"
	case accept == "", strings.Contains(accept, "application/json"), strings.Contains(accept, "*/*"):
		return "application/json"
	}
	return ""
}
