package bank_test

import (
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/lab/bank"
	"github.com/sealkeeper/sealkeeper/lab/bank/customer"
	"github.com/sealkeeper/sealkeeper/lab/bank/payment"
)

const (
	payerIBAN = "FR7630003030000004512002584" // of the personal segment
	payeeIBAN = "FR7630006000011234567890189"
)

// object builds JSON by hand.
type object = map[string]any

// order is a good payment request; change may spoil it.
func order(now time.Time, id string, change ...func(object)) object {
	o := object{
		"paymentInformationId":   id,
		"creationDateTime":       now.Format(time.RFC3339),
		"requestedExecutionDate": now.Add(5 * time.Minute).Format(time.RFC3339),
		"numberOfTransactions":   1,
		"initiatingParty":        object{"name": "Example PISP"},
		"paymentTypeInformation": object{"serviceLevel": "SEPA"},
		"debtorAccount":          object{"iban": payerIBAN},
		"chargeBearer":           "SLEV",
		"beneficiary": object{
			"creditor":        object{"name": "Example Merchant"},
			"creditorAccount": object{"iban": payeeIBAN},
		},
		"creditTransferTransaction": []any{object{
			"paymentId":             object{"instructionId": "inv-42", "endToEndId": "inv-42"},
			"instructedAmount":      object{"amount": 124.35, "currency": "EUR"},
			"remittanceInformation": object{"unstructured": []string{"Invoice 42"}},
		}},
		"supplementaryData": object{
			"acceptedAuthenticationApproach": []string{"REDIRECT"},
			"successfulReportUrl":            "https://tpp.example/cb?state=S",
			"unsuccessfulReportUrl":          "https://tpp.example/cb?state=S&error=1",
		},
	}
	for _, f := range change {
		f(o)
	}
	return o
}

func (p *tpp) pisToken(t testing.TB) string {
	t.Helper()
	status, body := p.token(t, url.Values{"grant_type": {"client_credentials"}, "scope": {"pisp"}}, nil)
	if status != http.StatusOK {
		t.Fatalf("%d %v", status, body)
	}
	return body["access_token"].(string)
}

// pis makes a signed call to the payments API of a segment.
func (p *tpp) pis(t testing.TB, method, path, token string, body any) (int, object, http.Header) {
	t.Helper()
	endpoints, _ := p.bank.Endpoints(p.segment)
	text := encode(t, body)
	req := newRequest(t, method, endpoints.PISBaseURL+path, text)
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Client-Id", clientID)
	req.Header.Set("X-Request-Id", "0f6b2a1c-8f0d-4b0e-9a53-5c1f0e6a2b11")
	if text != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	sum := sha256.Sum256([]byte(text))
	req.Header.Set("Digest", "SHA-256="+base64.StdEncoding.EncodeToString(sum[:]))
	p.sign(t, req, "digest", "x-request-id")
	return p.exchange(t, req)
}

// payer is a TPP in the middle of one payment.
type payer struct {
	*tpp
	token, id, link string
}

func (p *tpp) create(t testing.TB, o object) *payer {
	t.Helper()
	token := p.pisToken(t)
	status, body, header := p.pis(t, http.MethodPost, "/payment-requests", token, o)
	if status != http.StatusCreated || body["appliedAuthenticationApproach"] != "REDIRECT" {
		t.Fatalf("%d %v", status, body)
	}
	link := body["_links"].(object)["consentApproval"].(object)["href"].(string)
	_, id, _ := strings.Cut(header.Get("Location"), "/payment-requests/")
	if !strings.HasSuffix(link, "/app/auth/icd/obu/index-authsec.html#obu/"+id) {
		t.Fatalf("Location %q, approval %q", header.Get("Location"), link)
	}
	return &payer{p, token, "/payment-requests/" + id, link}
}

func (p *payer) approve(t testing.TB) *url.URL {
	t.Helper()
	back, err := customer.Approve(t.Context(), p.link, "55000001", "111111")
	if err != nil {
		t.Fatal(err)
	}
	return back
}

