package pis_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sealkeeper/sealkeeper/connector"
	"github.com/sealkeeper/sealkeeper/connector/duration"
	"github.com/sealkeeper/sealkeeper/connector/failure"
	"github.com/sealkeeper/sealkeeper/connector/pis"
	"github.com/sealkeeper/sealkeeper/connector/stet"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/tpp"
)

// payingAt is a client of a bank that issues tokens and answers every other request with handler.
func payingAt(t testing.TB, handler http.HandlerFunc, change ...func(*connector.Profile)) *connector.Client {
	t.Helper()
	server := tpp.Server(t, func(s *httptest.Server) {
		s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/token" {
				_, _ = io.WriteString(w,
					`{"access_token":"payment-token-0123456789","token_type":"Bearer","expires_in":900}`)
				return
			}
			handler(w, r)
		})
	})
	config := tpp.Config(t, server.URL)
	config.Now = func() time.Time { return time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC) }
	config.Profile.Connection.RequestTimeout = duration.Duration(2 * time.Second)
	for _, f := range change {
		f(&config.Profile)
	}
	return tpp.Client(t, config)
}

func planned(t testing.TB, client *connector.Client, kind pis.Kind) pis.Plan {
	t.Helper()
	p, err := client.PIS.Plan(transfer(t, kind))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const consentAt = `{
	"appliedAuthenticationApproach": {"appliedAuthenticationApproach": "REDIRECT"},
	"_links": {"consentApproval": {"href": "https://bank.example/index.html#obu/7f1c-44?x=1", "templated": true}}
}`

// taking takes every payment and notes the request.
func taking(request *http.Request, body *string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		*request, *body = *r, string(text)
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, consentAt)
	}
}

// instantRequest is an instant transfer at Societe Generale.
const instantRequest = `{"paymentInformationId":"0f6b2a1c-8f0d-4b0e-9a53-5c1f0e6a2b11",` +
	`"creationDateTime":"2026-11-23T10:00:00.000+01:00",` +
	`"requestedExecutionDate":"2026-11-23T10:05:00.000+01:00",` +
	`"numberOfTransactions":1,` +
	`"initiatingParty":{"name":"Exemple Paiement SAS"},` +
	`"paymentTypeInformation":{"serviceLevel":"SEPA","localInstrument":"INST","categoryPurpose":"CASH"},` +
	`"debtorAccount":{"iban":"DE89370400440532013000"},` +
	`"beneficiary":{"creditor":{"name":"Example Merchant"},` +
	`"creditorAccount":{"iban":"FR7630006000011234567890189"},"creditorAgent":{"bicFi":"SOGEFRPP"}},` +
	`"chargeBearer":"SLEV",` +
	`"creditTransferTransaction":[{"paymentId":{"instructionId":"0f6b2a1c-8f0d-4b0e-9a53-5c1f0e6a2b11",` +
	`"endToEndId":"0f6b2a1c-8f0d-4b0e-9a53-5c1f0e6a2b11"},` +
	`"instructedAmount":{"amount":124.35,"currency":"EUR"},` +
	`"remittanceInformation":{"unstructured":["Invoice 42"]}}],` +
	`"supplementaryData":{"acceptedAuthenticationApproach":["REDIRECT"],` +
	`"successfulReportUrl":"https://tpp.example/callback?state=S",` +
	`"unsuccessfulReportUrl":"https://tpp.example/callback?state=S\u0026error=1"}}`

func TestPaymentOnTheWire(t *testing.T) {
	var got http.Request
	var body string
	client := payingAt(t, taking(&got, &body))
	p := planned(t, client, pis.Instant)
	p.DebtorIBAN, p.CreditorBIC = "DE89370400440532013000", "SOGEFRPP"
	ctx := stet.WithCustomer(t.Context(), stet.Customer{IPAddress: "192.0.2.7"})
	created, err := client.PIS.Create(ctx, p)
	if err != nil || created != (pis.Creation{
		ResourceID: "7f1c-44",
		ConsentURL: "https://bank.example/index.html#obu/7f1c-44?x=1",
	}) {
		t.Fatalf("%+v, %v", created, err)
	}
	if diff := cmp.Diff(instantRequest, body); diff != "" {
		t.Errorf("the request (-want +got):\n%s", diff)
	}
	for name, want := range map[string]string{
		"Content-Type":   "application/json",
		"Client-Id":      tpp.ClientID,
		"Psu-Ip-Address": "192.0.2.7",
		"Authorization":  "Bearer payment-token-0123456789",
	} {
		if got.Header.Get(name) != want {
			t.Errorf("%s: %q", name, got.Header.Get(name))
		}
	}
	signed := strings.Contains(got.Header.Get("Signature"), `headers="digest x-request-id"`)
	if got.URL.Path != "/pis/payment-requests" || !signed {
		t.Errorf("%s, %s", got.URL.Path, got.Header.Get("Signature"))
	}
}

