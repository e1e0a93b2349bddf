package api

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/connector/signature"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/banktoken"
	"github.com/sealkeeper/sealkeeper/internal/keyfile"
	"github.com/sealkeeper/sealkeeper/internal/tlsconfig"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/types/api"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/web/problem"
)

// taggedBody is a JSON body with its entity tag.
type taggedBody struct {
	body []byte
	etag string
}

func tag(value any) (taggedBody, error) {
	body, err := json.Marshal(value)
	sum := sha256.Sum256(body)
	return taggedBody{body, `"` + hex.EncodeToString(sum[:16]) + `"`}, err
}

// answerTagged answers with the body, or 304 if the caller has it. A client may keep it, and asks each time whether it
// is still right.
func answerTagged(c echo.Context, t taggedBody) error {
	h := c.Response().Header()
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Vary", "Authorization")
	h["Etag"] = []string{t.etag} // as net/http spells it
	if matches(c.Request().Header.Values("If-None-Match"), t.etag) {
		return unchanged(c)
	}
	h.Set(echo.HeaderContentLength, strconv.Itoa(len(t.body))) // without it, more than 2 kB go out in chunks
	return c.JSONBlob(http.StatusOK, t.body)
}

// unchanging are the headers that an answer without what was asked for has, as net/http spells them. The others say
// what may be done with a body, and came with it (RFC 9110 section 15.4.5).
var unchanging = []string{
	"Cache-Control", "Etag", "Vary", echo.HeaderXRequestID, http.CanonicalHeaderKey(problem.HeaderRateLimit),
	http.CanonicalHeaderKey(problem.HeaderRateLimitPolicy),
}

func unchanged(c echo.Context) error {
	h := c.Response().Header()
	for name := range h {
		if !slices.Contains(unchanging, name) {
			delete(h, name)
		}
	}
	return c.NoContent(http.StatusNotModified)
}

// matches compares entity tags as If-None-Match does (RFC 9110 section 13.1.2): weakly.
func matches(sent []string, etag string) bool {
	for _, list := range sent {
		for one := range strings.SplitSeq(list, ",") {
			one = strings.TrimPrefix(strings.TrimSpace(one), "W/")
			if one == "*" || one == etag {
				return true
			}
		}
	}
	return false
}

func (a *API) listTLS(c echo.Context) error {
	ctx, caller := c.Request().Context(), callerOf(c)
	if err := a.Feed.CatchUp(ctx); err != nil { // first: what changes from here on is after the cursor
		return err
	}
	out := api.TLSRegistrations{Registrations: []api.TLSRegistration{}, Cursor: a.Feed.Position().String()}
	if caller.Grant != nil { // what the account may do was looked up before that
		var err error
		if caller, err = a.confirmed(ctx, heldBy(c)); err != nil {
			return err
		}
	}
	all, err := a.TLS.List(ctx, caller)
	if err != nil {
		return err
	}
	for _, l := range all {
		v := l.View
		row := api.TLSRegistration{
			RegistrationID: v.Registration.ID,
			ApplicationID:  v.Application.ID,
			Application:    v.Application.Name,
			InstitutionID:  v.Institution.ID,
			Institution:    v.Institution.Name,
			Environment:    string(v.Institution.Environment),
			Purposes:       purposesOf(caller.Grant.Purposes),
			Ready:          v.Ready(),
			NotAfter:       moment(l.NotAfter),
			Blockers:       each(v.InUse, func(b registration.Blocker) string { return b.Code }),
		}
		if active := v.Active(); active != nil {
			row.Version = active.Version
		}
		out.Registrations = append(out.Registrations, row)
	}
	t, err := tag(out)
	if err != nil {
		return err
	}
	return answerTagged(c, t)
}

func (a *API) lookUpTLS(c echo.Context) error {
	id, err := a.TLS.LookUp(c.Request().Context(), callerOf(c), c.QueryParam("application"),
		c.QueryParam("institution"))
	if err != nil {
		return err
	}
	return a.answerTLS(c, id)
}

func (a *API) getTLS(c echo.Context) error { return a.answerTLS(c, c.Param("registration")) }

func (a *API) answerTLS(c echo.Context, registrationID string) error {
	caller := callerOf(c)
	configuration, err := a.TLS.Get(c.Request().Context(), caller, registrationID)
	if err != nil {
		return err
	}
	purposes := make([]string, 0, len(access.Purposes))
	for _, p := range caller.Grant.Purposes {
		purposes = append(purposes, string(p))
	}
	text, err := configuration.Text(strings.Join(purposes, " "), func() (any, error) {
		return tag(configurationOf(configuration, caller.Grant))
	})
	if err != nil {
		return err
	}
	return answerTagged(c, text.(taggedBody)) //nolint:forcetypeassert // made above
}

