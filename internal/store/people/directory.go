package people

import (
	"context"
	"strings"
	"time"
	"unicode"

	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
)

// wordsOf is the kind of the words by which people are found.
const wordsOf = "user"

// addUser writes a user with the words by which they are found.
func addUser(ctx context.Context, tx *gorm.DB, u identity.User) error {
	row := rowOf(u)
	row.NameKey, row.NameFold = listing.SortKey(u.Name), folded(u.Name)
	if err := sqldb.Create(ctx, tx, row); err != nil {
		return err
	}
	return sqldb.SetWords(tx, wordsOf, u.ID, u.ID, u.Name)
}

// folded is the same text for texts that differ by the case of letters alone, as [strings.EqualFold] has it.
func folded(text string) string {
	return strings.Map(func(r rune) rune {
		least := r
		for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
			least = min(least, other)
		}
		return least
	}, text)
}

// userOrders are the orders of identity.PeopleListed.
var userOrders = map[string]sqldb.Order{
	"name":        {Columns: []string{"name_key", "id"}},
	"created_at":  {Columns: []string{"created_at", "id"}},
	"-created_at": {Columns: []string{"created_at", "id"}, Descending: true},
}

func (r userRow) orderValue(column string) any {
	switch column {
	case "name_key":
		return r.NameKey
	case "created_at":
		return r.CreatedAt
	}
	return r.ID
}

// UserPage implements identity.Directory.
func (s *Store) UserPage(
	ctx context.Context, q listing.Query, at time.Time,
) (page listing.Page[identity.Listed], err error) {
	query := s.db.WithContext(ctx).Table("users")
	switch q.Filters[identity.FilterDisabled] {
	case "true":
		query = query.Where("disabled_at > 0")
	case "false":
		query = query.Where("disabled_at = 0")
	}
	if query, err = sqldb.Matching(query, "users", wordsOf, q); err != nil {
		return page, sqldb.Wrap(err, "user")
	}
	rows, err := sqldb.Page(query, q, userOrders[q.Sort], "user", userRow.orderValue)
	if err != nil {
		return page, err
	}
	users, err := withGrants(ctx, s.db, listing.Map(rows, userRow.user).Items...)
	if err != nil {
		return page, sqldb.Wrap(err, "user")
	}
	ids := make([]string, len(users))
	for i, u := range users {
		ids[i] = u.ID
	}
	keys, err := counted(s.db.WithContext(ctx).Table("passkeys"), ids)
	if err != nil {
		return page, err
	}
	sessions, err := counted(s.db.WithContext(ctx).Table("console_sessions").
		Where("seen_at > ? AND began_at > ?", sqldb.Micros(at.Add(-identity.SessionIdle)),
			sqldb.Micros(at.Add(-identity.SessionLongest))), ids)
	i := 0
	return listing.Map(rows, func(r userRow) identity.Listed {
		u := users[i]
		i++
		return identity.Listed{User: u, Passkeys: keys[r.ID], Sessions: sessions[r.ID]}
	}), err
}

// counted counts the rows of a query that users have.
func counted(query *gorm.DB, ids []string) (map[string]int, error) {
	var rows []struct {
		UserID string
		N      int
	}
	err := query.Select("user_id, count(*) AS n").Where("user_id IN ?", ids).Group("user_id").Scan(&rows).Error
	n := map[string]int{}
	for _, r := range rows {
		n[r.UserID] = r.N
	}
	return n, sqldb.Wrap(err, "user")
}

// UserCalled implements identity.Directory.
func (s *Store) UserCalled(ctx context.Context, name string) (identity.User, error) {
	row, err := sqldb.First[userRow](ctx, s.db.Where("name_fold = ?", folded(name)))
	if err != nil {
		return identity.User{}, sqldb.Wrap(err, "user")
	}
	return row.user(), nil
}

// AnyUser implements identity.Directory.
func (s *Store) AnyUser(ctx context.Context) (bool, error) {
	var found []string
	err := s.db.WithContext(ctx).Table("users").Limit(1).Pluck("id", &found).Error
	return len(found) > 0, sqldb.Wrap(err, "user")
}

// GrantsEnding implements identity.Directory.
func (s *Store) GrantsEnding(
	ctx context.Context, from, until time.Time, most int,
) ([]identity.EndingGrant, error) {
	var rows []struct {
		Grant grantRow `gorm:"embedded"`
		Name  string
	}
	err := s.db.WithContext(ctx).Table("role_grants").Select("role_grants.*, users.name AS name").
		Joins("JOIN users ON users.id = role_grants.user_id AND users.disabled_at = 0").
		Where("ends_at > 0 AND ends_at > ? AND ends_at < ?", sqldb.Micros(from), sqldb.Micros(until)).
		Order("ends_at, role_grants.id").Limit(most).Scan(&rows).Error
	ending := make([]identity.EndingGrant, len(rows))
	for i, r := range rows {
		ending[i] = identity.EndingGrant{UserID: r.Grant.UserID, UserName: r.Name, Grant: r.Grant.grant()}
	}
	return ending, sqldb.Wrap(err, "grant")
}
