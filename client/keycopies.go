package client

import (
	"context"
	"net/http"

	"github.com/sealkeeper/sealkeeper/types/api"
)

// KeyCopyFilter selects copies of private keys; a search is for words of the holder, an empty field selects all.
type KeyCopyFilter struct {
	Listing
	Certificate string // id of one of the key's certificates
	Kind        string // person, service, provider, backup or machine
	Ended       string // "true": destroyed; "false": those that may still be there
}

// ListKeyCopies returns a page of the copies, the newest first, each with the certificates that it belongs to: what is
// affected if a holder is breached.
func (c *Client) ListKeyCopies(ctx context.Context, f KeyCopyFilter) (api.Page[api.KeyCopy], error) {
	return get[api.Page[api.KeyCopy]](ctx, c,
		f.on(path("key-copies"), "certificate", f.Certificate, "kind", f.Kind, "ended", f.Ended))
}

// GetKeyCopies returns where copies of a certificate's private key may be.
func (c *Client) GetKeyCopies(ctx context.Context, id string) (api.KeyCopies, error) {
	return get[api.KeyCopies](ctx, c, path("certificates", id, "key-copies"))
}

// DeclareKeyCopy records that somebody holds a copy of a certificate's private key.
func (c *Client) DeclareKeyCopy(ctx context.Context, id string, in api.NewKeyCopy) (api.KeyCopy, error) {
	return send[api.KeyCopy](ctx, c, http.MethodPost, path("certificates", id, "key-copies"), in)
}

// EndKeyCopy records that a copy was destroyed.
func (c *Client) EndKeyCopy(ctx context.Context, id string, in api.EndKeyCopy) (api.KeyCopy, error) {
	return send[api.KeyCopy](ctx, c, http.MethodPost, path("key-copies", id, "end"), in)
}