func configurationOf(c *tlsconfig.Configuration, grant *access.Grant) api.TLSConfiguration {
	v, id := c.View, c.View.Registration.ID
	export := ""
	if grant.Has(access.Export) {
		export = "/v1/tls/" + id + "/export"
	}
	out := api.TLSConfiguration{
		RegistrationID: id,
		ApplicationID:  v.Application.ID,
		Application:    v.Application.Name,
		InstitutionID:  v.Institution.ID,
		Institution:    v.Institution.Name,
		Environment:    string(v.Institution.Environment),
		Purposes:       purposesOf(grant.Purposes),
		Version:        c.Bundle.Version,
		ActivatedAt:    c.Bundle.ActivatedAt,
		NotAfter:       c.NotAfter(),
		Transport:      certificateTLS(c.QWAC, c.QWAC.Schemes(), "/v1/tls/"+id+"/handshakes", export),
		TrustAnchors:   append([]string{}, c.Profile.Connection.TrustAnchors...),
		SystemRoots:    c.Profile.Connection.SystemRoots || len(c.Profile.Connection.TrustAnchors) == 0,
		PinnedNames:    append([]string{}, c.Profile.Connection.PinnedNames...),
		MinVersion:     c.Profile.Connection.MinTLSVersion,
		Renegotiation:  c.Profile.Connection.Renegotiation,
		Servers: each(c.Servers(), func(s tlsconfig.Server) api.TLSServer {
			return api.TLSServer{Use: s.Use, BaseURL: s.BaseURL, ServerName: s.Name, Address: s.Address}
		}),
	}
	if grant.Has(access.Signing) {
		seal := certificateTLS(c.QSealC, c.QSealC.Algorithms(), "/v1/tls/"+id+"/signatures", export)
		out.Signing = &seal
	}
	if grant.Has(access.Credentials) {
		out.ClientID = c.Bundle.ClientID
	}
	return out
}

func certificateTLS(c tlsconfig.Certificate, algorithms []string, sign, export string) api.TLSCertificate {
	key := api.TLSKey{
		Mode:       api.TLSKeyRemote,
		Type:       c.KeyType,
		Algorithms: append([]string{}, algorithms...),
		SigningURL: sign,
	}
	if c.Exportable {
		key.Mode, key.ExportURL = api.TLSKeyExportable, export
	}
	return api.TLSCertificate{
		ChainPEM:  c.ChainPEM,
		SHA256:    c.Leaf.SHA256,
		NotBefore: c.Leaf.NotBefore,
		NotAfter:  c.Leaf.NotAfter,
		Key:       key,
	}
}

func (a *API) signHandshake(r request[api.HandshakeRequest]) (api.HandshakeSignature, error) {
	signed, err := a.TLS.SignHandshake(r.echo.Request().Context(), r.caller, r.echo.Param("registration"),
		tlsconfig.Handshake{Version: r.body.Version, Scheme: r.body.Scheme, Message: r.body.Message})
	return api.HandshakeSignature{Signature: signed}, err
}

func (a *API) signDigests(r request[api.SigningRequest]) (api.Signatures, error) {
	digests := r.body.Digests
	if len(r.body.Digest) > 0 {
		if len(digests) > 0 {
			return api.Signatures{}, fault.New(fault.Invalid, "batch_size",
				"Send 1 to %d digests, in either digest or digests.", vault.MaxBatch)
		}
		digests = [][]byte{r.body.Digest}
	}
	signed, err := a.TLS.SignDigests(r.echo.Request().Context(), r.caller, r.echo.Param("registration"),
		tlsconfig.Signing{Version: r.body.Version, Algorithm: r.body.Algorithm, Digests: digests})
	if err != nil {
		return api.Signatures{}, err
	}
	if len(r.body.Digest) > 0 {
		return api.Signatures{Signature: signed[0].Signature}, nil
	}
	return api.Signatures{Signatures: each(signed, signedOne)}, nil
}

func signedOne(s vault.Signed) api.SignedDigest {
	if s.Err == nil {
		return api.SignedDigest{Signature: s.Signature}
	}
	_, code, detail := fault.Public(s.Err)
	return api.SignedDigest{Code: code, Detail: detail}
}

