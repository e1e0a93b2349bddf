package api_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/secret"
	wire "github.com/sealkeeper/sealkeeper/types/api"
)

// remoteKey is a key in custody, as a TLS library in another process uses it.
type remoteKey struct {
	c       *client
	url     string
	version int
	public  crypto.PublicKey
	signed  int
}

func (k *remoteKey) Public() crypto.PublicKey { return k.public }

func (k *remoteKey) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, errors.New("a digest was to be signed")
}

// SignMessage implements crypto.MessageSigner, which crypto/tls asks.
func (k *remoteKey) SignMessage(_ io.Reader, message []byte, opts crypto.SignerOpts) ([]byte, error) {
	k.signed++
	scheme := "rsa_pkcs1_"
	if _, pss := opts.(*rsa.PSSOptions); pss {
		scheme = "rsa_pss_rsae_"
	}
	scheme += map[crypto.Hash]string{
		crypto.SHA256: "sha256",
		crypto.SHA384: "sha384",
		crypto.SHA512: "sha512",
	}[opts.HashFunc()]
	var out wire.HandshakeSignature
	a := k.c.call("POST", k.url, object{"version": k.version, "scheme": scheme, "message": message})
	if a.status != http.StatusOK {
		return nil, errors.New(string(a.body))
	}
	return out.Signature, errors.Join(json.Unmarshal(a.body, &out), nil)
}

func blocks(t *testing.T, text string) (der [][]byte) {
	t.Helper()
	for rest := []byte(text); ; {
		var b *pem.Block
		if b, rest = pem.Decode(rest); b == nil {
			return der
		}
		der = append(der, b.Bytes)
	}
}

// A service in another process has its TLS handshakes signed, and nothing else.
func TestHandshakesAreSignedRemotely(t *testing.T) {
	s := serve(t)
	registration := s.ActivateAt(stack.Institution).ID
	c := s.service(t, "reports", access.Transport)
	var found wire.TLSRegistrations
	c.call("GET", "/v1/tls", nil).want(http.StatusOK, &found)
	if len(found.Registrations) != 1 || !found.Registrations[0].Ready || found.Registrations[0].Version != 1 {
		t.Fatalf("got %+v", found)
	}
	first := c.call("GET", "/v1/tls/"+registration, nil)
	var got wire.TLSConfiguration
	first.want(http.StatusOK, &got)
	if got.Signing != nil || got.ClientID != "" || got.Transport.Key.Mode != wire.TLSKeyRemote ||
		first.header.Get("Cache-Control") != "private, no-cache" {
		t.Errorf("without signing and credentials: %+v, %v", got, first.header)
	}
	chain := blocks(t, got.Transport.ChainPEM)
	leaf, err := x509.ParseCertificate(chain[0])
	check(t, err)
	roots := x509.NewCertPool()
	for _, anchor := range got.TrustAnchors {
		roots.AppendCertsFromPEM([]byte(anchor))
	}
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		key := &remoteKey{c: c, url: got.Transport.Key.SigningURL, version: got.Version, public: leaf.PublicKey}
		var server wire.TLSServer
		for _, one := range got.Servers {
			if one.Use == "token" {
				server = one
			}
		}
		conn, err := (&tls.Dialer{Config: &tls.Config{
			RootCAs:      roots,
			ServerName:   server.ServerName,
			MinVersion:   version,
			MaxVersion:   version,
			Certificates: []tls.Certificate{{Certificate: chain, PrivateKey: key, Leaf: leaf}},
		}}).DialContext(t.Context(), "tcp", server.Address)
		if err != nil {
			t.Fatalf("%s: %v", tls.VersionName(version), err)
		}
		if key.signed != 1 {
			t.Errorf("%s: %d signatures", tls.VersionName(version), key.signed)
		}
		check(t, conn.Close())
	}
	server13 := append(bytes.Repeat([]byte{' '}, 64), "TLS 1.3, server CertificateVerify\x00"...)
	client13 := append(bytes.Repeat([]byte{' '}, 64), "TLS 1.3, client CertificateVerify\x00"...)
	for name, test := range map[string]struct {
		scheme  string
		message []byte
		code    string
	}{
		"a digest":          {"rsa_pss_rsae_sha256", digest, "not_a_handshake"},
		"nothing":           {"rsa_pss_rsae_sha256", nil, "not_a_handshake"},
		"a document":        {"rsa_pss_rsae_sha256", []byte("I owe you"), "not_a_handshake"},
		"a server's":        {"rsa_pss_rsae_sha256", append(server13, digest...), "not_a_handshake"},
		"a long transcript": {"rsa_pss_rsae_sha256", append(client13, make([]byte, 33)...), "not_a_handshake"},
		"PKCS#1 in TLS 1.3": {"rsa_pkcs1_sha256", append(bytes.Clone(client13), digest...), "not_a_handshake"},
		"another key's": {
			"ecdsa_secp256r1_sha256",
			append(bytes.Clone(client13), digest...),
			"algorithm_unsuitable",
		},
		"a cut transcript": {"rsa_pkcs1_sha256", []byte{1, 0, 0, 9, 3, 3}, "not_a_handshake"},
		"too large": {
			"rsa_pkcs1_sha256",
			append([]byte{1, 0, 0xb4, 1}, make([]byte, 46081)...),
			"not_a_handshake",
		},
		"a scheme of no key": {"md5", append(bytes.Clone(client13), digest...), "algorithm_unsuitable"},
	} {
		t.Run(name, func(t *testing.T) {
			c.in(t).call("POST", got.Transport.Key.SigningURL, object{
				"version": got.Version,
				"scheme":  test.scheme,
				"message": test.message,
			}).refused(http.StatusUnprocessableEntity, test.code)
		})
	}
	c.call("POST", got.Transport.Key.SigningURL, object{
		"version": 7,
		"scheme":  "rsa_pss_rsae_sha256",
		"message": append(bytes.Clone(client13), digest...),
	}).refused(http.StatusConflict, "version_superseded")
	taggedBody(t, c, "/v1/tls/"+registration, first)
	opened(t, s, registration)
}

