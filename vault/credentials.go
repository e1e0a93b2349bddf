package vault

import (
	"context"
	"errors"
	"maps"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/internal/uid"
	"github.com/sealkeeper/sealkeeper/secret"
)

// PutCredentials stores a client id with its secret and returns the reference
// under which Credentials finds them. Every call makes a new reference:
// a bundle version keeps the credentials it was made with. The audit entry does not repeat the
// client id: a secret pasted into its field would stay in the log for good.
func (v *Vault) PutCredentials(
	ctx context.Context, caller access.Caller, clientID string, clientSecret secret.Text,
) (string, error) {
	ref := uid.New()
	return ref, v.PutCredentialsAs(ctx, caller, ref, clientID, clientSecret)
}

// PutCredentialsAs is PutCredentials under a reference that the caller has made. It may be repeated: only other
// credentials under the reference are a Conflict.
func (v *Vault) PutCredentialsAs(
	ctx context.Context, caller access.Caller, ref, clientID string, clientSecret secret.Text,
) error {
	return v.cfg.Audit.Do(ctx, caller, access.SecretPut, ref, func() (note.Note, error) {
		doc := map[string]string{"type": typeCredentials, "client_id": clientID, "client_secret": clientSecret.Reveal()}
		_, err := v.cfg.Custody.Put(ctx, ref, doc, 0)
		if errors.Is(err, fault.Conflict) {
			if there, _, read := v.cfg.Custody.Get(ctx, ref); read == nil && maps.Equal(there, doc) {
				err = nil // written before, by somebody who did not hear of it
			}
		}
		return note.Note{}, err
	})
}

// Credentials returns the client id and secret stored under ref.
func (v *Vault) Credentials(
	ctx context.Context, caller access.Caller, ref string,
) (clientID string, clientSecret secret.Text, err error) {
	var doc map[string]string
	err = v.cfg.Audit.Do(ctx, caller, access.SecretUse, ref, func() (_ note.Note, err error) {
		doc, _, err = v.cfg.Custody.Get(ctx, ref)
		if err == nil && doc["type"] != typeCredentials {
			err = fault.New(fault.NotFound, "credentials_unknown",
				"There are no client credentials under this reference.")
		}
		return note.Note{}, err
	})
	if err != nil {
		return "", secret.Text{}, err
	}
	return doc["client_id"], secret.NewTextString(doc["client_secret"]), nil
}

// DestroyCredentials removes the client id and secret stored under ref for good. It is no error if there are none.
func (v *Vault) DestroyCredentials(ctx context.Context, caller access.Caller, ref string) error {
	return v.cfg.Audit.Do(ctx, caller, access.SecretDestroy, ref, func() (note.Note, error) {
		doc, _, err := v.cfg.Custody.Get(ctx, ref)
		switch {
		case errors.Is(err, fault.NotFound):
			return note.Note{}, nil
		case err == nil && doc["type"] != typeCredentials:
			err = fault.New(fault.NotFound, "credentials_unknown",
				"There are no client credentials under this reference.")
		}
		if err != nil {
			return note.Note{}, err
		}
		return note.Note{}, v.cfg.Custody.Delete(ctx, ref)
	})
}
