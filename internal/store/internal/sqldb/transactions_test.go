package sqldb_test

import (
	"errors"
	"sync"
	"testing"

	"gorm.io/driver/postgres"
	"gorm.io/gorm"

	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
)

// Of two transactions that each want what the other holds, PostgreSQL undoes one. It is made once more, and nobody
// is told.
func TestUndoneTransactionsAreMadeAgain(t *testing.T) {
	_, address := storetest.Postgres(t)
	db, err := gorm.Open(postgres.Open(address), &gorm.Config{})
	check(t, err)
	check(t, db.Exec("CREATE TABLE counted (id TEXT PRIMARY KEY, n INTEGER NOT NULL)").Error)
	check(t, db.Exec("INSERT INTO counted VALUES ('a', 0), ('b', 0)").Error)

	var bothHold sync.WaitGroup
	bothHold.Add(2)
	tries := make(chan string, 8)
	crossing := func(first, second string) error {
		once := sync.OnceFunc(func() { bothHold.Done(); bothHold.Wait() })
		return sqldb.Transaction(t.Context(), db, "count", func(tx *gorm.DB) error {
			tries <- first
			const more = "UPDATE counted SET n = n + 1 WHERE id = ?"
			if err := tx.Exec(more, first).Error; err != nil {
				return err
			}
			once()
			return tx.Exec(more, second).Error
		})
	}
	var failed [2]error
	var both sync.WaitGroup
	both.Go(func() { failed[0] = crossing("a", "b") })
	both.Go(func() { failed[1] = crossing("b", "a") })
	both.Wait()
	check(t, errors.Join(failed[:]...))
	if len(tries) < 3 {
		t.Errorf("%d tries: nothing was undone", len(tries))
	}
	var counts []int
	check(t, db.Raw("SELECT n FROM counted").Scan(&counts).Error)
	if len(counts) != 2 || counts[0] != 2 || counts[1] != 2 {
		t.Errorf("counted %v", counts)
	}
}
