package api

import (
	"time"

	"github.com/sealkeeper/sealkeeper/connector/money"
	"github.com/sealkeeper/sealkeeper/connector/pis"
	"github.com/sealkeeper/sealkeeper/internal/payment"
)

type paymentJSON struct {
	ID                   string        `json:"id"`
	RegistrationID       string        `json:"registration_id"`
	PaymentInformationID string        `json:"payment_information_id"`
	Kind                 pis.Kind      `json:"kind"`
	Amount               money.Decimal `json:"amount"`
	Currency             string        `json:"currency"`
	DebtorIBAN           string        `json:"debtor_iban"`
	CreditorName         string        `json:"creditor_name"`
	CreditorIBAN         string        `json:"creditor_iban"`
	CreditorBIC          string        `json:"creditor_bic"`
	Reference            string        `json:"reference"`
	Remittance           string        `json:"remittance"`
	State                payment.State `json:"state"`
	ConsentURL           string        `json:"consent_url"`
	CancelURL            string        `json:"cancel_url"`
	BankID               string        `json:"bank_id"`
	Status               pis.Status    `json:"status"`
	StatusMeaning        string        `json:"status_meaning"`
	Reason               pis.Reason    `json:"reason"`
	ReasonMeaning        string        `json:"reason_meaning"`
	FailureCode          string        `json:"failure_code"`
	Failure              string        `json:"failure"`
	Note                 string        `json:"note"`
	ExecuteAt            *time.Time    `json:"execute_at"`
	ConfirmBy            *time.Time    `json:"confirm_by"`
	Moved                bool          `json:"moved"`
	CreatedAt            time.Time     `json:"created_at"`
	ConfirmedAt          *time.Time    `json:"confirmed_at"`
	CheckedAt            *time.Time    `json:"checked_at"`
}

func paymentOf(p payment.Payment) paymentJSON {
	o := p.Order
	j := paymentJSON{
		ID:                   p.ID,
		RegistrationID:       p.RegistrationID,
		PaymentInformationID: o.ID,
		Kind:                 o.Kind,
		Amount:               o.Amount,
		Currency:             o.Currency,
		DebtorIBAN:           o.DebtorIBAN,
		CreditorName:         o.CreditorName,
		CreditorIBAN:         o.CreditorIBAN,
		CreditorBIC:          o.CreditorBIC,
		Reference:            o.Reference,
		Remittance:           o.Remittance,
		State:                p.State,
		ConsentURL:           p.ConsentURL,
		CancelURL:            p.CancelURL,
		BankID:               p.ResourceID,
		Status:               p.Status,
		Reason:               p.Reason,
		ReasonMeaning:        p.Reason.Sentence(),
		FailureCode:          p.FailureCode,
		Failure:              p.Failure,
		Note:                 p.Note,
		ExecuteAt:            moment(o.ExecuteAt.UTC()),
		ConfirmBy:            moment(o.ConfirmBy.UTC()),
		Moved:                o.Moved,
		CreatedAt:            p.CreatedAt.UTC(),
		ConfirmedAt:          moment(p.ConfirmedAt),
		CheckedAt:            moment(p.CheckedAt),
	}
	if p.Status != "" {
		j.StatusMeaning = p.Status.Sentence()
	}
	return j
}
