package bank

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// errorModel is STET's error body. Societe Generale's timestamps and texts
// are as its gateway writes them.
type errorModel struct {
	Timestamp string `json:"timestamp"`
	Status    int    `json:"status"`
	Error     string `json:"error"`
	Message   string `json:"message"`
	Path      string `json:"path"`
}

// refuse answers an API call with STET's error model.
func (s *Sim) refuse(w http.ResponseWriter, r *http.Request, status int, message string) {
	s.cfg.Log.Debug("api call refused", "status", status, "reason", message)
	writeJSON(w, status, s.model(r, status, message))
}

// model is the error body; its texts have at most 140 characters.
func (s *Sim) model(r *http.Request, status int, message string) errorModel {
	return errorModel{
		Timestamp: s.cfg.Now().UTC().Format(time.RFC3339Nano),
		Status:    status,
		Error:     http.StatusText(status),
		Message:   short(message),
		Path:      short(r.URL.Path),
	}
}

func short(text string) string {
	if runes := []rune(text); len(runes) > 140 {
		return string(runes[:140])
	}
	return text
}

// oauthError answers a token call (RFC 6749 section 5.2).
func (s *Sim) oauthError(w http.ResponseWriter, status int, code, description string) {
	s.cfg.Log.Debug("token call refused", "error", code, "reason", description)
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Basic realm="SG SIGNIN"`)
	}
	w.Header().Set("Cache-Control", "no-store")
	writeJSON(w, status, map[string]string{"error": code, "error_description": description})
}

// answer answers an API call in the media type asked for.
func (s *Sim) answer(w http.ResponseWriter, r *http.Request, status int, body any) {
	w.Header().Set("Content-Type", mediaType(r))
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false) // a link holds ampersands
	_ = encoder.Encode(body)     // the client has gone if this fails
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client has gone if this fails
}

// sentence begins an error with a capital, as the bank's texts do.
func sentence(err error) string {
	text := err.Error()
	return strings.ToUpper(text[:1]) + text[1:]
}