// tagged holds the conditional request to what the description promises.
func taggedBody(t *testing.T, c *client, path string, first answer) {
	t.Helper()
	for _, test := range []struct {
		sent string
		want int
	}{
		{first.header.Get("ETag"), http.StatusNotModified},
		{`"x", W/` + first.header.Get("ETag"), http.StatusNotModified},
		{"*", http.StatusNotModified},
		{`"x"`, http.StatusOK},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.s.url+path, nil)
		check(t, err)
		r.Header.Set("Authorization", "Bearer "+c.token)
		r.Header.Set("If-None-Match", test.sent)
		a := c.do(r, nil)
		a.want(test.want, nil)
		if a.header.Get("ETag") != first.header.Get("ETag") ||
			(test.want == http.StatusNotModified && len(a.body) > 0) {
			t.Errorf("%s: ETag %s, %d bytes", test.sent, a.header.Get("ETag"), len(a.body))
		}
		if a.header.Get("Cache-Control") != "private, no-cache" || a.header.Get("RateLimit") == "" {
			t.Errorf("%s: %v", test.sent, a.header)
		}
	}
}

// opened looks for the entries that an account's first reading leaves, and that its handshakes leave none each.
func opened(t *testing.T, s *server, registration string) {
	t.Helper()
	entries, err := s.DB.LatestAudit(t.Context(), 500)
	check(t, err)
	count := map[string]int{}
	for _, e := range entries {
		if e.Object == registration && e.CallerName == "reports" {
			count[string(e.Action)+" "+string(e.Outcome)]++
		}
	}
	if count["tls.read allowed"] != 1 || count["tls.read done"] != 1 || count["tls.handshake done"] != 0 {
		t.Errorf("got %v", count)
	}
	check(t, s.Usage.Settle(t.Context(), true))
	entries, err = s.DB.LatestAudit(t.Context(), 2)
	check(t, err)
	for _, e := range entries {
		if e.Outcome != audit.Done || e.Code != "counted" || e.Object != registration {
			t.Errorf("got %+v", e)
		}
	}
}