// want checks status and reason as the API shows them now.
func (p *payer) want(t testing.TB, status, reason string) object {
	t.Helper()
	code, body, _ := p.pis(t, http.MethodGet, p.id, p.token, nil)
	shown, _ := body["paymentRequest"].(object)
	got, _ := shown["statusReasonInformation"].(string)
	if code != http.StatusOK || shown["paymentInformationStatus"] != status || got != reason {
		t.Fatalf("got %d %v %q, want %s %q", code, shown["paymentInformationStatus"], got, status, reason)
	}
	return shown
}

func (p *payer) confirm(t testing.TB, want int) object {
	t.Helper()
	code, body, _ := p.pis(t, http.MethodPost, p.id+"/confirmation", p.token, nil)
	if code != want {
		t.Fatalf("confirmation: %d %v, want %d", code, body, want)
	}
	shown, _ := body["paymentRequest"].(object)
	return shown
}

func TestPaymentIsPaid(t *testing.T) {
	p := newTPP(t, newBank(t)).create(t, order(time.Now(), "pay-1"))
	p.want(t, "RCVD", "")
	p.confirm(t, 403)
	if back := p.approve(t); back.String() != "https://tpp.example/cb?state=S" {
		t.Errorf("the customer is sent to %s", back)
	}
	p.want(t, "ACCP", "")
	if shown := p.confirm(t, 200); shown["paymentInformationStatus"] != "ACSP" {
		t.Errorf("confirmed: %v", shown)
	}
	shown := p.want(t, "ACSC", "")
	transfer := shown["creditTransferTransaction"].([]any)[0].(object)
	if amount := transfer["instructedAmount"].(object)["amount"]; amount != "124.35" ||
		transfer["transactionStatus"] != "ACSC" {
		t.Errorf("the transfer is %v", transfer)
	}
	p.confirm(t, 403)

	access, _ := p.consent(t, "pri")
	status, body := p.accounts(t, "pri", access, nil, nil)
	balance := body["accounts"].([]any)[0].(object)["balances"].([]any)[0].(object)["balanceAmount"].(object)["amount"]
	if status != 200 || balance != 220.15 {
		t.Errorf("after paying 124.35 of 344.5 there are %v", balance)
	}
}

func TestPaymentOutcomes(t *testing.T) {
	now := time.Now()
	tests := []struct {
		name           string
		change         func(object)
		script         *payment.Outcome
		decide         func(*testing.T, *payer) *url.URL
		status, reason string
		back           string
	}{
		{name: "refused by the customer", decide: refuse, status: "RJCT", reason: "CUST"},
		{
			name:   "another's account",
			change: func(o object) { o["debtorAccount"] = object{"iban": payeeIBAN} },
			status: "RJCT",
			reason: "AC01",
		},
		{
			name:   "savings account",
			change: func(o object) { o["debtorAccount"] = object{"iban": "FR7630003030000004512003360"} },
			status: "RJCT",
			reason: "AG01",
		},
		{name: "lack of funds", change: amount(99999.99), status: "RJCT", reason: "CUST"},
		{
			name:   "two years ahead",
			change: func(o object) { o["requestedExecutionDate"] = now.AddDate(2, 0, 0).Format(time.RFC3339) },
			status: "RJCT",
			reason: "CH03",
		},
		{name: "blocked account", script: &payment.Outcome{Reason: "AC06"}, status: "RJCT", reason: "AC06"},
		{
			name:   "account chosen on the page",
			change: func(o object) { delete(o, "debtorAccount") },
			status: "ACCP",
			back:   "https://tpp.example/cb?state=S",
		},
		{
			name: "one address for both ends",
			change: func(o object) {
				delete(o["supplementaryData"].(object), "unsuccessfulReportUrl")
			},
			decide: refuse,
			status: "RJCT",
			reason: "CUST",
			back:   "https://tpp.example/cb?state=S",
		},
	}
	sim := newBank(t)
	for i, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if test.script != nil {
				sim.ScriptPayments(*test.script)
			}
			change := test.change
			if change == nil {
				change = func(object) {}
			}
			p := newTPP(t, sim).create(t, order(now, "outcome-"+string(rune('a'+i)), change))
			back := ""
			if test.decide != nil {
				back = test.decide(t, p).String()
			} else {
				back = p.approve(t).String()
			}
			want := test.back
			if want == "" {
				want = "https://tpp.example/cb?state=S&error=1"
			}
			if back != want {
				t.Errorf("the customer is sent to %s", back)
			}
			p.want(t, test.status, test.reason)
			if test.status == "RJCT" {
				p.confirm(t, 409)
			}
		})
	}
}

