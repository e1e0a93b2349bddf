package api_test

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/lab/bank/customer"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	wire "github.com/sealkeeper/sealkeeper/types/api"
)

type paid struct {
	ID, State, Status, Reason string
	Amount                    string
	ConsentURL                string `json:"consent_url"`
	BankID                    string `json:"bank_id"`
	FailureCode               string `json:"failure_code"`
	Failure                   string
}

func order(registration, id string, change object) object {
	o := object{
		"registration_id":        registration,
		"payment_information_id": id,
		"amount":                 "12.50",
		"creditor_name":          "Example Merchant",
		"creditor_iban":          "FR7630006000011234567890189",
		"remittance":             "Invoice 42",
	}
	maps.Copy(o, change)
	return o
}

func TestPaymentsOverTheAPI(t *testing.T) {
	for _, institution := range []string{stack.Institution, stack.Professional, stack.Enterprise} {
		t.Run(institution, func(t *testing.T) {
			s := serve(t)
			registration := s.ActivateAt(institution).ID
			c := s.service(t, "payments service", access.Payments)
			day := s.Now.AddDate(0, 0, 14).Format("2006-01-02")
			for kind, change := range map[string]object{
				"single":  {},
				"instant": {"kind": "instant"},
				"future":  {"kind": "future", "execution_date": day},
			} {
				var p paid
				c.call("POST", "/v1/payments", order(registration, "pay-"+kind, change)).want(http.StatusCreated, &p)
				if p.State != "created" || p.BankID == "" || p.Amount != "12.50" {
					t.Fatalf("%s: %+v", kind, p)
				}
				back, err := customer.Approve(t.Context(), p.ConsentURL, "55000001", "111111")
				check(t, err)
				c.call("POST", "/v1/payments/returns", object{"state": back.Query().Get("state")}).want(http.StatusOK,
					&p)
				if p.State != "confirmed" && p.State != "completed" {
					t.Errorf("%s: after the customer's return %+v", kind, p)
				}
				c.call("GET", "/v1/payments/"+p.ID, nil).want(http.StatusOK, &p)
				if p.Status == "" || p.FailureCode != "" {
					t.Errorf("%s: %+v", kind, p)
				}
			}
			var all wire.Page[paid]
			c.call("GET", "/v1/payments?registration_id="+registration, nil).want(http.StatusOK, &all)
			if len(all.Items) != 3 || all.Count != 3 {
				t.Errorf("%d payments of %d are listed", len(all.Items), all.Count)
			}
		})
	}
}

func TestPaymentRefusals(t *testing.T) {
	s := serve(t)
	registration := s.ActivateAt(stack.Institution).ID
	c := s.service(t, "payments service", access.Payments)
	for _, test := range []struct {
		change object
		code   string
	}{
		{object{"amount": "0"}, "amount_invalid"},
		{object{"amount": "1.005"}, "amount_invalid"},
		{object{"creditor_iban": "FR7630006000011234567890188"}, "iban_invalid"},
		{object{"creditor_bic": "X"}, "bic_invalid"},
		{object{"creditor_name": "Café"}, "name_invalid"},
		{object{"remittance": ""}, "remittance_invalid"},
		{object{"reference": "a_b"}, "reference_invalid"},
		{object{"payment_information_id": "//"}, "payment_id_invalid"},
		{object{"currency": "USD"}, "currency_invalid"},
		{object{"kind": "weekly"}, "payment_kind_unknown"},
		{object{"execution_date": "tomorrow"}, "execution_date_invalid"},
		{object{"kind": "future"}, "execution_date_invalid"},
		{object{"redirect_uri": "https://elsewhere.example"}, "redirect_uri_unknown"},
		{object{"amount": "x"}, "amount_invalid"},
		{object{"amount": "1e3"}, "amount_invalid"},
		{object{"amount": "12.50000"}, "amount_invalid"},
		{object{"customer_ip": "not an ip"}, "customer_ip_invalid"},
		{object{"customer_ip": "192.0.2.7\r\nX-Evil: 1"}, "customer_ip_invalid"},
	} {
		t.Run(fmt.Sprint(test.change), func(t *testing.T) {
			c.in(t).call("POST", "/v1/payments", order(registration, "bad", test.change)).
				refused(http.StatusUnprocessableEntity, test.code)
		})
	}
}

