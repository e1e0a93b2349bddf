package bank

import (
	"errors"
	"net/http"

	"github.com/sealkeeper/sealkeeper/lab/bank/payment"
	"github.com/sealkeeper/sealkeeper/lab/bank/segments"
)

// approvalPath is the page a payment is approved on. The bank hands the
// payment's id over in the fragment, which browsers keep to themselves.
const approvalPath = "/app/auth/icd/obu/index-authsec.html"

type href struct {
	Href string `json:"href"`
}

func (in *admission) owner() payment.Owner {
	return payment.Owner{ClientID: in.client.ID, Environment: in.segment.Environment, Segment: in.segment.Name}
}

// createPayment is POST /payment-requests.
func (s *Sim) createPayment(w http.ResponseWriter, r *http.Request, in *admission) {
	request, err := payment.Parse(in.body)
	if err == nil {
		err = request.Check(s.cfg.Now())
	}
	if err != nil {
		s.refuse(w, r, http.StatusBadRequest, err.Error())
		return
	}
	created, err := s.payments.Create(in.owner(), in.body, request)
	if err != nil {
		s.refuse(w, r, http.StatusBadRequest, err.Error())
		return
	}
	w.Header().Set("Location", in.segment.PISPath+"/payment-requests/"+created.ID)
	s.answer(w, r, http.StatusCreated, s.approval(in, created))
}

// approval is HalPaymentRequestCreation: no status, a link for the customer.
func (s *Sim) approval(in *admission, p *payment.Payment) any {
	links := map[string]href{"consentApproval": {s.approvalURL(in.segment, p)}}
	if _, broken := s.mishaps.Take(in.mishap(), "no_approval_link"); broken {
		links = map[string]href{}
	}
	return map[string]any{"appliedAuthenticationApproach": "REDIRECT", "_links": links}
}

func (s *Sim) approvalURL(segment segments.Segment, p *payment.Payment) string {
	return *s.browserURL.Load() + segment.Pages + approvalPath + "#obu/" + p.ID
}

func (s *Sim) showPayment(w http.ResponseWriter, r *http.Request, in *admission) {
	if armed, ok := s.mishaps.Take(in.mishap(), "rejected"); ok {
		s.payments.Reject(r.PathValue("payment"), orElse(armed.Detail, "CUST"))
	}
	found, err := s.payments.Get(in.owner(), r.PathValue("payment"))
	if err != nil {
		s.refusePayment(w, r, err)
		return
	}
	s.answerPayment(w, r, found)
}

// changePayment is PUT, good for cancellations only.
func (s *Sim) changePayment(w http.ResponseWriter, r *http.Request, in *admission) {
	request, err := payment.Parse(in.body)
	if err != nil {
		s.refuse(w, r, http.StatusBadRequest, err.Error())
		return
	}
	changed, waiting, err := s.payments.Cancel(in.owner(), r.PathValue("payment"), in.body, request)
	switch {
	case err != nil:
		s.refusePayment(w, r, err)
	case waiting:
		s.answer(w, r, http.StatusOK, s.approval(in, changed))
	default:
		// STET answers a cancellation as it does a creation: with a link where
		// the customer has a say, and with no status.
		s.answer(w, r, http.StatusOK, map[string]any{"_links": map[string]href{}})
	}
}

func (s *Sim) confirmPayment(w http.ResponseWriter, r *http.Request, in *admission) {
	id := r.PathValue("payment")
	if s.cfg.OConfirmation && in.consent.Payment != id {
		s.refuse(w, r, http.StatusForbidden, "The token was not given for this payment request")
		return
	}
	confirmed, err := s.payments.Confirm(in.owner(), id)
	if err != nil {
		s.refusePayment(w, r, err)
		return
	}
	s.answerPayment(w, r, confirmed)
}

// answerPayment is HalPaymentRequest. Links are relative to the API's base.
func (s *Sim) answerPayment(w http.ResponseWriter, r *http.Request, p *payment.Payment) {
	path := "/payment-requests/" + p.ID
	links := map[string]href{"request": {path}}
	if p.Status == payment.ACCP {
		links["confirmation"] = href{path + "/confirmation"}
		if s.cfg.OConfirmation {
			links["confirmation"] = href{path + "/o-confirmation"}
		}
	}
	s.answer(w, r, http.StatusOK, map[string]any{"paymentRequest": p.Resource(), "_links": links})
}

func (s *Sim) refusePayment(w http.ResponseWriter, r *http.Request, err error) {
	status := http.StatusBadRequest
	switch {
	case errors.Is(err, payment.ErrUnknown):
		status = http.StatusNotFound
	case errors.Is(err, payment.ErrNotAuthenticated), errors.Is(err, payment.ErrConfirmed), errors.Is(err,
		payment.ErrOtherChange):
		status = http.StatusForbidden
	case errors.Is(err, payment.ErrOver), errors.Is(err, payment.ErrTooLate):
		status = http.StatusConflict
	}
	s.refuse(w, r, status, err.Error())
}

// settled books a transfer on the account it was paid from.
func (s *Sim) settled(p *payment.Payment, transfer int, cents int64) {
	book := s.ledgers[segments.Segment{Environment: p.Environment, Name: p.Segment}.Key()]
	account, _, ok := book.Payer(p.Debtor)
	if !ok {
		return
	}
	t := p.Request.CreditTransferTransaction[transfer]
	reference := s.cfg.Now().Format("20060102") + "P" + p.ID[:8] + string(rune('A'+transfer%26))
	book.Post(account.ResourceID, reference,
		"VIR EMIS "+p.Request.Payee(transfer).Creditor.Name+" "+t.Remittance.Unstructured[0], cents)
}

// ScriptPayments overrules what becomes of the next payments created, one each.
func (s *Sim) ScriptPayments(outcomes ...payment.Outcome) { s.payments.Script(outcomes...) }

// Payments returns every payment request, oldest first.
func (s *Sim) Payments() []*payment.Payment { return s.payments.All() }