func TestQSealCSignatures(t *testing.T) {
	s := serve(t)
	registration := s.ActivateAt(stack.Institution).ID
	c := s.service(t, "signer", access.Transport, access.Signing)
	var got wire.TLSConfiguration
	c.call("GET", "/v1/tls/"+registration, nil).want(http.StatusOK, &got)
	leaf, err := x509.ParseCertificate(blocks(t, got.Signing.ChainPEM)[0])
	check(t, err)
	key := leaf.PublicKey.(*rsa.PublicKey) //nolint:forcetypeassert // the stack's are RSA
	for _, algorithm := range got.Signing.Key.Algorithms {
		hash := map[string]crypto.Hash{
			"256": crypto.SHA256,
			"384": crypto.SHA384,
			"512": crypto.SHA512,
		}[algorithm[len(algorithm)-3:]]
		h := hash.New()
		h.Write([]byte("what is signed"))
		sum := h.Sum(nil)
		var out wire.Signatures
		c.call("POST", got.Signing.Key.SigningURL, object{"version": 1, "algorithm": algorithm, "digest": sum}).
			want(http.StatusOK, &out)
		err := rsa.VerifyPKCS1v15(key, hash, sum, out.Signature)
		if strings.Contains(algorithm, "pss") {
			err = rsa.VerifyPSS(key, hash, sum, out.Signature, &rsa.PSSOptions{SaltLength: hash.Size()})
		}
		if err != nil {
			t.Errorf("%s: %v", algorithm, err)
		}
	}
	path := got.Signing.Key.SigningURL
	var batch wire.Signatures
	c.call("POST", path, object{"version": 1, "algorithm": "rsa-sha256", "digests": [][]byte{digest, digest[:3]}}).
		want(http.StatusOK, &batch)
	if len(batch.Signatures) != 2 || batch.Signatures[1].Code != "digest_length" ||
		rsa.VerifyPKCS1v15(key, crypto.SHA256, digest, batch.Signatures[0].Signature) != nil {
		t.Errorf("got %+v", batch)
	}
	for code, body := range map[string]object{
		"algorithm_unsuitable": {"version": 1, "algorithm": "ecdsa-sha256", "digest": digest},
		"algorithm_unknown":    {"version": 1, "algorithm": "hs256", "digest": digest},
		"digest_length":        {"version": 1, "algorithm": "rsa-sha256", "digest": digest[:31]},
		"batch_size":           {"version": 1, "algorithm": "rsa-sha256", "digests": make([][]byte, 101)},
		"json_invalid":         {"version": 1, "algorithm": "rsa-sha256", "digest": "not base64!"},
	} {
		c.call("POST", path, body).refused(http.StatusUnprocessableEntity, code)
	}
	body := sha256.Sum256([]byte(`{}`))
	var headers wire.HTTPSignature
	base := got.Servers[0].BaseURL
	request := object{
		"version":     1,
		"product":     "ais",
		"method":      "GET",
		"url":         base + "/accounts",
		"body_sha256": body[:],
	}
	c.call("POST", "/v1/tls/"+registration+"/http-signatures", request).want(http.StatusOK, &headers)
	if headers.Headers["Signature"] == "" || headers.Headers["Digest"] == "" || headers.Headers["X-Request-Id"] == "" {
		t.Errorf("got %v", headers.Headers)
	}
	request["url"] = "https://elsewhere.example/accounts"
	c.call("POST", "/v1/tls/"+registration+"/http-signatures", request).
		refused(http.StatusUnprocessableEntity, "server_unknown")
}

// A certificate that another replica retires signs no more for the version that is on its way out.
func TestRetiredByAnotherReplica(t *testing.T) {
	s := serve(t)
	ctx, stop := context.WithCancel(t.Context())
	ran := make(chan struct{})
	go func() { defer close(ran); s.Feed.Run(ctx) }()
	defer func() { stop(); <-ran }()
	r := s.ActivateAt(stack.Institution)
	_, former, err := s.Registrations.ActiveBundle(ctx, r.ID)
	check(t, err)
	c := s.service(t, "signer", access.Transport, access.Signing)
	sign := func() answer {
		check(t, s.Feed.Poll(ctx))
		return c.call("POST", "/v1/tls/"+r.ID+"/signatures",
			object{"version": 1, "algorithm": "rsa-sha256", "digest": digest})
	}
	sign().want(http.StatusOK, nil)
	s.TakeIntoUse(r.ID, s.Import(qtsp.Request{}), s.Import(qtsp.Request{Kind: certs.QSealC}))
	sign().want(http.StatusOK, nil)
	if _, err := s.Replica().Vault.Retire(ctx, stack.Officer, former.QSealCID, "Another one is in use."); err != nil {
		t.Fatal(err)
	}
	s.Now = s.Now.Add(2 * time.Second)
	sign().refused(http.StatusConflict, "certificate_retired")
}

