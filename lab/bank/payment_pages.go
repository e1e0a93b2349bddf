package bank

import (
	"net/http"
	"net/url"

	"github.com/sealkeeper/sealkeeper/lab/bank/grants"
	"github.com/sealkeeper/sealkeeper/lab/bank/pages"
	"github.com/sealkeeper/sealkeeper/lab/bank/payment"
	"github.com/sealkeeper/sealkeeper/lab/bank/segments"
)

// landing is the page of the approval link. The payment's id is in the
// fragment, so a script has to take it to the server.
func (s *Sim) landing(w http.ResponseWriter, r *http.Request) {
	s.show(w, r, http.StatusOK, "landing.html", pages.Page{Title: "payment"})
}

// openPayment starts the customer's session for one payment.
func (s *Sim) openPayment(segment segments.Segment) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		p, err := s.payments.Begin(r.PathValue("payment"))
		if err != nil || p.Environment != segment.Environment || p.Segment != segment.Name {
			s.show(w, r, http.StatusNotFound, "refused.html", pages.Page{Title: "payment", Message: "payment_gone"})
			return
		}
		opened := pages.Session{ClientID: p.ClientID, Scope: "pisp", Segment: segment, Payment: p.ID}
		s.showLogin(w, r, http.StatusOK, s.sessions.Open(opened), opened, "")
	}
}

func (s *Sim) showPaymentPage(
	w http.ResponseWriter, r *http.Request, status int, id string, current pages.Session, message string,
) {
	p, err := s.payments.Begin(current.Payment)
	if err != nil {
		s.leavePayment(w, r, current, "")
		return
	}
	view := &pages.Payment{
		Total:   payment.Decimal(p.Request.Total()),
		Debtor:  p.Debtor,
		Cancel:  p.Cancelling(),
		Instant: p.Request.Instant(),
	}
	for i, t := range p.Request.CreditTransferTransaction {
		cents, _ := t.InstructedAmount.Cents() // it was checked at creation
		payee := p.Request.Payee(i)
		view.Transfers = append(view.Transfers, pages.Transfer{
			Creditor: payee.Creditor.Name,
			IBAN:     payee.CreditorAccount.IBAN,
			Amount:   payment.Decimal(cents),
			Text:     t.Remittance.Unstructured[0],
			Date:     p.Executes(i).In(payment.Paris).Format("02/01/2006"),
		})
	}
	for _, account := range s.ledger(current.Segment).Choices() {
		if p.Debtor == "" && account.Payable() {
			view.Choices = append(view.Choices, account)
		}
	}
	s.show(w, r, status, "payment.html", pages.Page{
		Title:   "payment",
		Message: message,
		Session: id,
		Client:  p.Request.InitiatingParty.Name,
		Segment: current.Segment.Name,
		Scope:   current.Scope,
		Payment: view,
	})
}

// decidePayment takes the customer's answer.
func (s *Sim) decidePayment(w http.ResponseWriter, r *http.Request) {
	id := formValue(w, r, "session")
	loggedIn := false
	current, ok := s.sessions.Step(id, func(c *pages.Session) bool {
		loggedIn = c.LoggedIn && c.Payment != ""
		return true
	})
	if !ok || !loggedIn {
		s.sessionGone(w, r)
		return
	}
	current.Debtor = r.PostForm.Get("account")
	s.leavePayment(w, r, current, r.PostForm.Get("decision"))
}

// leavePayment carries the decision out and sends the browser to the address
// the TPP gave for the outcome.
func (s *Sim) leavePayment(w http.ResponseWriter, r *http.Request, current pages.Session, decision string) {
	var p *payment.Payment
	var err error
	switch decision {
	case "approve":
		p, err = s.payments.Approve(current.Payment, current.Debtor, func(iban string) (payment.Debtor, bool) {
			account, available, ok := s.ledger(current.Segment).Payer(iban)
			return payment.Debtor{Payable: account.Payable(), Available: available}, ok
		})
	case "timeout":
		p, err = s.payments.Expire(current.Payment)
	case "refuse":
		p, err = s.payments.Refuse(current.Payment)
	default:
		p, err = s.payments.Begin(current.Payment)
	}
	if p == nil {
		s.sessionGone(w, r)
		return
	}
	answers := p.Request.SupplementaryData
	target := answers.SuccessfulReportURL
	good := err == nil && decision == "approve" && p.Status != payment.RJCT
	if !good && answers.UnsuccessfulReportURL != "" {
		target = answers.UnsuccessfulReportURL
	}
	if good && s.cfg.OConfirmation {
		target = s.withCode(target, current, p)
	}
	http.Redirect(w, r, s.cfg.Detour(target), http.StatusSeeOther)
}

// withCode adds the code whose token confirms the payment at /o-confirmation.
func (s *Sim) withCode(target string, current pages.Session, p *payment.Payment) string {
	u, err := url.Parse(target)
	if err != nil {
		return target // it was checked at creation
	}
	given := &grants.Consent{
		ClientID:    p.ClientID,
		Environment: p.Environment,
		Segment:     current.Segment,
		Scope:       "pisp",
		Payment:     p.ID,
	}
	query := u.Query()
	query.Set("code", s.grants.Code(given, target, ""))
	u.RawQuery = query.Encode()
	return u.String()
}
