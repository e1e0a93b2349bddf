package sds

import (
	"sync"

	"github.com/sealkeeper/sealkeeper/client/source"
)

// entry is what can be handed out of one registration.
type entry struct {
	source *source.Source
	poke   chan struct{} // of one: somebody asks for the key

	mu          sync.Mutex
	wanted      int // streams that ask for the key
	certificate answer
	trust       answer
	problem     error // why what is handed out is not the newest
}

// answer is what a name stands for at a moment.
type answer struct {
	handed  *handed
	err     error // why there is none
	reading bool  // it is not known yet
}

// get is what the entry has now.
func (e *entry) get(trust bool) answer {
	e.mu.Lock()
	defer e.mu.Unlock()
	if trust {
		return e.trust
	}
	return e.certificate
}

// want says that a stream asks for the key, and from when on it does not. A key is exported only while one does.
func (e *entry) want(by int) {
	e.mu.Lock()
	e.wanted += by
	e.mu.Unlock()
	if by > 0 {
		select {
		case e.poke <- struct{}{}:
		default:
		}
	}
}