// TestOtherLayoutOnTheWire: beneficiary and day in the transaction, the amount as text.
func TestOtherLayoutOnTheWire(t *testing.T) {
	var got http.Request
	var body string
	client := payingAt(t, taking(&got, &body), func(p *connector.Profile) {
		p.Payments.AmountForm, p.Payments.Layout = pis.AmountString, pis.LayoutTransaction
	})
	if _, err := client.PIS.Create(t.Context(), planned(t, client, pis.Single)); err != nil {
		t.Fatal(err)
	}
	var request struct {
		ExecuteAt    string `json:"requestedExecutionDate"`
		Beneficiary  any
		Debtor       any `json:"debtorAccount"`
		Transactions []struct {
			ExecuteAt   string `json:"requestedExecutionDate"`
			Beneficiary any
			Amount      struct{ Amount any } `json:"instructedAmount"`
		} `json:"creditTransferTransaction"`
	}
	if err := json.Unmarshal([]byte(body), &request); err != nil {
		t.Fatal(err)
	}
	if request.ExecuteAt != "" || request.Beneficiary != nil || request.Debtor != nil {
		t.Errorf("the payment has what the transaction should have: %s", body)
	}
	transaction := request.Transactions[0]
	if transaction.ExecuteAt == "" || transaction.Beneficiary == nil || transaction.Amount.Amount != "124.35" {
		t.Errorf("the transaction is %+v", transaction)
	}
	if strings.Contains(body, "null") {
		t.Errorf("what is empty is not left out: %s", body)
	}
}

func TestPaymentResourceID(t *testing.T) {
	for _, test := range []struct {
		location, href string
		sources        []pis.IDSource
		want           string
	}{
		{"https://bank.example/pis/payment-requests/L1?x=1", "https://bank.example/#obu/F1", nil, "L1"},
		{"/payment-requests/L1", "https://bank.example/#obu/F1", nil, "L1"},
		{"", "https://bank.example/app/index.html#obu/F1?y=2", nil, "F1"},
		{"", "https://bank.example/app?paymentRequestResourceId=Q1", nil, "Q1"},
		{"https://bank.example/L1", "https://bank.example/?paymentRequestResourceId=Q1#F1",
			[]pis.IDSource{"query", "location"}, "Q1"},
		{"https://bank.example/payment-requests/", "https://bank.example/#F1", nil, "F1"},
		{"https://bank.example/pis/..", "https://bank.example/#F1", nil, "F1"},
		{"https://bank.example/a%2fb", "https://bank.example/#" + strings.Repeat("x", 101), nil, "b"},
		{"", "https://bank.example/approve", nil, ""},
	} {
		t.Run(test.location+" "+test.href, func(t *testing.T) {
			client := payingAt(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", test.location)
				_, _ = io.WriteString(w, `{"_links":{"consentApproval":{"href":"`+test.href+`"}}}`)
			}, func(p *connector.Profile) {
				if test.sources != nil {
					p.Payments.IDSources = test.sources
				}
			})
			created, err := client.PIS.Create(t.Context(), planned(t, client, pis.Single))
			if created.ResourceID != test.want || (err != nil) != (test.want == "") {
				t.Errorf("%+v, %v", created, err)
			}
			if err != nil && !pis.Unclear(err) {
				t.Errorf("it is clear: %v", err)
			}
		})
	}
}

// The calls a payment knows.
const create, status, confirm, cancel = "create", "status", "confirm", "cancel"

// model is a refusal in STET's error model.
func model(status int, message string) string {
	text, _ := json.Marshal(map[string]any{
		"timestamp": "x",
		"status":    status,
		"error":     http.StatusText(status),
		"message":   message,
		"path":      "/v1/payment-requests",
	})
	return string(text)
}

