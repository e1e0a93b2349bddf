package vault

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"

	signednote "golang.org/x/mod/sumdb/note"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/note"
)

// headKeyID is the id of the document that holds the key for heads of the audit log, and typeHeadKey its type.
const (
	headKeyID   = "audit-head"
	typeHeadKey = "audit-head"
)

// SignNote implements audit.Signer. The key is Ed25519, made in custody's document the first time.
func (v *Vault) SignNote(
	ctx context.Context, caller access.Caller, action access.Action, object, text string, says note.Note,
) (signed audit.SignedNote, err error) {
	err = v.cfg.Audit.Do(ctx, caller, action, object, func() (note.Note, error) {
		doc, err := v.headKey(ctx)
		if err != nil {
			return note.Note{}, err
		}
		signer, err := signednote.NewSigner(doc["key"])
		if err != nil || doc["type"] != typeHeadKey || !strings.HasPrefix(doc["public"], audit.HeadName+"+") {
			return note.Note{}, fault.Wrap(err, fault.Internal, "head_key_damaged",
				"The key for heads of the audit log cannot be read; restore custody from a backup.")
		}
		signed, err = audit.SignNote(text, signer, doc["public"])
		return says, err
	})
	return signed, err
}

// headKey opens the key's document, and makes it if there is none.
func (v *Vault) headKey(ctx context.Context) (map[string]string, error) {
	doc, _, err := v.cfg.Custody.Get(ctx, headKeyID)
	if !errors.Is(err, fault.NotFound) {
		return doc, err
	}
	key, public, err := signednote.GenerateKey(rand.Reader, audit.HeadName)
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "head_key", "The key for heads of the audit log could not be made.")
	}
	doc = map[string]string{"type": typeHeadKey, "key": key, "public": public}
	_, err = v.cfg.Custody.Put(ctx, headKeyID, doc, 0)
	if errors.Is(err, fault.Conflict) { // another process was first
		doc, _, err = v.cfg.Custody.Get(ctx, headKeyID)
	}
	return doc, err
}