func (a *API) signHTTPRequest(r request[api.HTTPSignatureRequest]) (api.HTTPSignature, error) {
	headers, err := a.TLS.SignRequest(r.echo.Request().Context(), r.caller, r.echo.Param("registration"),
		tlsconfig.Request{
			Version:    r.body.Version,
			Product:    signature.Product(r.body.Product),
			Method:     r.body.Method,
			URL:        r.body.URL,
			Headers:    r.body.Headers,
			BodySHA256: r.body.BodySHA256,
		})
	return api.HTTPSignature{Headers: headers}, err
}

// credentialsWithSecret are api.TLSCredentials on their way out: the secrets hide those that would print as
// [redacted].
type credentialsWithSecret struct {
	ClientSecret string            `json:"client_secret"`
	Credentials  map[string]string `json:"credentials"`
	api.TLSCredentials
}

func (a *API) tlsCredentials(r request[none]) (credentialsWithSecret, error) {
	id := r.echo.Param("registration")
	noStore(r.echo)
	s, err := a.TLS.Credentials(r.echo.Request().Context(), r.caller, id)
	if err != nil {
		return credentialsWithSecret{}, err
	}
	further := make(map[string]string, len(s.Further))
	for id, value := range s.Further {
		further[id] = value.Reveal()
	}
	return credentialsWithSecret{
		ClientSecret: s.Secret.Reveal(),
		Credentials:  further,
		TLSCredentials: api.TLSCredentials{
			RegistrationID: id,
			Version:        s.Version,
			ClientID:       s.ID,
			TokenURL:       s.TokenURL,
		},
	}, nil
}

// bankToken is an api.BankToken on its way out.
type bankToken struct {
	AccessToken string `json:"access_token"`
	api.BankToken
}

func (a *API) lendBankToken(r request[api.NewBankToken]) (bankToken, error) {
	noStore(r.echo)
	asked := banktoken.Request{RegistrationID: r.echo.Param("registration"), ConsentID: r.body.ConsentID}
	if r.body.Refused != nil {
		asked.Refused = *r.body.Refused
	}
	t, err := a.BankTokens.Lend(r.echo.Request().Context(), r.caller, asked)
	if err != nil {
		return bankToken{}, err
	}
	return bankToken{
		AccessToken: t.Access.Reveal(),
		BankToken:   api.BankToken{IssuedAt: t.IssuedAt, ExpiresAt: t.ExpiresAt},
	}, nil
}

// keysWithSecrets are api.ExportedKeys on their way out.
type keysWithSecrets struct {
	RegistrationID string           `json:"registration_id"`
	Version        int              `json:"version"`
	Transport      *fileWithSecrets `json:"transport"`
	Signing        *fileWithSecrets `json:"signing"`
}

// fileWithSecrets is an api.ExportedFile on its way out.
type fileWithSecrets struct {
	PrivateKeyPEM string `json:"private_key_pem,omitempty"`
	ChainPEM      string `json:"chain_pem"`
	KeyStore      []byte `json:"key_store,omitempty"`
	Passphrase    string `json:"passphrase,omitempty"`
}

// keyFile writes a key in a format, with a passphrase that is made for it.
func (a *API) keyFile(f keyfile.Format, released *vault.ExportedKey) (*fileWithSecrets, error) {
	if released == nil {
		return nil, nil
	}
	defer released.KeyPEM.Wipe()
	out := &fileWithSecrets{ChainPEM: released.ChainPEM}
	if !f.Encrypted() {
		out.PrivateKeyPEM = released.KeyPEM.Reveal()
		return out, nil
	}
	passphrase := keyfile.Passphrase()
	store, err := keyfile.Write(f, keyfile.Bundle{KeyPEM: released.KeyPEM, ChainPEM: released.ChainPEM}, passphrase,
		a.Now())
	out.KeyStore, out.Passphrase = store, passphrase.Reveal()
	return out, err
}

func (a *API) exportTLS(r request[api.KeyExport]) (keys keysWithSecrets, err error) {
	id, format := r.echo.Param("registration"), cmp.Or(keyfile.Format(r.body.Format), keyfile.PEM)
	noStore(r.echo)
	if err := format.Known(); err != nil {
		return keys, err
	}
	out, err := a.TLS.ExportKeys(r.echo.Request().Context(), r.caller, id, r.body.Version,
		string(format))
	if err != nil {
		return keys, err
	}
	defer func() {
		if err != nil {
			out.Wipe()
		}
	}()
	keys = keysWithSecrets{RegistrationID: id, Version: out.Version}
	if keys.Transport, err = a.keyFile(format, out.Transport); err != nil {
		return keysWithSecrets{}, err
	}
	keys.Signing, err = a.keyFile(format, out.Signing)
	return keys, err
}
