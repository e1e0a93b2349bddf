package vault

import (
	"context"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/uid"
	"github.com/sealkeeper/sealkeeper/secret"
)

// PutCredentials stores a client id with its secret and returns the reference
// under which Credentials finds them. Every call makes a new reference:
// a bundle version keeps the credentials it was made with.
func (v *Vault) PutCredentials(
	ctx context.Context, caller access.Caller, clientID string, clientSecret secret.Text,
) (string, error) {
	ref := uid.New()
	if err := v.cfg.Audit.Authorize(ctx, caller, access.SecretPut, ref); err != nil {
		return "", err
	}
	doc := map[string]string{"type": typeCredentials, "client_id": clientID, "client_secret": clientSecret.Reveal()}
	_, err := v.cfg.Custody.Put(ctx, ref, doc, 0)
	return ref, v.cfg.Audit.Finish(ctx, caller, access.SecretPut, ref, "client id "+clientID, err)
}

// Credentials returns the client id and secret stored under ref.
func (v *Vault) Credentials(
	ctx context.Context, caller access.Caller, ref string,
) (clientID string, clientSecret secret.Text, err error) {
	if err := v.cfg.Audit.Authorize(ctx, caller, access.SecretUse, ref); err != nil {
		return "", secret.Text{}, err
	}
	doc, _, err := v.cfg.Custody.Get(ctx, ref)
	if err == nil && doc["type"] != typeCredentials {
		err = fault.New(fault.NotFound, "credentials_unknown", "There are no client credentials under this reference.")
	}
	if err := v.cfg.Audit.Finish(ctx, caller, access.SecretUse, ref, "", err); err != nil {
		return "", secret.Text{}, err
	}
	return doc["client_id"], secret.NewTextString(doc["client_secret"]), nil
}
