package consents

import (
	"context"
	"strconv"
	"time"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/internal/consent"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

// consentOrders are the orders of consent.Listed.
var consentOrders = map[string]sqldb.Order{
	"created_at":  {Columns: []string{"created_at", "id"}},
	"-created_at": {Columns: []string{"created_at", "id"}, Descending: true},
	"expires_at":  {Columns: []string{"expires_at", "id"}},
}

func (r consentRow) orderValue(column string) any {
	switch column {
	case "created_at":
		return r.CreatedAt
	case "expires_at":
		return r.ExpiresAt
	}
	return r.ID
}

// ConsentPage implements consent.Records.
func (s *Store) ConsentPage(ctx context.Context, sel consent.Selection) (listing.Page[consent.Consent], error) {
	query, err := sqldb.Within(s.db.WithContext(ctx).Model(&consentRow{}), sel.Reach, sqldb.Registrations,
		"consents.registration_id")
	if err != nil {
		return listing.Page[consent.Consent]{}, err
	}
	for column, value := range map[string]string{
		"registration_id": sel.Filters[consent.FilterRegistration],
		"customer":        sel.Filters[consent.FilterCustomer],
		"created_by":      sel.CreatedBy,
	} {
		if value != "" {
			query = query.Where(column+" = ?", value)
		}
	}
	if days := sel.Filters[consent.FilterExpiring]; days != "" {
		n, err := strconv.Atoi(days)
		if err != nil {
			return listing.Page[consent.Consent]{}, err // listing.Days has checked it
		}
		query = expiring(query, sel.Sort, sel.Now, sel.Now.AddDate(0, 0, n))
	}
	if sel.Lasting > 0 {
		query = query.Where("expires_at - authorized_at >= ?", sel.Lasting.Microseconds())
	}
	page, err := sqldb.Page(query, sel.Query, consentOrders[sel.Sort], "consent", consentRow.orderValue)
	return listing.Map(page, consentOf), err
}

// expiring narrows a list to active consents that end between two times. By their ends they are next to one another; in
// another order, SQLite is told whether they are so many that the list is walked.
func expiring(query *gorm.DB, sort string, after, before time.Time) *gorm.DB {
	narrowed := func(state, end string) func(query *gorm.DB) *gorm.DB {
		return func(query *gorm.DB) *gorm.DB {
			return query.Where(state+" = ? AND "+end+" > ? AND "+end+" < ?", string(consent.Active),
				sqldb.Micros(after), sqldb.Micros(before))
		}
	}
	found := narrowed("state", "expires_at")
	if sqldb.Postgres(query) || sort == "expires_at" {
		return found(query)
	}
	return sqldb.Either(query, sqldb.Ways{Counted: found, Few: found, Many: narrowed("+state", "+expires_at")})
}