func refuse(t *testing.T, p *payer) *url.URL {
	back, err := customer.Refuse(t.Context(), p.link, "55000001", "111111")
	if err != nil {
		t.Fatal(err)
	}
	return back
}

func amount(value any) func(object) {
	return func(o object) {
		o["creditTransferTransaction"].([]any)[0].(object)["instructedAmount"] = object{
			"amount":   value,
			"currency": "EUR",
		}
	}
}

// TestPaymentTime moves the bank's clock through a payment's life.
func TestPaymentTime(t *testing.T) {
	var ahead atomic.Int64
	start := time.Date(2026, 3, 4, 10, 0, 0, 0, payment.Paris) // a Wednesday
	sim := newBank(t, func(c *bank.Config) {
		opened := time.Now()
		c.Now = func() time.Time { return start.Add(time.Since(opened) + time.Duration(ahead.Load())) }
		c.ServerCertificate, c.QTSPRoots = certificatesAt(t, start)
	})
	p := newTPP(t, sim)
	p.useQTSP(t, start)
	ignored := p.create(t, order(start, "ignored"))
	future := p.create(t, order(start, "future", func(o object) {
		o["requestedExecutionDate"] = time.Date(2026, 3, 6, 8, 0, 0, 0, payment.Paris).Format(time.RFC3339)
	}))
	future.approve(t)
	future.confirm(t, 200)
	future.want(t, "ACSP", "")

	ahead.Store(int64(11 * time.Minute))
	ignored.want(t, "RJCT", "NOAS")

	ahead.Store(int64(46 * time.Hour))
	future.token = p.pisToken(t)
	future.want(t, "ACSC", "")

	ahead.Store(int64(32 * 24 * time.Hour))
	token := p.pisToken(t)
	p.create(t, order(start.AddDate(0, 0, 32), "later"))
	if status, _, _ := p.pis(t, http.MethodGet, future.id, token, nil); status != 404 {
		t.Errorf("a month later: %d", status)
	}
}

func TestPaymentIsCreatedOnce(t *testing.T) {
	p := newTPP(t, newBank(t))
	now := time.Now()
	first := p.create(t, order(now, "same"))
	if again := p.create(t, order(now, "same", amount("124.350"))); again.id != first.id {
		t.Errorf("the same request made %s and %s", first.id, again.id)
	}
	status, body, _ := p.pis(t, http.MethodPost, "/payment-requests", first.token, order(now, "same", amount(1)))
	if status != 400 || !strings.Contains(body["message"].(string), "paymentInformationId was used") {
		t.Errorf("another request under one id: %d %v", status, body)
	}
}

