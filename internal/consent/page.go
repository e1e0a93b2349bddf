package consent

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/listing"
)

// The filters of the list of consents.
const (
	FilterRegistration = "registration_id"
	FilterCustomer     = "customer"
	FilterExpiring     = "expiring_days" // only active ones that end within so many days
)

// Listed is what can be asked of the list of consents.
var Listed = listing.Spec{
	Name:  "consents",
	Sorts: []string{"-created_at", "created_at", "expires_at"},
	Filters: map[string]listing.Check{
		FilterRegistration: listing.Text,
		FilterCustomer:     listing.Text,
		FilterExpiring:     listing.Days,
	},
}

// Selection is which consents a page is of.
type Selection struct {
	listing.Query
	Reach     access.Reach  // what the caller may read
	CreatedBy string        // only of this caller; empty: of all
	Lasting   time.Duration // only those that are given for so long, at least
	Now       time.Time
}

// Page returns a page of the list Listed. A service account has its own; of a registration that it was bound to once
// it has none.
func (s *Service) Page(ctx context.Context, caller access.Caller, q listing.Query) (listing.Page[Consent], error) {
	return s.page(ctx, caller, Selection{Query: q})
}

// longLived is how long a consent lasts at least whose end somebody is told of. Those that the bank gives for minutes
// come and go.
const longLived = 7 * 24 * time.Hour

// Expiring returns the first long-lived consents that end within so many days, the soonest first, and counts them.
func (s *Service) Expiring(
	ctx context.Context, caller access.Caller, days, limit int,
) (listing.Page[Consent], error) {
	q := Listed.Query().With(FilterExpiring, strconv.Itoa(days))
	q.Sort, q.Limit = "expires_at", limit
	return s.page(ctx, caller, Selection{Query: q, Lasting: longLived})
}

func (s *Service) page(ctx context.Context, caller access.Caller, sel Selection) (listing.Page[Consent], error) {
	reach, err := s.cfg.Audit.Reach(ctx, caller, access.ConsentRead)
	if err != nil {
		return listing.Page[Consent]{}, err
	}
	sel.Reach = reach
	if caller.OwnOnly() {
		sel.CreatedBy = caller.ID
	}
	sel.Now = s.cfg.Now()
	found, err := s.cfg.Records.ConsentPage(ctx, sel)
	found.Items = slices.DeleteFunc(found.Items, func(c Consent) bool { return !caller.Knows(c.RegistrationID) })
	return found, err
}
