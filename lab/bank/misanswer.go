package bank

import (
	"net/http"
	"strconv"
	"time"

	"github.com/sealkeeper/sealkeeper/lab/bank/mishap"
)

// wrong is an answer that a failure gives.
type wrong struct {
	status int
	body   any // nil for none
}

// misanswer answers as the case says. The texts are those that banks were
// seen to send.
func (s *Sim) misanswer(w http.ResponseWriter, r *http.Request, armed mishap.Switch) {
	switch armed.Case {
	case "rate_limited":
		if armed.Detail != "none" {
			w.Header().Set("Retry-After", orElse(armed.Detail, "3600"))
		}
		s.refuse(w, r, http.StatusTooManyRequests, "Limite des appels par jour depassee (Erreur H6B-QA03AAH5)")
	case "empty_forbidden":
		w.WriteHeader(http.StatusForbidden)
	case "no_content":
		w.WriteHeader(http.StatusNoContent)
	case "not_json":
		htmlPage(w, http.StatusOK, "<html><body>Maintenance</body></html>")
	case "no_certificate":
		htmlPage(w, http.StatusBadRequest,
			"<html><head><title>400 No required SSL certificate was sent</title></head></html>")
	case "coded_message":
		code := orElse(armed.Detail, "TMRQ")
		s.refuse(w, r, codeStatus(code), code)
	default:
		if answer, ok := s.oauthWrong(armed); ok {
			w.Header().Set("Cache-Control", "no-store")
			writeJSON(w, answer.status, answer.body)
			return
		}
		answer := s.apiWrong(r, armed)
		writeJSON(w, answer.status, answer.body)
	}
}

func htmlPage(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text)) // the client has gone if this fails
}

func orElse(value, unset string) string {
	if value == "" {
		return unset
	}
	return value
}

// oauthWrong are the token endpoint's failures (RFC 6749 section 5.2).
func (s *Sim) oauthWrong(armed mishap.Switch) (wrong, bool) {
	switch armed.Case {
	case "invalid_grant":
		return wrong{400, map[string]string{
			"error": "invalid_grant",
			"error_description": "The provided authorization grant or refresh token is invalid, expired, revoked or " +
				"was issued to another client.",
		}}, true
	case "psu_blocked":
		return wrong{400, map[string]string{
			"error":             "invalid_request",
			"error_description": "Compte inexistant ou bloque, Veuillez contacter votre conseiller",
		}}, true
	case "invalid_client":
		return wrong{401, map[string]string{
			"error":             "invalid_client",
			"error_description": "Client authentication failed.",
		}}, true
	case "refresh_not_found":
		return wrong{404, map[string]any{
			"timestamp": s.cfg.Now().UTC().Format(time.RFC1123Z),
			"status":    404,
			"error":     "Not Found",
			"message":   "Aucun resultat pour cette recherche.",
		}}, true
	}
	return wrong{}, false
}

func (s *Sim) apiWrong(r *http.Request, armed mishap.Switch) wrong {
	model := func(status int, message string) wrong { return wrong{status, s.model(r, status, message)} }
	switch armed.Case {
	case "no_consent":
		return model(403, "No consent for TPP ["+r.Header.Get("Client-Id")+"] and scope [AISP]")
	case "gateway_timeout":
		return wrong{504, map[string]any{
			"timestamp": s.cfg.Now().UTC().Format(time.RFC3339Nano),
			"path":      r.URL.Path,
			"status":    504,
			"error":     "Gateway Timeout",
			"message":   "Response took longer than timeout: PT10S",
			"requestId": traceID(),
			"traceId":   traceID(),
		}}
	case "history_too_old":
		return model(400, "dateFrom is too far in the past")
	case "invalid_token":
		if armed.Detail == "errorMessage" {
			return wrong{401, map[string]string{"errorMessage": "Invalid token in authorization header"}}
		}
		return wrong{401, map[string]any{"status": 401, "message": "invalid token"}}
	case "no_eligible_account":
		return wrong{404, map[string]any{
			"timestamp": s.cfg.Now().Format("2006-01-02 15:04:05.000000000"),
			"status":    404,
			"message":   "NAAC",
			"path":      r.URL.Path,
		}}
	case "status_disagrees":
		status, _ := strconv.Atoi(orElse(armed.Detail, "403"))
		return wrong{status, map[string]any{"accounts": []any{}, "_links": map[string]href{"self": {"/accounts"}}}}
	case "digest_missing":
		return model(400, "Missing request header 'Digest' for method parameter of type String")
	case "bad_format":
		return model(400, "The format of the input is not valid")
	case "not_authenticated":
		return model(403, "The PSU has not authenticated this payment request")
	case "change_refused":
		status, _ := strconv.Atoi(orElse(armed.Detail, "403"))
		return model(status, "The payment request cannot be changed")
	}
	return model(503, "Service Unavailable")
}

// codeStatus is the HTTP status a code of the message comes with.
func codeStatus(code string) int {
	switch code {
	case "TMRQ":
		return http.StatusTooManyRequests
	case "IPGN":
		return http.StatusBadRequest
	case "INTE", "INTS":
		return http.StatusInternalServerError
	case "NIMP":
		return http.StatusNotImplemented
	}
	return http.StatusForbidden
}
