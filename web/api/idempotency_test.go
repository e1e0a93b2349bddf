package api_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// under makes a POST under a key.
func (c *client) under(key, path, body string) answer {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), http.MethodPost, c.s.url+path, strings.NewReader(body))
	check(c.t, err)
	r.Header.Set("Authorization", "Bearer "+c.token)
	r.Header.Set("Idempotency-Key", key)
	r.Header.Set("Content-Type", "application/json")
	return c.do(r, []byte(body))
}

const anOrganization = `{"legal_name": "Exemple", "country": "FR", "organization_identifier": "PSDFR-ACPR-12345",
	"contact_email": "psd2@exemple.example"}`

func TestARepetitionHasTheAnswerOfTheFirst(t *testing.T) {
	s := serve(t)
	ada, grace := s.as(t, "ada", access.Compliance), s.as(t, "grace", access.Compliance)
	first := ada.under(`"k1"`, "/v1/organizations", anOrganization)
	first.want(http.StatusCreated, nil)
	again := ada.under("k1", "/v1/organizations", anOrganization)
	again.want(http.StatusCreated, nil)
	if !bytes.Equal(first.body, again.body) || first.header.Get("Content-Type") != again.header.Get("Content-Type") {
		t.Errorf("answered %s, and then %s", first.body, again.body)
	}
	var all []api.Organization
	ada.call("GET", "/v1/organizations", nil).items(&all)
	if len(all) != 1 {
		t.Errorf("there are %d organizations", len(all))
	}
	other := strings.Replace(anOrganization, "Exemple", "Autre", 1)
	ada.under("k1", "/v1/organizations", other).refused(http.StatusUnprocessableEntity, "idempotency_key_reused")
	// The key is of one caller and one operation.
	ada.under("k1", "/v1/applications", "{}").refused(http.StatusUnprocessableEntity, "name_missing")
	grace.under("k1", "/v1/organizations", other).want(http.StatusConflict, nil)
	ada.under("é", "/v1/organizations", other).refused(http.StatusUnprocessableEntity, "idempotency_key_invalid")
	large := `{"legal_name": "` + strings.Repeat("x", 64<<10) + `"}`
	ada.under("k2", "/v1/organizations", large).refused(http.StatusRequestEntityTooLarge, "body_too_large")
}

// A refusal is an answer too: what was requested of a second person is not requested twice.
func TestARefusalIsRepeatedAsItWas(t *testing.T) {
	ada := serve(t).as(t, "ada", access.Compliance)
	first := ada.under("k", "/v1/organizations", "{}")
	if again := ada.under("k", "/v1/organizations", "{}"); first.status < 400 || !bytes.Equal(first.body, again.body) {
		t.Errorf("answered %s, and then %s", first.body, again.body)
	}
}

// Every POST either takes a key, and says so in the description, or refuses it.
func TestOperationsTakeKeysOrRefuseThem(t *testing.T) {
	s := serve(t)
	admin := s.as(t, "admin", access.Admin)
	doc := description(t)
	taking, refusing := 0, 0
	for path, item := range doc.Paths.Map() {
		if item.Post == nil || path == "/v1/token" || path == "/v1/tokens" { // for which nobody has a token yet
			continue
		}
		if item.Post.Parameters.GetByInAndName("header", "Idempotency-Key") != nil {
			taking++
			continue
		}
		refusing++
		path = strings.NewReplacer("{", "", "}", "").Replace(path)
		admin.under("k", path, "{}").refused(http.StatusUnprocessableEntity, "idempotency_key_unused")
	}
	if taking < 30 || refusing < 5 {
		t.Errorf("%d operations take a key, and %d refuse it", taking, refusing)
	}
	for _, path := range []string{"/v1/certificates/{id}/export", "/v1/service-accounts/{id}/tokens",
		"/v1/tls/{registration}/export"} {
		if doc.Paths.Value(path).Post.Parameters.GetByInAndName("header", "Idempotency-Key") != nil {
			t.Errorf("%s answers with a secret, and takes a key", path)
		}
	}
}
