package clienttest

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// routes answers as docs/services.md has it.
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	for route, answer := range map[string]func(*http.Request) (any, error){
		"GET /v1/tls":                                 s.list,
		"GET /v1/tls/lookup":                          s.lookUp,
		"GET /v1/tls/{registration}":                  s.get,
		"POST /v1/tls/{registration}/handshakes":      s.handshake,
		"POST /v1/tls/{registration}/signatures":      s.signDigests,
		"POST /v1/tls/{registration}/http-signatures": s.signRequest,
		"GET /v1/tls/{registration}/credentials":      s.credentials,
		"POST /v1/tls/{registration}/bank-tokens":     s.bankToken,
		"POST /v1/tls/{registration}/export":          s.export,
		"POST /v1/tls/reports":                        s.report,
	} {
		mux.HandleFunc(route, func(w http.ResponseWriter, r *http.Request) {
			if !s.admit(w, r, route) {
				return
			}
			out, err := answer(r)
			if err != nil {
				refuse(w, err)
				return
			}
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(out)
		})
	}
	mux.HandleFunc("GET /v1/tls/events", func(w http.ResponseWriter, r *http.Request) {
		if s.admit(w, r, "GET /v1/tls/events") {
			s.events(w, r)
		}
	})
	return mux
}

func refuse(w http.ResponseWriter, err error) {
	kind, code, detail := fault.Public(err)
	w.Header().Set("Content-Type", api.ProblemType)
	if e, ok := errors.AsType[*fault.Error](err); ok && e.After > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(e.After/time.Second)))
	}
	w.WriteHeader(api.Status(kind, code))
	_ = json.NewEncoder(w).Encode(api.Problem{Code: code, Detail: detail, Status: api.Status(kind, code)})
}

// admit counts a request, and answers it where it goes no further.
func (s *Server) admit(w http.ResponseWriter, r *http.Request, route string) bool {
	s.mu.Lock()
	s.asked[route]++
	delay, outage := s.delay, s.outage
	s.mu.Unlock()
	if delay > 0 {
		select {
		case <-time.After(delay):
		case <-r.Context().Done():
			return false
		}
	}
	if !s.spoken(r) {
		return false
	}
	if outage != "" {
		refuse(w, fault.New(fault.Unavailable, outage, "This fails for the test."))
		return false
	}
	if !s.knows(r) {
		refuse(w, fault.New(fault.Unauthenticated, "token_invalid", "The token is not valid."))
		return false
	}
	return true
}

// spoken waits while the server is silent, and reports whether the caller is still there.
func (s *Server) spoken(r *http.Request) bool {
	for {
		s.mu.Lock()
		silent := s.silent
		s.mu.Unlock()
		if silent == nil {
			return true
		}
		select {
		case <-silent:
		case <-r.Context().Done():
			return false
		}
	}
}

func (s *Server) knows(r *http.Request) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Contains(s.tokens, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
}

func (s *Server) list(*http.Request) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := api.TLSRegistrations{Registrations: []api.TLSRegistration{}, Cursor: strconv.Itoa(s.seq)}
	for _, r := range s.registrations {
		if !r.gone {
			out.Registrations = append(out.Registrations, api.TLSRegistration{
				RegistrationID: r.ID,
				Application:    r.application,
				Institution:    r.institution,
				Ready:          r.active > 0,
				Version:        r.active,
			})
		}
	}
	return out, nil
}

func (s *Server) lookUp(q *http.Request) (any, error) {
	return s.found(func(r *Registration) bool {
		return r.application == q.FormValue("application") && r.institution == q.FormValue("institution")
	})
}

func (s *Server) get(q *http.Request) (any, error) {
	return s.found(func(r *Registration) bool { return r.ID == q.PathValue("registration") })
}

func (s *Server) found(is func(*Registration) bool) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.registrations, func(r *Registration) bool { return !r.gone && is(r) })
	switch {
	case i < 0:
		return nil, fault.New(fault.NotFound, "registration_unknown", "There is no such registration.")
	case s.registrations[i].active == 0:
		return nil, fault.New(fault.Conflict, "not_ready", "No version is in use.")
	}
	return s.registrations[i].configuration(), nil
}

func (s *Server) handshake(q *http.Request) (any, error) {
	var in api.HandshakeRequest
	if err := json.NewDecoder(q.Body).Decode(&in); err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "json_invalid", "This is not JSON.")
	}
	s.mu.Lock()
	i := slices.IndexFunc(s.registrations, func(r *Registration) bool { return r.ID == q.PathValue("registration") })
	if i < 0 || s.registrations[i].active == 0 || in.Version < 1 || in.Version > len(s.registrations[i].versions) {
		s.mu.Unlock()
		return nil, fault.New(fault.Conflict, "version_superseded", "This version is not in use.")
	}
	key := s.registrations[i].versions[in.Version-1].key
	s.mu.Unlock()
	sum := sha256.Sum256(in.Message)
	signature, err := key.Sign(rand.Reader, sum[:], nil)
	return api.HandshakeSignature{Signature: signature}, err
}

