package api_test

import (
	"net/http"
	"testing"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/lab/stack"
)

func TestCertificateRequests(t *testing.T) {
	c := serve(t).as(t, "Ada", access.Compliance)
	order := object{
		"kind":                    "qsealc",
		"organization":            "Exemple Paiement SAS",
		"organization_identifier": stack.Organization,
		"country":                 "FR",
		"roles":                   []string{"PSP_AI"},
		"nca_id":                  "FR-ACPR",
		"key":                     "ecdsa-p256",
	}
	var made made
	c.call("POST", "/v1/csrs", order).want(http.StatusCreated, &made)
	var all []struct{ ID, State string }
	c.call("GET", "/v1/csrs", nil).items(&all)
	if len(all) != 1 || all[0].ID != made.ID || all[0].State != "open" {
		t.Errorf("got %+v, want %s", all, made.ID)
	}
	order["kind"] = "qwac"
	c.call("POST", "/v1/csrs", order).refused(http.StatusUnprocessableEntity, "csr_invalid")
}
