package payments

import (
	"context"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/payment"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

// paymentOrders are the orders of payment.Listed.
var paymentOrders = map[string]sqldb.Order{
	"created_at":  {Columns: []string{"created_at", "id"}},
	"-created_at": {Columns: []string{"created_at", "id"}, Descending: true},
}

func (r paymentRow) orderValue(column string) any {
	if column == "created_at" {
		return r.CreatedAt
	}
	return r.ID
}

// PaymentPage implements payment.Store.
func (s *Store) PaymentPage(
	ctx context.Context, reach access.Reach, q listing.Query, callerID string,
) (listing.Page[payment.Payment], error) {
	query, err := sqldb.Within(s.db.WithContext(ctx).Model(&paymentRow{}), reach, sqldb.Registrations,
		"payments.registration_id")
	if err != nil {
		return listing.Page[payment.Payment]{}, err
	}
	for column, value := range map[string]string{
		"registration_id":        q.Filters[payment.FilterRegistration],
		"payment_information_id": q.Filters[payment.FilterPaymentID],
		"caller_id":              callerID,
	} {
		if value != "" {
			query = query.Where(column+" = ?", value)
		}
	}
	page, err := sqldb.Page(query, q, paymentOrders[q.Sort], "payment", paymentRow.orderValue)
	return listing.Map(page, paymentRow.payment), err
}