func (s *Server) export(q *http.Request) (any, error) {
	var in api.KeyExport
	if err := json.NewDecoder(q.Body).Decode(&in); err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "json_invalid", "This is not JSON.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.registrations, func(r *Registration) bool { return r.ID == q.PathValue("registration") })
	switch {
	case i < 0 || s.registrations[i].gone:
		return nil, fault.New(fault.NotFound, "registration_unknown", "There is no such registration.")
	case in.Version < 1 || in.Version != s.registrations[i].active:
		return nil, fault.New(fault.Conflict, "version_superseded", "This version is not in use.")
	case !s.registrations[i].exportable:
		return nil, fault.New(fault.Conflict, "not_exportable", "The key does not leave custody.")
	}
	v := s.registrations[i].versions[in.Version-1]
	der, err := x509.MarshalPKCS8PrivateKey(v.key)
	key := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	return map[string]any{ // api.ExportedKeys redacts its keys
		"registration_id": s.registrations[i].ID,
		"version":         in.Version,
		"transport":       map[string]string{"private_key_pem": string(key), "chain_pem": v.chain()},
	}, err
}

// bankToken lends a token that says whose it is and which it is: "consent-1", another each time one was refused.
func (s *Server) bankToken(q *http.Request) (any, error) {
	var in api.NewBankToken
	if err := json.NewDecoder(q.Body).Decode(&in); err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "json_invalid", "This is not JSON.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if in.Refused != nil && s.early > 0 {
		return nil, fault.New(fault.Conflict, "token_refused",
			"The bank refused a token that it had just issued; try again after a minute.").RetryAfter(s.early)
	}
	if in.Refused != nil || s.lent[in.ConsentID] == 0 {
		s.lent[in.ConsentID]++
	}
	n := s.lent[in.ConsentID]
	return map[string]any{ // the type of the answer prints its token as [redacted]
		"access_token": fmt.Sprintf("%s-%d", in.ConsentID, n),
		"issued_at":    time.Unix(int64(n), 0).UTC(),
		"expires_at":   time.Now().Add(time.Hour),
	}, nil
}

func (s *Server) report(q *http.Request) (any, error) {
	var in api.ServiceReport
	if err := json.NewDecoder(q.Body).Decode(&in); err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "json_invalid", "This is not JSON.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reports = append(s.reports, in)
	close(s.heard)
	s.heard = make(chan struct{})
	out := api.ReportAnswer{Versions: []api.TLSEvent{}, Every: 60}
	for _, r := range s.registrations {
		out.Versions = append(out.Versions, api.TLSEvent{
			Kind:           api.TLSChanged,
			RegistrationID: r.ID,
			Version:        r.active,
		})
	}
	return out, nil
}

// news is what has changed since a cursor, and when to ask again.
func (s *Server) news(cursor string) (out api.TLSEvents, wake <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	from, err := strconv.Atoi(cursor)
	out.Complete = err != nil || from > s.seq || from < s.bound
	out.Cursor = strconv.Itoa(s.seq)
	out.Events = []api.TLSEvent{}
	for _, r := range s.registrations {
		if !r.gone && r.seq > 0 && (out.Complete || r.seq > from) {
			out.Events = append(out.Events, api.TLSEvent{
				Kind:           api.TLSChanged,
				RegistrationID: r.ID,
				Version:        r.active,
			})
		}
	}
	return out, s.wake
}

func (s *Server) events(w http.ResponseWriter, q *http.Request) {
	cursor := q.URL.Query().Get("cursor")
	if !strings.Contains(q.Header.Get("Accept"), "text/event-stream") {
		s.poll(w, q, cursor)
		return
	}
	s.mu.Lock()
	s.streams++
	s.mu.Unlock()
	defer func() { s.mu.Lock(); defer s.mu.Unlock(); s.streams-- }()
	w.Header().Set("Content-Type", "text/event-stream")
	for first := true; s.spoken(q) && s.knows(q); first = false {
		news, wake := s.news(cursor)
		if first || len(news.Events) > 0 || news.Complete {
			for _, e := range news.Events {
				data, _ := json.Marshal(e) // texts and numbers always marshal
				fmt.Fprintf(w, "event: %s\ndata: %s\n\n", e.Kind, data)
			}
			data, _ := json.Marshal(api.TLSSynced{Cursor: news.Cursor, Complete: news.Complete})
			fmt.Fprintf(w, "event: synced\nid: %s\ndata: %s\n\n", news.Cursor, data)
			cursor = news.Cursor
		} else {
			fmt.Fprint(w, ": \n\n")
		}
		if http.NewResponseController(w).Flush() != nil {
			return
		}
		select {
		case <-wake:
		case <-time.After(15 * time.Second):
		case <-q.Context().Done():
			return
		}
	}
}

func (s *Server) poll(w http.ResponseWriter, q *http.Request, cursor string) {
	seconds, _ := strconv.Atoi(q.URL.Query().Get("wait"))
	end := time.After(time.Duration(seconds) * time.Second)
	news, wake := s.news(cursor)
	for waited := false; !waited && len(news.Events) == 0 && !news.Complete; {
		select {
		case <-wake:
		case <-end:
			waited = true
		case <-q.Context().Done():
			return
		}
		news, wake = s.news(cursor)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(news)
}
