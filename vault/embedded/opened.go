package embedded

import (
	"bytes"
	"crypto"
	"sync"
	"time"
)

// openKeys keeps keys that were opened a moment ago, as opening one takes as long as some
// signatures. A key is kept for as long as openedLife after it was opened, however often it is
// used, and only beside its sealed row: the row is read for every use, so that a key that was
// destroyed, or whose row was altered, is not found here. Whoever uses one was authorised, and
// recorded, by package vault before it asks.
type openKeys struct {
	mu   sync.Mutex
	keys map[string]openedKey // by id
}

type openedKey struct {
	sealed []byte
	signer crypto.Signer // hides the key
}

const (
	openedLife = 5 * time.Second
	openedMost = 64
)

// of returns the signer of a row, if its key was opened a moment ago.
func (o *openKeys) of(row Row) (crypto.Signer, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	kept, ok := o.keys[row.ID]
	if !ok || !bytes.Equal(kept.sealed, row.Sealed) {
		return nil, false
	}
	return kept.signer, true
}

// keep keeps the key of a row for a moment; beyond the bound, nothing is kept.
func (o *openKeys) keep(row Row, signer crypto.Signer) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, there := o.keys[row.ID]; there || len(o.keys) >= openedMost {
		return
	}
	if o.keys == nil {
		o.keys = map[string]openedKey{}
	}
	o.keys[row.ID] = openedKey{row.Sealed, signer}
	time.AfterFunc(openedLife, func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		delete(o.keys, row.ID)
	})
}