// paymentCalls is every way a payment call fails, and what must be done about it.
var paymentCalls = []struct {
	name   string
	do     string
	status int
	body   string
	code   string
	action failure.Action
}{
	{"13 digest missing", create, 400,
		model(400, "Missing request header 'Digest' for method parameter of type String"), "signature_refused",
		failure.Operator},
	{"14 validation", create, 400, model(400, "The format of the input is not valid"),
		"payment_refused_as_invalid", failure.Bug},
	{"15 not approved, or confirmed already", confirm, 403, model(403, "Forbidden"),
		"confirmation_refused", failure.CheckStatus},
	{"15 with an empty body", confirm, 403, "", "confirmation_refused", failure.CheckStatus},
	{"15 conflict", confirm, 409, "", "payment_state_conflict", failure.CheckStatus},
	{"16 something else was changed", cancel, 403, model(403, "x"), "payment_change_refused",
		failure.CheckStatus},
	{"16 conflict", cancel, 409, model(409, "x"), "payment_state_conflict", failure.CheckStatus},
	{"18 no page for the customer", create, 201, `{"_links":{}}`, "payment_creation_unusable",
		failure.CheckStatus},
	{"18 no links", create, 200, `{}`, "payment_creation_unusable", failure.CheckStatus},
	{"18 a page that is none", create, 201,
		`{"_links":{"consentApproval":{"href":"javascript:alert(1)"}}}`, "payment_creation_unusable",
		failure.CheckStatus},
	{"18 a page in clear", create, 201,
		`{"_links":{"consentApproval":{"href":"http://bank.example/#1"}}}`, "payment_creation_unusable",
		failure.CheckStatus},
	{"19 on create", create, 500, model(500, "Something went wrong"), "outcome_unknown", failure.CheckStatus},
	{"19 on confirm", confirm, 500, model(500, "Something went wrong"), "outcome_unknown", failure.CheckStatus},
	{"19 on cancel", cancel, 500, model(500, "Something went wrong"), "outcome_unknown", failure.CheckStatus},
	{"19 on status", status, 500, model(500, "Something went wrong"), "bank_unavailable", failure.RetryLater},
	{"gateway time-out on create", create, 504, model(504, "Response took longer than timeout: PT10S"),
		"outcome_unknown", failure.CheckStatus},
	{"gateway time-out on status", status, 504, model(504, "Response took longer than timeout: PT10S"),
		"bank_unavailable", failure.RetryLater},
	{"unavailable on confirm", confirm, 503, "", "outcome_unknown", failure.CheckStatus},
	{"not JSON on create", create, 201, "<html>", "outcome_unknown", failure.CheckStatus},
	{"not JSON on confirm", confirm, 200, "<html>", "outcome_unknown", failure.CheckStatus},
	{"too large on create", create, 201, strings.Repeat(" ", 5<<20), "outcome_unknown", failure.CheckStatus},
	{"23 account wrong", create, 400, model(400, "AC01"), "account_unusable", failure.Terminal},
	{"23 account closed", create, 403, model(403, "AC04"), "account_unusable", failure.Terminal},
	{"23 account blocked", create, 403, model(403, "AC06"), "account_unusable", failure.Terminal},
	{"23 unknown TPP", create, 403, model(403, "BE05"), "client_refused", failure.Operator},
	{"23 token of another scope", create, 403, model(403, "BADS"), "scope_refused", failure.Operator},
	{"23 internal", create, 500, model(500, "INTS"), "outcome_unknown", failure.CheckStatus},
	{"23 too many", create, 429, model(429, "TMRQ"), "rate_limited", failure.RetryLater},
	{"role missing", create, 403, model(403, "x"), "access_refused", failure.Operator},
	{"known already", create, 409, "", "payment_state_conflict", failure.CheckStatus},
	{"no such payment", status, 404, model(404, "x"), "not_found_at_bank", failure.Operator},
	{"another payment", status, 200,
		`{"paymentRequest":{"paymentInformationId":"another","paymentInformationStatus":"ACSC"}}`,
		"answer_unreadable", failure.Operator},
	{"no status", status, 200, `{"paymentRequest":{}}`, "answer_unreadable", failure.Operator},
	{"status of odd form", status, 200, `{"paymentRequest":{"paymentInformationStatus":"A\nB"}}`,
		"answer_unreadable", failure.Operator},
}

// TestOddTransactions: what is odd in them takes the payment's status from nobody.
func TestOddTransactions(t *testing.T) {
	for _, transactions := range []string{`{}`, `null`, `[null]`, `[{"statusReasonInformation":7}]`, `"x"`} {
		client := payingAt(t, func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w,
				`{"paymentRequest":{"paymentInformationStatus":"ACSC","creditTransferTransaction":`+transactions+`}}`)
		})
		if err := payCall(t, client, status); err != nil {
			t.Errorf("%s: %v", transactions, err)
		}
	}
}