// TestPaymentRepeatedOrUnknown: what is done with a payment is done once, by who may.
func TestPaymentRepeatedOrUnknown(t *testing.T) {
	s := serve(t)
	registration := s.ActivateAt(stack.Institution).ID
	c, person := s.service(t, "payments service", access.Payments), s.as(t, "Grace", access.Engineer)
	var p paid
	c.call("POST", "/v1/payments", order(registration, "pay-1", nil)).want(http.StatusCreated, &p)
	var again paid
	c.call("POST", "/v1/payments", order(registration, "pay-1", object{"amount": "12.5"})).want(http.StatusCreated,
		&again)
	if again.ID != p.ID {
		t.Error("the same request made another payment")
	}
	c.call("POST", "/v1/payments", order(registration, "pay-1", object{"amount": "12.51"})).refused(http.StatusConflict,
		"payment_id_used")
	c.call("POST", "/v1/payments/"+p.ID+"/confirm", nil).refused(http.StatusConflict, "payment_not_approved")
	c.call("POST", "/v1/payments/"+p.ID+"/cancel", object{"reason": "AC01"}).refused(http.StatusUnprocessableEntity,
		"cancellation_reason_unknown")
	c.call("POST", "/v1/payments/returns", object{"state": "made-up"}).refused(http.StatusUnprocessableEntity,
		"state_unknown")
	c.call("POST", "/v1/payments/"+p.ID+
		"/resolve", object{"at_bank": false, "reason": "x"}).refused(http.StatusForbidden, "not_permitted")
	person.call("POST", "/v1/payments/"+p.ID+
		"/resolve", object{"at_bank": false, "reason": "x"}).refused(http.StatusConflict, "payment_state")
	other := s.service(t, "another service", access.Payments)
	other.call("GET", "/v1/payments/"+p.ID, nil).refused(http.StatusNotFound, "not_found")
	other.call("POST", "/v1/payments", order(registration, "pay-1", nil)).refused(http.StatusConflict,
		"payment_id_used")
	c.call("GET", "/v1/payments/unknown", nil).refused(http.StatusNotFound, "not_found")
	s.as(t, "Bob", access.Auditor).call("GET", "/v1/payments", nil).refused(http.StatusForbidden, "not_permitted")

	c.call("POST", "/v1/payments/"+p.ID+"/cancel", object{"reason": "DS02"}).want(http.StatusOK, &p)
	if p.State != "cancelled" || p.Status != "CANC" || p.Reason != "DS02" {
		t.Errorf("cancelled: %+v", p)
	}
}

// TestUnclearPaymentOverTheAPI loses the bank's answer.
func TestUnclearPaymentOverTheAPI(t *testing.T) {
	s := serve(t)
	registration := s.ActivateAt(stack.Institution).ID
	c, person := s.service(t, "payments service", access.Payments), s.as(t, "Grace", access.Engineer)
	sent := 0
	s.Between(func(w http.ResponseWriter, r *http.Request, sim http.Handler) {
		if sent++; sent == 1 {
			panic(http.ErrAbortHandler)
		}
		sim.ServeHTTP(w, r)
	})
	detail := c.call("POST", "/v1/payments", order(registration, "pay-1", nil)).refused(http.StatusServiceUnavailable,
		"outcome_unknown")
	contains(t, detail, "never send it again")
	c.call("POST", "/v1/payments", order(registration, "pay-1", nil)).refused(http.StatusConflict, "payment_unclear")
	var found wire.Page[paid]
	c.call("GET", "/v1/payments?payment_information_id=pay-1", nil).want(http.StatusOK, &found)
	all := found.Items
	if len(all) != 1 || all[0].State != "unclear" || all[0].FailureCode != "outcome_unknown" || sent != 1 {
		t.Fatalf("%+v, sent %d times", all, sent)
	}
	person.call("POST", "/v1/payments/"+all[0].ID+"/resolve", object{
		"at_bank":     true,
		"resource_id": "../x",
		"reason":      "x",
	}).refused(http.StatusUnprocessableEntity, "resource_id_invalid")
	person.call("POST", "/v1/payments/"+all[0].ID+"/resolve", object{
		"at_bank": false,
		"reason":  "ticket 7: not there",
	}).want(http.StatusOK, &all[0])
	if all[0].State != "not_sent" {
		t.Errorf("resolved: %+v", all[0])
	}
	c.call("POST", "/v1/payments", order(registration, "pay-1", nil)).want(http.StatusCreated, nil)
}

func TestCustomerRefusesOverTheAPI(t *testing.T) {
	s := serve(t)
	registration := s.ActivateAt(stack.Institution).ID
	c := s.service(t, "payments service", access.Payments)
	var p paid
	c.call("POST", "/v1/payments", order(registration, "pay-1", nil)).want(http.StatusCreated, &p)
	back, err := customer.Refuse(t.Context(), p.ConsentURL, "55000001", "111111")
	check(t, err)
	if !strings.Contains(back.RawQuery, "error=") {
		t.Errorf("the customer comes back to %s", back)
	}
	c.call("POST", "/v1/payments/returns", object{
		"state": back.Query().Get("state"),
		"error": "access_denied",
	}).want(http.StatusOK, &p)
	if p.State != "rejected" || p.Reason != "CUST" {
		t.Errorf("%+v", p)
	}
}
