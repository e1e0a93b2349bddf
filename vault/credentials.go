package vault

import (
	"context"
	"errors"
	"maps"
	"strings"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/internal/uid"
	"github.com/sealkeeper/sealkeeper/secret"
)

// furtherPrefix is before the names of further credentials in a document.
const furtherPrefix = "further."

// RenewCredentials stores a client id with its secret, and with what else the bank gives that is secret, by its id. It
// returns the reference under which Credentials finds them: a new one each time, as a version of a bundle keeps the
// credentials that it was made with. What is not given stays what it is under the former reference, if there is one;
// kept are the ids of what else there is now. The audit entry does not repeat the client id: a secret pasted into its
// field would stay in the log for good.
func (v *Vault) RenewCredentials(
	ctx context.Context, caller access.Caller, former, clientID string, clientSecret secret.Text,
	further map[string]secret.Text,
) (ref string, kept []string, err error) {
	ref = uid.New()
	err = v.cfg.Audit.Do(ctx, caller, access.SecretPut, ref, func() (note.Note, error) {
		doc := map[string]string{"type": typeCredentials}
		if former != "" {
			there, _, err := v.cfg.Custody.Get(ctx, former)
			if errors.Is(err, fault.NotFound) && !clientSecret.Empty() { // lost: a new one is what helps
				there, err = map[string]string{"type": typeCredentials}, nil
			}
			if err == nil && there["type"] != typeCredentials {
				err = credentialsUnknown()
			}
			if err != nil {
				return note.Note{}, err
			}
			maps.Copy(doc, there)
		}
		doc["client_id"] = clientID
		if !clientSecret.Empty() || former == "" {
			doc["client_secret"] = clientSecret.Reveal()
		}
		for id, value := range further {
			doc[furtherPrefix+id] = value.Reveal()
		}
		for name := range doc {
			if id, ok := strings.CutPrefix(name, furtherPrefix); ok {
				kept = append(kept, id)
			}
		}
		_, err := v.cfg.Custody.Put(ctx, ref, doc, 0)
		return note.Note{}, err
	})
	return ref, kept, err
}

func credentialsUnknown() error {
	return fault.New(fault.NotFound, "credentials_unknown",
		"There are no client credentials under this reference.")
}

// PutCredentialsAs stores a client id with its secret under a reference that the caller has made. It may be repeated:
// only other credentials under the reference are a Conflict.
func (v *Vault) PutCredentialsAs(
	ctx context.Context, caller access.Caller, ref, clientID string, clientSecret secret.Text,
	further map[string]secret.Text,
) error {
	return v.cfg.Audit.Do(ctx, caller, access.SecretPut, ref, func() (note.Note, error) {
		doc := map[string]string{"type": typeCredentials, "client_id": clientID, "client_secret": clientSecret.Reveal()}
		for id, value := range further {
			doc[furtherPrefix+id] = value.Reveal()
		}
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
	clientID, clientSecret, _, err = v.AllCredentials(ctx, caller, ref)
	return clientID, clientSecret, err
}

// AllCredentials is Credentials with what else of the bank's is secret, by its id.
func (v *Vault) AllCredentials(
	ctx context.Context, caller access.Caller, ref string,
) (clientID string, clientSecret secret.Text, further map[string]secret.Text, err error) {
	var doc map[string]string
	err = v.cfg.Audit.Do(ctx, caller, access.SecretUse, ref, func() (_ note.Note, err error) {
		doc, _, err = v.cfg.Custody.Get(ctx, ref)
		if err == nil && doc["type"] != typeCredentials {
			err = credentialsUnknown()
		}
		return note.Note{}, err
	})
	if err != nil {
		return "", secret.Text{}, nil, err
	}
	further = map[string]secret.Text{}
	for name, value := range doc {
		if id, ok := strings.CutPrefix(name, furtherPrefix); ok {
			further[id] = secret.NewTextString(value)
		}
	}
	return doc["client_id"], secret.NewTextString(doc["client_secret"]), further, nil
}

// DestroyCredentials removes the client id and secret stored under ref for good. It is no error if there are none.
func (v *Vault) DestroyCredentials(ctx context.Context, caller access.Caller, ref string) error {
	return v.cfg.Audit.Do(ctx, caller, access.SecretDestroy, ref, func() (note.Note, error) {
		doc, _, err := v.cfg.Custody.Get(ctx, ref)
		switch {
		case errors.Is(err, fault.NotFound):
			return note.Note{}, nil
		case err == nil && doc["type"] != typeCredentials:
			err = credentialsUnknown()
		}
		if err != nil {
			return note.Note{}, err
		}
		return note.Note{}, v.cfg.Custody.Delete(ctx, ref)
	})
}
