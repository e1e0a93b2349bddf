package api

import (
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/vault"
)

// life is how a certificate came here, stands and ends.
type life struct {
	KeyMode   vault.KeyMode  `json:"key_mode"`
	Kept      *keptJSON      `json:"kept"`
	Line      lineJSON       `json:"line"`
	Retired   *retiredJSON   `json:"retired"`
	Destroyed *destroyedJSON `json:"destroyed"`
}

type keptJSON struct {
	Reason     string     `json:"reason"`
	By         string     `json:"by"`
	ApprovedBy string     `json:"approved_by"`
	ApprovedAt *time.Time `json:"approved_at"`
}

type lineJSON struct {
	ID      string           `json:"id"`
	Version int              `json:"version"`
	Change  vault.LineChange `json:"change"`
}

type retiredJSON struct {
	Reason string    `json:"reason"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
}

type destroyedJSON struct {
	By string    `json:"by"`
	At time.Time `json:"at"`
}

func lifeOf(r vault.Record) life {
	l := life{KeyMode: r.KeyMode, Line: lineJSON{r.Line.ID, r.Line.Version, r.Line.Change}}
	if r.KeyMode == vault.KeyStored {
		l.Kept = &keptJSON{Reason: r.Kept.Reason, By: r.Kept.By, ApprovedBy: r.Kept.ApprovedBy}
		if !r.Kept.ApprovedAt.IsZero() {
			l.Kept.ApprovedAt = &r.Kept.ApprovedAt
		}
	}
	if !r.Retired.At.IsZero() {
		l.Retired = &retiredJSON{r.Retired.Reason, r.Retired.By, r.Retired.At}
	}
	if !r.Destroyed.At.IsZero() {
		l.Destroyed = &destroyedJSON{r.Destroyed.By, r.Destroyed.At}
	}
	return l
}

func (a *API) certificateLine(r request[none]) ([]storedCertificate, error) {
	versions, err := a.Vault.Line(r.echo.Request().Context(), r.caller, r.echo.Param("id"))
	return each(versions, a.stored), err
}

// changed is a certificate after a change that may wait for a second person.
type changed struct {
	Done        bool              `json:"done"`
	Certificate storedCertificate `json:"certificate"`
}

func (a *API) changed(c echo.Context, done bool, err error) (changed, error) {
	if err != nil {
		return changed{}, err
	}
	r, err := a.Vault.Get(c.Request().Context(), callerOf(c), c.Param("id"))
	if err != nil {
		return changed{}, err
	}
	return changed{Done: done, Certificate: a.stored(r)}, nil
}

type retireInput struct {
	Reason string `json:"reason"`
}

func (a *API) retireCertificate(r request[retireInput]) (changed, error) {
	done, err := a.Vault.Retire(r.echo.Request().Context(), r.caller, r.echo.Param("id"), r.body.Reason)
	return a.changed(r.echo, done, err)
}

type destroyInput struct {
	Confirmation string `json:"confirmation"` // the first eight hex digits of the certificate's SHA-256
}

func (a *API) destroyCertificate(r request[destroyInput]) (changed, error) {
	done, err := a.Vault.Destroy(r.echo.Request().Context(), r.caller, r.echo.Param("id"), r.body.Confirmation)
	return a.changed(r.echo, done, err)
}

func (a *API) allowOnLive(r request[none]) (changed, error) {
	done, err := a.Vault.AllowOnLive(r.echo.Request().Context(), r.caller, r.echo.Param("id"))
	return a.changed(r.echo, done, err)
}

type releasedKey struct {
	PrivateKeyPEM string `json:"private_key_pem"`
	ChainPEM      string `json:"chain_pem"`
}

// releaseKey hands out a private key that is stored for that. No cache may keep the answer.
func (a *API) releaseKey(r request[none]) (releasedKey, error) {
	released, err := a.Vault.ReleaseKey(r.echo.Request().Context(), r.caller, r.echo.Param("id"))
	if err != nil {
		return releasedKey{}, err
	}
	defer released.KeyPEM.Wipe()
	r.echo.Response().Header().Set(echo.HeaderCacheControl, "no-store")
	return releasedKey{PrivateKeyPEM: released.KeyPEM.Reveal(), ChainPEM: released.ChainPEM}, nil
}
