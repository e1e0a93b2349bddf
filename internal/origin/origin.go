// Package origin answers one question: which request is this done for? Log lines and audit
// entries name it, the address of its client and who has signed in. What a caller may do
// is never read from it.
package origin

import (
	"context"
	"sync/atomic"

	"github.com/sealkeeper/sealkeeper/internal/uid"
)

// Origin is where a request comes from. The zero Origin is the program itself.
type Origin struct {
	Address string // of the client
	Request string // id of the request; made here, because a client could give a false one
	user    *atomic.Pointer[string]
}

type key struct{}

// Begin notes that what is done with the context is done for a new request.
func Begin(ctx context.Context, address string) context.Context {
	return context.WithValue(ctx, key{}, Origin{
		Address: address,
		Request: uid.New(),
		user:    &atomic.Pointer[string]{},
	})
}

// Of is the request that the context belongs to.
func Of(ctx context.Context) Origin {
	o, _ := ctx.Value(key{}).(Origin)
	return o
}

// String is the address and the id of the request, "" for the program itself.
func (o Origin) String() string {
	if o.Request == "" {
		return ""
	}
	return o.Address + " " + o.Request
}

// SignedIn notes whose request it is, for the log.
func (o Origin) SignedIn(name string) {
	if o.user != nil {
		o.user.Store(&name)
	}
}

// User is the name of who has signed in, "" for nobody.
func (o Origin) User() string {
	if o.user == nil {
		return ""
	}
	if name := o.user.Load(); name != nil {
		return *name
	}
	return ""
}
