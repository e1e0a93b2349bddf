package consent

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/sealkeeper/sealkeeper/connector/ais"
	"github.com/sealkeeper/sealkeeper/fault"
)

// listAccounts asks the bank, and keeps the links of what it answers.
func (s *Service) listAccounts(ctx context.Context, b bank) ([]ais.Account, error) {
	accounts, err := b.client.AIS.Accounts(ctx, b.token)
	if err == nil {
		s.accounts.keep(b.consentID, accounts)
	}
	return accounts, err
}

// account finds an account by its resource id. Only the bank's list says what
// may be read of it and where; it is asked for when it has not been for a while.
func (s *Service) account(ctx context.Context, b bank, id string) (ais.Account, error) {
	accounts, ok := s.accounts.of(b.consentID)
	if !ok {
		var err error
		if accounts, err = s.listAccounts(ctx, b); err != nil {
			return ais.Account{}, err
		}
	}
	i := slices.IndexFunc(accounts, func(a ais.Account) bool { return a.ResourceID == id && id != "" })
	if i < 0 {
		return ais.Account{}, fault.New(fault.NotFound, "account_unknown",
			"This consent has no account with this resource id; list its accounts.")
	}
	return accounts[i], nil
}

// accountCache remembers for some minutes where the accounts of a consent are
// to be found, because banks count calls. It holds ids and links, no sums and no names.
type accountCache struct {
	now  func() time.Time
	mu   sync.Mutex
	kept map[string]keptAccounts
}

type keptAccounts struct {
	accounts []ais.Account
	until    time.Time
}

const (
	accountsLife = 10 * time.Minute
	accountsMost = 10_000
)

func (k *accountCache) keep(consentID string, accounts []ais.Account) {
	bare := make([]ais.Account, len(accounts))
	for i, a := range accounts {
		bare[i] = ais.Account{ResourceID: a.ResourceID, Links: a.Links}
		if a.Links["balances"].Href == "" {
			bare[i].Balances = a.Balances // the only way to them
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.kept == nil || len(k.kept) >= accountsMost {
		k.kept = map[string]keptAccounts{}
	}
	k.kept[consentID] = keptAccounts{bare, k.now().Add(accountsLife)}
}

func (k *accountCache) of(consentID string) ([]ais.Account, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	kept, ok := k.kept[consentID]
	if ok && !k.now().Before(kept.until) {
		delete(k.kept, consentID)
		return nil, false
	}
	return kept.accounts, ok
}

func (k *accountCache) forget(consentID string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.kept, consentID)
}
