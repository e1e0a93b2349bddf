package embedded_test

import (
	"testing"

	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/vault/embedded"
	"github.com/sealkeeper/sealkeeper/vault/vaulttest"
)

// TestContractOverStore holds custody to the contract in the databases it is
// really kept in.
func TestContractOverStore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		vaulttest.TestCustody(t, func(t *testing.T) vault.Custody {
			custody, err := embedded.Open(t.Context(), db.CustodyRows(), newMaster(t))
			if err != nil {
				t.Fatal(err)
			}
			return custody
		})
	})
}
