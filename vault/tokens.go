package vault

import (
	"context"
	"errors"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/secret"
)

// Tokens are the tokens of one customer's consent. The document in custody is
// authoritative; the database only notes what is in it.
type Tokens struct {
	Verifier secret.Text // PKCE, until the code is exchanged
	Access   secret.Text
	Refresh  secret.Text
	Scope    string // as granted

	AccessExpiresAt  time.Time
	RefreshExpiresAt time.Time // zero when it is not known
	Version          int       // of the document; 0: there is none
}

const typeTokens = "tokens"

// PutTokens writes the tokens of a consent under its id if the document still
// has version t.Version, and returns them with the new version; otherwise Conflict.
func (v *Vault) PutTokens(ctx context.Context, caller access.Caller, id string, t Tokens) (Tokens, error) {
	err := v.cfg.Audit.Do(ctx, caller, access.TokensUse, id, func() (_ note.Note, err error) {
		t, err = v.putTokens(ctx, id, t)
		return note.New("tokens_stored", "stored"), err
	})
	return t, err
}

func (v *Vault) putTokens(ctx context.Context, id string, t Tokens) (Tokens, error) {
	version, err := v.cfg.Custody.Put(ctx, id, t.document(), t.Version)
	t.Version = version
	return t, err
}

// Tokens returns the tokens of a consent.
func (v *Vault) Tokens(ctx context.Context, caller access.Caller, id string) (Tokens, error) {
	var t Tokens
	err := v.cfg.Audit.Do(ctx, caller, access.TokensUse, id, func() (_ note.Note, err error) {
		t, err = v.tokens(ctx, id)
		return note.Note{}, err
	})
	return t, err
}

// TokensWithin is Tokens for an act on the consent that was authorised and recorded already, and
// whose end will be: it has no entries of its own, but for a refusal.
func (v *Vault) TokensWithin(ctx context.Context, caller access.Caller, id string) (Tokens, error) {
	if err := v.cfg.Audit.Permit(ctx, caller, access.TokensUse, id); err != nil {
		return Tokens{}, err
	}
	return v.tokens(ctx, id)
}

// RenewTokens gives the tokens of a consent to renew, and stores what that returns
// before anybody can use it. If renew returns what it was given, nothing is written.
func (v *Vault) RenewTokens(
	ctx context.Context, caller access.Caller, id string, renew func(Tokens) (Tokens, error),
) (Tokens, error) {
	var t Tokens
	err := v.cfg.Audit.Do(ctx, caller, access.TokensUse, id, func() (_ note.Note, err error) {
		t, err = v.renewTokens(ctx, id, renew)
		return note.New("tokens_renewed", "renewed"), err
	})
	return t, err
}

func (v *Vault) renewTokens(ctx context.Context, id string, renew func(Tokens) (Tokens, error)) (Tokens, error) {
	old, err := v.tokens(ctx, id)
	if err != nil {
		return Tokens{}, err
	}
	renewed, err := renew(old)
	if err != nil || renewed == old {
		return renewed, err
	}
	renewed.Version = old.Version
	return v.keep(ctx, id, renewed)
}

// keep retries, because the bank no longer accepts the old tokens and the new ones
// exist nowhere else yet. It continues even if the caller has gone.
func (v *Vault) keep(ctx context.Context, id string, t Tokens) (Tokens, error) {
	ctx = context.WithoutCancel(ctx)
	for wait := 250 * time.Millisecond; ; wait *= 2 {
		kept, err := v.putTokens(ctx, id, t)
		if err == nil || !errors.Is(err, fault.Unavailable) || wait > maxKeepWait {
			return kept, err
		}
		time.Sleep(wait)
	}
}

// maxKeepWait is the longest pause before the last try: about four seconds in all.
const maxKeepWait = 2 * time.Second

// DropTokens removes the tokens of a consent for good.
func (v *Vault) DropTokens(ctx context.Context, caller access.Caller, id string) error {
	return v.cfg.Audit.Do(ctx, caller, access.TokensDrop, id, func() (note.Note, error) {
		return note.Note{}, v.dropTokens(ctx, id)
	})
}

// dropTokens checks the type first, so that it deletes no other document.
func (v *Vault) dropTokens(ctx context.Context, id string) error {
	_, err := v.tokens(ctx, id)
	if errors.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return v.cfg.Custody.Delete(ctx, id)
}

func (v *Vault) tokens(ctx context.Context, id string) (Tokens, error) {
	doc, version, err := v.cfg.Custody.Get(ctx, id)
	if err != nil {
		return Tokens{}, err
	}
	if doc["type"] != typeTokens {
		return Tokens{}, fault.New(fault.NotFound, "tokens_unknown", "There are no tokens under this reference.")
	}
	return Tokens{
		Verifier:         secret.NewTextString(doc["verifier"]),
		Access:           secret.NewTextString(doc["access"]),
		Refresh:          secret.NewTextString(doc["refresh"]),
		Scope:            doc["scope"],
		AccessExpiresAt:  readTime(doc["access_expires_at"]),
		RefreshExpiresAt: readTime(doc["refresh_expires_at"]),
		Version:          version,
	}, nil
}

func (t Tokens) document() map[string]string {
	return map[string]string{
		"type":               typeTokens,
		"verifier":           t.Verifier.Reveal(),
		"access":             t.Access.Reveal(),
		"refresh":            t.Refresh.Reveal(),
		"scope":              t.Scope,
		"access_expires_at":  writeTime(t.AccessExpiresAt),
		"refresh_expires_at": writeTime(t.RefreshExpiresAt),
	}
}

func writeTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// readTime gives the zero time for what is no time: nothing is known then.
func readTime(text string) time.Time {
	t, _ := time.Parse(time.RFC3339Nano, text)
	return t
}