// A watcher that knows nothing is told everything, and then what changes, whether it was there or not.
func TestWatch(t *testing.T) {
	s := serve(t)
	ctx, stop := context.WithCancel(t.Context())
	ran := make(chan struct{})
	go func() { defer close(ran); s.Feed.Run(ctx) }()
	defer func() { stop(); <-ran }()
	r := s.ActivateAt(stack.Institution)
	c := s.service(t, "watcher", access.Transport)
	check(t, s.Feed.Poll(ctx)) // what is new of the account itself is known before anybody asks
	var got wire.TLSEvents
	c.call("GET", "/v1/tls/events?wait=0", nil).want(http.StatusOK, &got)
	if len(got.Events) != 1 || !got.Complete || got.Events[0].RegistrationID != r.ID || got.Events[0].Version != 1 {
		t.Fatalf("without a cursor: %+v", got)
	}
	cursor := got.Cursor
	c.call("GET", "/v1/tls/events?wait=0&cursor="+cursor, nil).want(http.StatusOK, &got)
	if len(got.Events) != 0 || got.Complete || got.Cursor != cursor {
		t.Errorf("with nothing new: %+v", got)
	}
	c.call("GET", "/v1/tls/events?wait=0&cursor=another-999", nil).want(http.StatusOK, &got)
	if len(got.Events) != 1 || !got.Complete {
		t.Errorf("with the cursor of another database: %+v", got)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/v1/tls/events?cursor="+cursor, nil)
	check(t, err)
	req.Header.Set("Authorization", "Bearer "+c.token)
	req.Header.Set("Accept", "text/event-stream")
	stream, err := http.DefaultClient.Do(req)
	check(t, err)
	defer func() { _ = stream.Body.Close() }()
	lines := make(chan string, 100)
	go func() {
		defer close(lines)
		buf := make([]byte, 4096)
		for {
			n, err := stream.Body.Read(buf)
			for line := range strings.SplitSeq(string(buf[:n]), "\n") {
				if line != "" {
					lines <- line
				}
			}
			if err != nil {
				return
			}
		}
	}()
	for line := range lines {
		if strings.HasPrefix(line, "data: ") && strings.Contains(line, "cursor") {
			break // synced: what comes now has changed since
		}
	}
	s.SaveBundle(r.ID, "", "")
	s.TestConnection(r.ID)
	if _, err := s.Registrations.Activate(ctx, stack.Engineer, r.ID, 2); err != nil {
		t.Fatal(err)
	}
	want := `data: {"kind":"changed","registration_id":"` + r.ID + `","version":2}`
	seen := false
	for line := range lines {
		if seen = line == want; seen {
			break
		}
	}
	if !seen {
		t.Error("the stream ended without the activation")
	}
	c.call("GET", "/v1/tls/events?cursor="+cursor, nil).want(http.StatusOK, &got)
	if len(got.Events) != 1 || got.Events[0].Version != 2 {
		t.Errorf("after the activation: %+v", got)
	}
	accounts, err := s.DB.ServiceAccounts(ctx, false)
	check(t, err)
	check(t, s.Accounts.RevokeToken(ctx, stack.Admin, accounts[0].ID, accounts[0].Tokens[0].ID))
	for range lines { // until the stream ends
		continue
	}
	c.call("GET", "/v1/tls/events", nil).refused(http.StatusUnauthorized, "token_invalid")
}

// After an activation, services that still use the former version are named until they are over or stopped.
func TestReportsShowWhoIsOver(t *testing.T) {
	s := serve(t)
	r := s.ActivateAt(stack.Institution)
	person := s.as(t, "Grace", access.Engineer)
	c := s.service(t, "reports", access.Transport)
	other := s.service(t, "idle", access.Transport)
	_ = other
	var presented wire.TLSConfiguration
	c.call("GET", "/v1/tls/"+r.ID, nil).want(http.StatusOK, &presented)
	sum := presented.Transport.SHA256
	use := func(instance string, version int, stopped bool, problem string) {
		t.Helper()
		in := object{
			"registration_id": r.ID,
			"host":            "bank.example:443",
			"version":         version,
			"sha256":          sum,
		}
		if problem != "" {
			in["problem"] = problem
		}
		var answer wire.ReportAnswer
		c.call("POST", "/v1/tls/reports", object{"instance": instance, "in_use": []object{in}, "stopped": stopped}).
			want(http.StatusOK, &answer)
		if len(answer.Versions) != 1 || answer.Every != 60 {
			t.Errorf("got %+v", answer)
		}
	}
	states := func() (string, wire.RegistrationServices) {
		t.Helper()
		var got wire.RegistrationServices
		person.call("GET", "/v1/registrations/"+r.ID+"/services", nil).want(http.StatusOK, &got)
		var all []string
		for _, one := range got.Services {
			all = append(all, one.Account+" "+one.Instance+" "+string(one.State))
		}
		return strings.Join(all, ", "), got
	}
	use("a", 1, false, "")
	use("b", 1, false, "")
	s.SaveBundle(r.ID, "", "")
	s.TestConnection(r.ID)
	if _, err := s.Registrations.Activate(t.Context(), stack.Engineer, r.ID, 2); err != nil {
		t.Fatal(err)
	}
	use("a", 2, false, "")
	if got, o := states(); got != "idle  unused, reports a over, reports b behind" || o.Finished || o.Over != 1 ||
		o.Total != 2 {
		t.Errorf("got %s, %+v", got, o)
	}
	use("a", 2, false, "nginx has refused its files")
	if got, o := states(); !strings.Contains(got, "reports a held") || o.Over != 0 {
		t.Errorf("it is not over while the program behind it has not taken the version: %s", got)
	}
	sum = strings.Repeat("a", 64)
	use("a", 2, false, "")
	if got, o := states(); !strings.Contains(got, "reports a mismatched") || o.Over != 0 {
		t.Errorf("it is not over with another certificate: %s", got)
	}
	sum = presented.Transport.SHA256
	use("a", 99, false, "")
	if got, o := states(); !strings.Contains(got, "reports a mismatched") || o.Over != 0 {
		t.Errorf("it is not over to a version that there is not: %s", got)
	}
	use("a", 2, false, "")
	use("b", 1, false, "the chain does not end at our root")
	if got, _ := states(); !strings.Contains(got, "reports b held") {
		t.Errorf("got %s", got)
	}
	use("b", 1, true, "")
	if got, o := states(); !strings.Contains(got, "reports b stopped") || !o.Finished {
		t.Errorf("got %s, %+v", got, o)
	}
	c.call("POST", "/v1/tls/reports", object{"instance": "", "in_use": []object{}}).
		refused(http.StatusUnprocessableEntity, "report_invalid")
	many := make([]object, 1001) // as large as a report of that many hosts is, with what went wrong at some
	for i := range many {
		many[i] = object{
			"registration_id": r.ID,
			"host":            fmt.Sprintf("api-%d.bank.example:443", i),
			"version":         2,
			"sha256":          strings.Repeat("0", 64),
			"problem":         strings.Repeat("x", 100),
		}
	}
	c.call("POST", "/v1/tls/reports", object{"instance": "many", "in_use": many[1:]}).want(http.StatusOK, nil)
	c.call("POST", "/v1/tls/reports", object{"instance": "many", "in_use": many}).
		refused(http.StatusUnprocessableEntity, "report_invalid")
}

// What a service says of a bank's server is shown as that, and nothing follows from it.
func TestReportedServers(t *testing.T) {
	s := serve(t)
	r := s.ActivateAt(stack.Institution)
	person := s.as(t, "Grace", access.Engineer)
	c := s.service(t, "reports", access.Transport)
	hosts := func() (all []wire.BankHost) {
		t.Helper()
		person.call("GET", "/v1/institutions/"+r.InstitutionID+"/hosts", nil).want(http.StatusOK, &all)
		return all
	}
	before := hosts()
	saying := func(server object) object {
		return object{"instance": "s", "in_use": []object{{
			"registration_id": r.ID,
			"host":            "api.bank.example:443",
			"version":         1,
			"sha256":          strings.Repeat("a", 64),
			"server":          server,
		}}}
	}
	server := object{
		"sha256":    strings.Repeat("b", 64),
		"issuer":    "CN=Somebody",
		"not_after": "2020-01-01T00:00:00Z",
		"sent":      1,
		"reason":    "unknown_issuer",
		"seen_at":   "9999-01-01T00:00:00Z",
	}
	c.call("POST", "/v1/tls/reports", saying(server)).want(http.StatusOK, nil)
	after := hosts()
	if len(after) != len(before)+1 {
		t.Fatalf("%+v", after)
	}
	said := after[len(after)-1]
	if said.Host != "api.bank.example" || len(said.Presents)+len(said.Events) != 0 || said.Reason != "" ||
		len(said.Said) != 1 || said.Said[0].Service != "reports" || said.Said[0].Reason != "unknown_issuer" ||
		said.Said[0].SeenAt.After(time.Now().Add(time.Hour)) {
		t.Errorf("%+v", said)
	}
	for key, wrong := range map[string]any{
		"sha256": "b", "issuer": strings.Repeat("x", 501), "sent": -1, "reason": "<b>",
	} {
		bad := maps.Clone(server)
		bad[key] = wrong
		c.call("POST", "/v1/tls/reports", saying(bad)).refused(http.StatusUnprocessableEntity, "report_invalid")
	}
}

// A service account with the purpose export is handed its keys in each format, within its limits.
func TestExportInEachFormat(t *testing.T) {
	s := serve(t)
	r := s.Register(stack.Institution)
	s.DoSteps(r.ID)
	qwac := s.ImportExportable(s.QTSP.MustIssue(t, qtsp.Request{}))
	s.SaveBundle(r.ID, qwac, s.Import(qtsp.Request{Kind: certs.QSealC}))
	s.TestConnection(r.ID)
	if _, err := s.Registrations.Activate(t.Context(), stack.Engineer, r.ID, 1); err != nil {
		t.Fatal(err)
	}
	c := s.service(t, "proxy", access.Transport, access.Export)
	path := "/v1/tls/" + r.ID + "/export"
	type exported struct {
		Transport *struct {
			PrivateKeyPEM string `json:"private_key_pem"`
			ChainPEM      string `json:"chain_pem"`
			KeyStore      []byte `json:"key_store"`
			Passphrase    string `json:"passphrase"`
		} `json:"transport"`
		Signing *struct{} `json:"signing"`
	}
	var out exported
	c.call("POST", path, object{"version": 1}).want(http.StatusOK, &out)
	if !strings.Contains(out.Transport.PrivateKeyPEM, "BEGIN PRIVATE KEY") || out.Transport.KeyStore != nil ||
		out.Signing != nil {
		t.Errorf("as PEM: a key store of %d bytes, signing %v", len(out.Transport.KeyStore), out.Signing)
	}
	var made []string
	for _, format := range []string{"pkcs12", "jks"} {
		out = exported{}
		a := c.call("POST", path, object{"version": 1, "format": format})
		a.want(http.StatusOK, &out)
		if out.Transport.PrivateKeyPEM != "" || len(out.Transport.KeyStore) < 1000 {
			t.Errorf("%s: %d bytes", format, len(out.Transport.KeyStore))
		}
		read, err := certs.Read(certs.File{Name: "x", Data: out.Transport.KeyStore},
			secret.NewTextString(out.Transport.Passphrase))
		if err != nil || len(read.Keys) != 1 {
			t.Errorf("%s is read as %+v, %v", format, read, err)
		}
		made = append(made, out.Transport.Passphrase)
	}
	if made[0] == made[1] {
		t.Error("two key stores have the same passphrase")
	}
	c.call("POST", path, object{"version": 1, "format": "zip"}).
		refused(http.StatusUnprocessableEntity, "key_format_unknown")
}