func TestPaymentCalls(t *testing.T) {
	for _, test := range paymentCalls {
		t.Run(test.name, func(t *testing.T) {
			var calls atomic.Int32
			client := payingAt(t, func(w http.ResponseWriter, r *http.Request) {
				calls.Add(1)
				w.WriteHeader(test.status)
				_, _ = io.WriteString(w, test.body)
			})
			err := payCall(t, client, test.do)
			cause, ok := errors.AsType[*failure.Failure](err)
			if !ok || tpp.FaultCode(err) != test.code || cause.Action != test.action || cause.Status != test.status {
				t.Fatalf("code %q, %+v", tpp.FaultCode(err), cause)
			}
			if pis.Unclear(err) != (test.code == "outcome_unknown") || isNotSent(err) {
				t.Errorf("unclear %v, not sent %v", pis.Unclear(err), isNotSent(err))
			}
			if n := calls.Load(); test.do != status && n != 1 {
				t.Errorf("a write was sent %d times", n)
			}
		})
	}
}

func payCall(t testing.TB, client *connector.Client, do string) (err error) {
	p := planned(t, client, pis.Single)
	switch do {
	case create:
		_, err = client.PIS.Create(t.Context(), p)
	case status:
		_, err = client.PIS.Report(t.Context(), "R1", p.ID)
	case confirm:
		_, err = client.PIS.Confirm(t.Context(), "R1", p.ID, pis.Approval{})
	case cancel:
		_, err = client.PIS.Cancel(t.Context(), "R1", p, pis.ReasonDS02)
	}
	return err
}

func isNotSent(err error) bool {
	_, ok := errors.AsType[*pis.NotSentError](err)
	return ok
}

// TestPaymentWritesAreNotRepeated breaks the connection in every way and wants no second request.
func TestPaymentWritesAreNotRepeated(t *testing.T) {
	for name, breaks := range map[string]func(w http.ResponseWriter, r *http.Request){
		"reset": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"silence": func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
		},
		"half an answer": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, consentAt)
		},
	} {
		for _, do := range []string{create, confirm, cancel} {
			t.Run(name+" on "+do, func(t *testing.T) {
				var calls atomic.Int32
				client := payingAt(t, func(w http.ResponseWriter, r *http.Request) {
					calls.Add(1)
					breaks(w, r)
				}, func(p *connector.Profile) {
					p.Connection.RequestTimeout = duration.Duration(300 * time.Millisecond)
				})
				err := payCall(t, client, do)
				if !pis.Unclear(err) || isNotSent(err) || calls.Load() != 1 {
					t.Errorf("%d calls, %v", calls.Load(), err)
				}
			})
		}
	}
}

func TestPaymentThatNeverLeft(t *testing.T) {
	other, err := qtsp.New(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		change func(*connector.Profile)
		code   string
	}{
		"nobody listens": {
			func(p *connector.Profile) { p.PISBaseURL = "https://127.0.0.1:1/pis" }, "bank_unreachable",
		},
		"no token": {
			func(p *connector.Profile) { p.TokenURL = "https://127.0.0.1:1/token" }, "bank_unreachable",
		},
		"another server": {
			func(p *connector.Profile) { p.Connection.TrustAnchors = tpp.Anchors(other) }, "bank_certificate_untrusted",
		},
	} {
		t.Run(name, func(t *testing.T) {
			err := payCall(t, payingAt(t, nil, test.change), create)
			if !isNotSent(err) || tpp.FaultCode(err) != test.code {
				t.Error(err)
			}
		})
	}
}

func TestPaymentTokenIsKeptAndReplaced(t *testing.T) {
	var refuse atomic.Int32
	refuse.Store(1)
	client := payingAt(t, func(w http.ResponseWriter, _ *http.Request) {
		if refuse.Add(-1) >= 0 {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = io.WriteString(w, `{"paymentRequest":{"paymentInformationStatus":"ACCP"}}`)
	})
	for _, do := range []string{status, confirm, status} {
		if err := payCall(t, client, do); err != nil {
			t.Error(do, err)
		}
		refuse.Store(1)
	}
	refuse.Store(2)
	if err := payCall(t, client, confirm); tpp.FaultCode(err) != "token_refused" || pis.Unclear(err) {
		t.Errorf("refused twice: %v", err)
	}
}

func TestCancellationReasons(t *testing.T) {
	client := payingAt(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.Method != http.MethodPut || !strings.Contains(string(body),
			`"paymentInformationStatus":"CANC","statusReasonInformation":"FRAD"`) {
			t.Errorf("%s %s", r.Method, body)
		}
	}, func(p *connector.Profile) { p.Payments.ConfirmationBody = true })
	p := planned(t, client, pis.Single)
	if page, err := client.PIS.Cancel(t.Context(), "R1", p, pis.ReasonFRAD); err != nil || page != "" {
		t.Errorf("%q, %v", page, err)
	}
	if _, err := client.PIS.Cancel(t.Context(), "R1", p, "AC01"); tpp.FaultCode(err) != "cancellation_reason_unknown" {
		t.Error(err)
	}
}
