// Package payments keeps payments and what has become of them.
package payments

import (
	"context"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/connector/money"
	"github.com/sealkeeper/sealkeeper/connector/pis"
	"github.com/sealkeeper/sealkeeper/internal/payment"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

// Store keeps them in the database.
type Store struct{ db *gorm.DB }

// New returns the store over an open database.
func New(db *gorm.DB) *Store { return &Store{db} }

type paymentRow struct {
	ID                   string `gorm:"primaryKey"`
	RegistrationID       string
	PaymentInformationID string
	RequestHash          string
	State                string
	Kind                 string
	Amount               string
	Currency             string
	Initiator            string
	DebtorIBAN           string `gorm:"column:debtor_iban"`
	CreditorName         string
	CreditorIBAN         string `gorm:"column:creditor_iban"`
	CreditorBIC          string `gorm:"column:creditor_bic"`
	Remittance           string
	Sealed               []byte
	Reference            string
	ExecutionDate        string
	OrderCreatedAt       int64
	ExecuteAt            int64
	ConfirmBy            int64
	Moved                bool
	RedirectURI          string `gorm:"column:redirect_uri"`
	ResourceID           string
	ConsentURL           string `gorm:"column:consent_url"`
	CancelURL            string `gorm:"column:cancel_url"`
	Status               string
	Reason               string
	FailureCode          string
	Failure              string
	Note                 string
	ReturnHash           string
	ReturnFor            string
	CallerID             string
	CreatedAt            int64 `gorm:"autoCreateTime:false"`
	SentAt               int64
	ConfirmedAt          int64
	ChangedAt            int64
	CheckedAt            int64
	NextCheck            int64
	Checks               int
	Version              int
}

func (paymentRow) TableName() string { return "payments" }

func toPaymentRow(p payment.Payment) paymentRow {
	o := p.Order
	return paymentRow{
		ID:                   p.ID,
		RegistrationID:       p.RegistrationID,
		PaymentInformationID: o.ID,
		RequestHash:          p.RequestHash,
		State:                string(p.State),
		Kind:                 string(o.Kind),
		Amount:               o.Amount.String(),
		Currency:             o.Currency,
		Initiator:            o.Initiator,
		DebtorIBAN:           o.DebtorIBAN,
		CreditorName:         o.CreditorName,
		CreditorIBAN:         o.CreditorIBAN,
		CreditorBIC:          o.CreditorBIC,
		Remittance:           o.Remittance,
		Sealed:               p.Sealed,
		Reference:            o.Reference,
		ExecutionDate:        o.ExecutionDate.String(),
		OrderCreatedAt:       sqldb.Micros(o.CreatedAt),
		ExecuteAt:            sqldb.Micros(o.ExecuteAt),
		ConfirmBy:            sqldb.Micros(o.ConfirmBy),
		Moved:                o.Moved,
		RedirectURI:          p.RedirectURI,
		ResourceID:           p.ResourceID,
		ConsentURL:           p.ConsentURL,
		CancelURL:            p.CancelURL,
		Status:               string(p.Status),
		Reason:               string(p.Reason),
		FailureCode:          p.FailureCode,
		Failure:              p.Failure,
		Note:                 p.Note,
		ReturnHash:           p.ReturnHash,
		ReturnFor:            string(p.ReturnFor),
		CallerID:             p.CallerID,
		CreatedAt:            sqldb.Micros(p.CreatedAt),
		SentAt:               sqldb.Micros(p.SentAt),
		ConfirmedAt:          sqldb.Micros(p.ConfirmedAt),
		ChangedAt:            sqldb.Micros(p.ChangedAt),
		CheckedAt:            sqldb.Micros(p.CheckedAt),
		NextCheck:            sqldb.Micros(p.NextCheck),
		Checks:               p.Checks,
		Version:              p.Version,
	}
}

func (r paymentRow) payment() payment.Payment {
	amount, _ := money.ParseDecimal(r.Amount) // toPaymentRow wrote them
	day, _ := calendar.Parse(r.ExecutionDate)
	return payment.Payment{
		ID:             r.ID,
		RegistrationID: r.RegistrationID,
		RequestHash:    r.RequestHash,
		Sealed:         r.Sealed,
		State:          payment.State(r.State),
		Order: pis.Plan{
			Payment: pis.Payment{
				ID:            r.PaymentInformationID,
				Kind:          pis.Kind(r.Kind),
				Amount:        amount,
				Currency:      r.Currency,
				Initiator:     r.Initiator,
				DebtorIBAN:    r.DebtorIBAN,
				CreditorName:  r.CreditorName,
				CreditorIBAN:  r.CreditorIBAN,
				CreditorBIC:   r.CreditorBIC,
				Reference:     r.Reference,
				Remittance:    r.Remittance,
				ExecutionDate: day,
			},
			CreatedAt: sqldb.FromMicros(r.OrderCreatedAt),
			ExecuteAt: sqldb.FromMicros(r.ExecuteAt),
			ConfirmBy: sqldb.FromMicros(r.ConfirmBy),
			Moved:     r.Moved,
		},
		RedirectURI: r.RedirectURI,
		ResourceID:  r.ResourceID,
		ConsentURL:  r.ConsentURL,
		CancelURL:   r.CancelURL,
		Status:      pis.Status(r.Status),
		Reason:      pis.Reason(r.Reason),
		FailureCode: r.FailureCode,
		Failure:     r.Failure,
		Note:        r.Note,
		ReturnHash:  r.ReturnHash,
		ReturnFor:   payment.Purpose(r.ReturnFor),
		CallerID:    r.CallerID,
		CreatedAt:   sqldb.FromMicros(r.CreatedAt),
		SentAt:      sqldb.FromMicros(r.SentAt),
		ConfirmedAt: sqldb.FromMicros(r.ConfirmedAt),
		ChangedAt:   sqldb.FromMicros(r.ChangedAt),
		CheckedAt:   sqldb.FromMicros(r.CheckedAt),
		NextCheck:   sqldb.FromMicros(r.NextCheck),
		Checks:      r.Checks,
		Version:     r.Version,
	}
}

// AddPayment implements payment.Store.
func (s *Store) AddPayment(ctx context.Context, p payment.Payment) error {
	row := toPaymentRow(p)
	return sqldb.Wrap(sqldb.Create(ctx, s.db, &row), "payment")
}

// UpdatePayment implements payment.Store. Of two who change a payment at once, one finds the version they read.
func (s *Store) UpdatePayment(ctx context.Context, p payment.Payment) error {
	row := toPaymentRow(p)
	row.Version++
	result := s.db.WithContext(ctx).Model(&paymentRow{}).
		Where("id = ? AND version = ?", p.ID, p.Version).Select("*").Updates(&row)
	return sqldb.ExpectOneIn(result, "payment")
}

// Payment implements payment.Store.
func (s *Store) Payment(ctx context.Context, id string) (payment.Payment, error) {
	row, err := sqldb.First[paymentRow](ctx, s.db.Where("id = ?", id))
	if err != nil {
		return payment.Payment{}, sqldb.Wrap(err, "payment")
	}
	return row.payment(), nil
}

// Payments implements payment.Store.
func (s *Store) Payments(ctx context.Context, f payment.Filter) ([]payment.Payment, error) {
	query := s.db.WithContext(ctx).Order("created_at DESC, id DESC")
	if !f.DueAt.IsZero() {
		query = s.db.WithContext(ctx).Where("next_check > 0 AND next_check <= ?", sqldb.Micros(f.DueAt)).
			Order("next_check, id")
	}
	for column, value := range map[string]string{
		"registration_id":        f.RegistrationID,
		"payment_information_id": f.PaymentInformationID,
		"return_hash":            f.ReturnHash,
		"caller_id":              f.CallerID,
	} {
		if value != "" {
			query = query.Where(column+" = ?", value)
		}
	}
	if f.Limit > 0 {
		query = query.Limit(f.Limit)
	}
	var rows []paymentRow
	err := query.Find(&rows).Error
	return sqldb.Convert(rows, err, "payment", paymentRow.payment)
}
