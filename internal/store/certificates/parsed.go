package certificates

import (
	"container/list"
	"crypto/sha256"
	"sync"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/vault"
)

// parseCache keeps parsed certificates, which are never changed, by the hash of their text: whatever
// another replica writes, what is found is what the row says. The least recently used go first.
type parseCache struct {
	most int // bytes
	mu   sync.Mutex
	held int
	used *list.List // of *parsedChain, the most recently used first
	by   map[[sha256.Size]byte]*list.Element
}

type parsedChain struct {
	text  [sha256.Size]byte
	bytes int
	leaf  *certs.Certificate
	chain []*certs.Certificate
}

const (
	// parsedMost bounds what is kept: about a thousand certificates with their chains.
	parsedMost = 24 << 20
	// parsedSize is how many times as large as its text a parsed chain is, as measured.
	parsedSize = 6
)

func newParsed(most int) *parseCache {
	return &parseCache{most: most, used: list.New(), by: map[[sha256.Size]byte]*list.Element{}}
}

// parse is vault.ParseChainPEM.
func (p *parseCache) parse(text string) (*certs.Certificate, []*certs.Certificate, error) {
	sum := sha256.Sum256([]byte(text))
	p.mu.Lock()
	if at, ok := p.by[sum]; ok {
		p.used.MoveToFront(at)
		found := at.Value.(*parsedChain) //nolint:forcetypeassert // nothing else is put there
		p.mu.Unlock()
		return found.leaf, found.chain, nil
	}
	p.mu.Unlock()
	leaf, chain, err := vault.ParseChainPEM(text)
	if err != nil {
		return nil, nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, ok := p.by[sum]; ok {
		return leaf, chain, nil
	}
	made := &parsedChain{text: sum, bytes: parsedSize * len(text), leaf: leaf, chain: chain}
	p.by[sum] = p.used.PushFront(made)
	for p.held += made.bytes; p.held > p.most; {
		oldest := p.used.Remove(p.used.Back()).(*parsedChain) //nolint:forcetypeassert // as above
		delete(p.by, oldest.text)
		p.held -= oldest.bytes
	}
	return leaf, chain, nil
}
