package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/secret"
)

var at = time.Date(2027, 1, 23, 10, 30, 0, 123456000, time.UTC)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func mustBe(t *testing.T, err error, kind fault.Kind) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Fatalf("got %v, want an error of kind %s", err, kind)
	}
}

func TestMigrateTwice(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		must(t, db.Migrate(t.Context()))
		must(t, db.Health(t.Context()))
	})
}

func TestOpenRefusesOtherAddresses(t *testing.T) {
	_, err := store.Open(t.Context(), secret.NewTextString("mysql://root@localhost/x"))
	mustBe(t, err, fault.Invalid)
}

// What nobody came back for goes when the next one is added.