func TestCancellation(t *testing.T) {
	now := time.Now()
	later := func(o object) { o["requestedExecutionDate"] = now.AddDate(0, 0, 3).Format(time.RFC3339) }
	tests := []struct {
		name   string
		steps  func(*testing.T, *payer)
		change func(object)
		status int
		ends   string
	}{
		{"before the customer", nil, with("DUPL"), 200, "CANC"},
		{"confirmed for later", func(t *testing.T, p *payer) {
			p.approve(t)
			p.confirm(t, 200)
		}, with("DS02"), 200, "CANC"},
		{"old status word", nil, func(o object) {
			with("DS02")(o)
			o["paymentInformationStatus"] = "RJCT"
		}, 403, "RCVD"},
		{"unknown reason", nil, with("AC01"), 400, "RCVD"},
		{"another amount", nil, func(o object) { with("DS02")(o); amount(1)(o) }, 403, "RCVD"},
		{"nothing cancelled", nil, func(object) {}, 403, "RCVD"},
		{"refused before", func(t *testing.T, p *payer) { refuse(t, p) }, with("DS02"), 409, "RJCT"},
	}
	sim := newBank(t)
	for i, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			id := "cancel-" + string(rune('a'+i))
			p := newTPP(t, sim).create(t, order(now, id, later))
			if test.steps != nil {
				test.steps(t, p)
			}
			status, body, _ := p.pis(t, http.MethodPut, p.id, p.token, order(now, id, later, test.change))
			if status != test.status {
				t.Fatalf("%d %v", status, body)
			}
			_, body, _ = p.pis(t, http.MethodGet, p.id, p.token, nil)
			if got := body["paymentRequest"].(object)["paymentInformationStatus"]; got != test.ends {
				t.Errorf("it is %v, want %s", got, test.ends)
			}
		})
	}
	t.Run("read back and resent", func(t *testing.T) {
		p := newTPP(t, sim).create(t, order(now, "again", later, func(o object) { delete(o, "debtorAccount") }))
		p.approve(t)
		shown := maps.Clone(p.want(t, "ACCP", ""))
		with("TECH")(shown)
		if status, body, _ := p.pis(t, http.MethodPut, p.id, p.token, shown); status != 200 {
			t.Errorf("%d %v", status, body)
		}
	})
	t.Run("settled", func(t *testing.T) {
		p := newTPP(t, sim).create(t, order(now, "settled"))
		p.approve(t)
		p.confirm(t, 200)
		p.want(t, "ACSC", "")
		if status, _, _ := p.pis(t, http.MethodPut, p.id, p.token, order(now, "settled", with("DS02"))); status != 409 {
			t.Errorf("%d", status)
		}
	})
}

func with(reason string) func(object) {
	return func(o object) { o["paymentInformationStatus"], o["statusReasonInformation"] = "CANC", reason }
}

// TestCancellationByThePSU: where the bank wants the customer's word for it.
func TestCancellationByThePSU(t *testing.T) {
	now := time.Now()
	p := newTPP(t, newBank(t, func(c *bank.Config) { c.Payments.CancelSCA = true })).create(t, order(now, "psu"))
	status, body, _ := p.pis(t, http.MethodPut, p.id, p.token, order(now, "psu", with("DS02")))
	if _, ok := body["_links"].(object)["consentApproval"]; status != 200 || !ok {
		t.Fatalf("%d %v", status, body)
	}
	p.want(t, "RCVD", "")
	p.approve(t)
	p.want(t, "CANC", "DS02")
}

func TestOConfirmation(t *testing.T) {
	p := newTPP(t, newBank(t, func(c *bank.Config) { c.OConfirmation = true })).create(t, order(time.Now(), "o"))
	back := p.approve(t)
	target := *back
	query := target.Query()
	code := query.Get("code")
	query.Del("code")
	target.RawQuery = query.Encode()
	if status, _, _ := p.pis(t, http.MethodPost, p.id+"/confirmation", p.token, nil); status != 404 {
		t.Errorf("/confirmation: %d", status)
	}
	if status, _, _ := p.pis(t, http.MethodPost, p.id+"/o-confirmation", p.token, nil); status != 403 {
		t.Errorf("without the customer's token: %d", status)
	}
	status, body := p.tpp.token(t, url.Values{
		"grant_type":   {"authorization_code"},
		"code":         {code},
		"redirect_uri": {target.String()},
	}, nil)
	if status != 200 {
		t.Fatalf("%d %v", status, body)
	}
	if status, body, _ := p.pis(t, http.MethodPost, p.id+"/o-confirmation", body["access_token"].(string),
		nil); status != 200 {
		t.Errorf("%d %v", status, body)
	}
}
