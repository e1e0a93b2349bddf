package services

import (
	"context"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/service"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

// accountOrders are the orders of service.Listed.
var accountOrders = map[string]sqldb.Order{
	"name":        {Columns: []string{"name_key", "id"}},
	"created_at":  {Columns: []string{"created_at", "id"}},
	"-created_at": {Columns: []string{"created_at", "id"}, Descending: true},
}

func (r accountRow) orderValue(column string) any {
	switch column {
	case "name_key":
		return r.NameKey
	case "created_at":
		return r.CreatedAt
	}
	return r.ID
}

// ServiceAccountPage implements service.Store.
func (s *Store) ServiceAccountPage(ctx context.Context, q listing.Query) (listing.Page[service.Account], error) {
	query, err := s.listed(ctx, q)
	if err != nil {
		return listing.Page[service.Account]{}, sqldb.Wrap(err, accountWord)
	}
	rows, err := sqldb.Page(query, q, accountOrders[q.Sort], accountWord, accountRow.orderValue)
	if err != nil {
		return listing.Page[service.Account]{}, err
	}
	page := listing.Map(rows, accountRow.account)
	if err := s.addTokens(ctx, page.Items); err != nil {
		return listing.Page[service.Account]{}, err
	}
	return page, s.addIdentities(ctx, page.Items)
}

// CountServiceAccounts implements service.Store.
func (s *Store) CountServiceAccounts(ctx context.Context, q listing.Query) (listing.Count, error) {
	query, err := s.listed(ctx, q)
	if err != nil {
		return listing.Count{}, sqldb.Wrap(err, accountWord)
	}
	return sqldb.Count(query)
}

func (s *Store) listed(ctx context.Context, q listing.Query) (*gorm.DB, error) {
	ended := 0
	if q.Filters[service.FilterEnded] == "true" {
		ended = 1
	}
	query := s.db.WithContext(ctx).Table("service_accounts").Where("ended = ?", ended)
	return sqldb.Matching(query, "service_accounts", wordsOf, q)
}

// addTokens reads the tokens of a page's accounts.
func (s *Store) addTokens(ctx context.Context, accounts []service.Account) error {
	if len(accounts) == 0 {
		return nil
	}
	at := map[string]*service.Account{}
	ids := make([]string, len(accounts))
	for i := range accounts {
		ids[i] = accounts[i].ID
		at[ids[i]] = &accounts[i]
	}
	rows, err := sqldb.Find[tokenRow](ctx, s.db.Where("account_id IN ?", ids).Order("created_at DESC, id DESC"))
	for _, r := range rows {
		at[r.AccountID].Tokens = append(at[r.AccountID].Tokens, r.token())
	}
	return sqldb.Wrap(err, "token")
}
