package mtls_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/connector/mtls"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
)

// serving answers handshakes with a chain until the test ends, and returns its port. It demands a client certificate.
func serving(t *testing.T, chain tls.Certificate) string {
	t.Helper()
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		Certificates: []tls.Certificate{chain},
		ClientAuth:   tls.RequireAnyClientCert,
		MinVersion:   tls.VersionTLS12,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				_ = conn.(*tls.Conn).Handshake()
				_ = conn.Close()
			}()
		}
	}()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	return port
}

// another is a QTSP that nobody trusts.
func another(t *testing.T) *qtsp.QTSP {
	t.Helper()
	q, err := qtsp.New(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// A look needs no certificate of ours, also of a server that demands one, and says why a server is not trusted.
func TestLook(t *testing.T) {
	bank, stranger := qtsp.Must(t), another(t)
	certificate := func(q *qtsp.QTSP, hosts ...string) tls.Certificate {
		c, err := q.ServerCertificate(hosts...)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	trusting := func(roots ...*x509.Certificate) mtls.Settings {
		s := mtls.Defaults()
		for _, c := range roots {
			s.TrustAnchors = append(s.TrustAnchors,
				string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})))
		}
		return s
	}
	good := certificate(bank, "localhost")
	if len(good.Certificate) < 2 {
		t.Fatal("the lab's server sends no issuer")
	}
	alone := good
	alone.Certificate = good.Certificate[:1]
	trusted, pinned := trusting(bank.Root()), trusting(bank.Root())
	pinned.PinnedNames = []string{"bank.example"}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, nobody, _ := net.SplitHostPort(free.Addr().String())
	_ = free.Close()
	for name, test := range map[string]struct {
		port     string
		settings mtls.Settings
		want     mtls.Reason
		sent     int
	}{
		"trusted":        {serving(t, good), trusting(bank.Root()), "", len(good.Certificate)},
		"of a stranger":  {serving(t, certificate(stranger, "localhost")), trusted, mtls.UnknownIssuer, 2},
		"without issuer": {serving(t, alone), trusting(bank.Root()), mtls.Incomplete, 1},
		"another name":   {serving(t, certificate(bank, "bank.example")), trusting(bank.Root()), mtls.OtherName, 2},
		"not pinned":     {serving(t, good), pinned, mtls.NameNotPinned, 2},
		"nobody there":   {nobody, trusting(bank.Root()), mtls.NoConnection, 0},
	} {
		t.Run(name, func(t *testing.T) {
			saw := test.settings.Look(t.Context(), net.JoinHostPort("localhost", test.port))
			if saw.Host != "localhost" || saw.Reason != test.want || len(saw.Chain) != test.sent {
				t.Fatalf("%s %q of %d, want %q of %d", saw.Host, saw.Reason, len(saw.Chain), test.want, test.sent)
			}
			if issuing := mtls.Issuing(saw.Chain); (issuing != nil) != (test.sent > 1) {
				t.Errorf("issued by %v", issuing)
			}
			if len(saw.Chain) == 0 {
				return
			}
			if got := test.settings.JudgeServer("localhost", saw.Chain, time.Now()); got != test.want {
				t.Errorf("judged again: %q", got)
			}
		})
	}
	sent := []*x509.Certificate{}
	for _, der := range good.Certificate {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		sent = append(sent, c)
	}
	s := trusting(bank.Root())
	for at, want := range map[time.Time]mtls.Reason{
		sent[0].NotAfter.Add(time.Hour):   mtls.ServerEnded,
		sent[0].NotBefore.Add(-time.Hour): mtls.NotYet,
	} {
		if got := s.JudgeServer("localhost", sent, at); got != want {
			t.Errorf("at %s: %q, want %q", at, got, want)
		}
	}
	if saw := s.Look(t.Context(), "nowhere.invalid:443"); saw.Reason != mtls.NoName {
		t.Errorf("a name that leads nowhere: %q", saw.Reason)
	}
	s.ProxyURL = "http://127.0.0.1:" + nobody
	if saw := s.Look(t.Context(), "localhost:443"); saw.Reason != mtls.AtProxy {
		t.Errorf("our own proxy: %q", saw.Reason)
	}
}

// A client tells of its handshakes: of the server's certificate, and why one failed.
func TestClientTellsOfHandshakes(t *testing.T) {
	bank := qtsp.Must(t)
	chain, err := bank.ServerCertificate("localhost")
	if err != nil {
		t.Fatal(err)
	}
	settings := mtls.Defaults()
	root := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: bank.Root().Raw})
	settings.TrustAnchors = []string{string(root)}
	client, err := mtls.New(bank.MustIssue(t, qtsp.Request{}).Source(), settings)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var told []mtls.Reason
	client.OnServer(func(h mtls.Handshake) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, h.Reason)
	})
	refusing, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		Certificates: []tls.Certificate{chain},
		ClientAuth:   tls.RequireAndVerifyClientCert,
		ClientCAs:    another(t).Pool(),
		MinVersion:   tls.VersionTLS12,
		MaxVersion:   tls.VersionTLS12,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = refusing.Close() })
	go func() {
		conn, err := refusing.Accept()
		if err == nil {
			_ = conn.(*tls.Conn).Handshake()
			_ = conn.Close()
		}
	}()
	_, port, _ := net.SplitHostPort(refusing.Addr().String())
	for _, address := range []string{"localhost:" + port, "nowhere.invalid:443"} {
		if response, err := client.HTTPClient().Get("https://" + address); err == nil {
			_ = response.Body.Close()
			t.Errorf("%s answered", address)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if want := []mtls.Reason{"", mtls.Alerted, mtls.NoName}; !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
}

// Of a chain that somebody sends who is not trusted, only the beginning is looked at.
func TestLongChainsAreNotSearched(t *testing.T) {
	const long = 12
	sent := make([]*x509.Certificate, long) // each is issued by the next one
	var parent *x509.Certificate
	var signer *ecdsa.PrivateKey
	for i := long - 1; i >= 0; i-- {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		template := &x509.Certificate{
			SerialNumber:          big.NewInt(int64(i + 1)),
			Subject:               pkix.Name{CommonName: strconv.Itoa(i)},
			NotBefore:             time.Now().Add(-time.Hour),
			NotAfter:              time.Now().Add(time.Hour),
			BasicConstraintsValid: true,
			IsCA:                  i > 0,
			KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		}
		if i == 0 {
			template.DNSNames = []string{"localhost"}
		}
		if parent == nil {
			parent, signer = template, key
		}
		der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
		if err != nil {
			t.Fatal(err)
		}
		if sent[i], err = x509.ParseCertificate(der); err != nil {
			t.Fatal(err)
		}
		parent, signer = sent[i], key
	}
	if got := mtls.Issuing(sent); got != sent[9] {
		t.Errorf("issued by %v", got.Subject)
	}
	settings := mtls.Defaults()
	if got := settings.JudgeServer("localhost", sent, time.Now()); got != mtls.UnknownIssuer {
		t.Errorf("judged %q", got)
	}
	issuerLate := append(append([]*x509.Certificate{sent[0]}, sent[2:]...), sent[1])
	if got := settings.JudgeServer("localhost", issuerLate, time.Now()); got != mtls.Incomplete {
		t.Errorf("with its issuer too far behind: %q", got)
	}
}

// telling is a client that trusts a QTSP, and what it tells of handshakes.
func telling(t *testing.T, bank *qtsp.QTSP, change func(*mtls.Settings)) (*mtls.Client, func() []mtls.Handshake) {
	t.Helper()
	settings := mtls.Defaults()
	root := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: bank.Root().Raw})
	settings.TrustAnchors = []string{string(root)}
	change(&settings)
	client, err := mtls.New(bank.MustIssue(t, qtsp.Request{}).Source(), settings)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	var mu sync.Mutex
	var told []mtls.Handshake
	client.OnServer(func(h mtls.Handshake) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, h)
	})
	return client, func() []mtls.Handshake {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(told)
	}
}

// A handshake that resumes a session tells that the server works, and not what it presents.
func TestResumedHandshakeIsToldOf(t *testing.T) {
	bank := qtsp.Must(t)
	chain, err := bank.ServerCertificate("localhost")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprint(w, r.TLS.DidResume)
	}))
	server.TLS = &tls.Config{
		Certificates: []tls.Certificate{chain},
		ClientAuth:   tls.RequireAnyClientCert,
		MinVersion:   tls.VersionTLS12,
	}
	server.StartTLS()
	t.Cleanup(server.Close)
	client, told := telling(t, bank, func(*mtls.Settings) {})
	for _, resumed := range []string{"false", "true"} {
		response, err := client.HTTPClient().Get(strings.Replace(server.URL, "127.0.0.1", "localhost", 1))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if string(body) != resumed || err != nil {
			t.Fatalf("resumed: %s, %v", body, err)
		}
		client.CloseIdleConnections()
	}
	saw := told()
	if len(saw) != 2 || len(saw[0].Chain) == 0 || len(saw[1].Chain) != 0 || saw[1].Host != "localhost" ||
		saw[0].Reason+saw[1].Reason != "" {
		t.Errorf("told %+v", saw)
	}
}

// That a server cannot be reached in time is told, and not that nobody waited for it.
func TestTimeOutIsToldOf(t *testing.T) {
	client, told := telling(t, qtsp.Must(t), func(s *mtls.Settings) { s.DialTimeout = 1 })
	call := func(ctx context.Context) {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://127.0.0.1:9", nil)
		if err != nil {
			t.Fatal(err)
		}
		if response, err := client.HTTPClient().Do(request); err == nil {
			_ = response.Body.Close()
			t.Error("it answered")
		}
	}
	ended, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	call(ended)
	if saw := told(); len(saw) != 0 {
		t.Errorf("told %+v", saw)
	}
	call(t.Context())
	if saw := told(); len(saw) != 1 || saw[0].Reason != mtls.TooSlow {
		t.Errorf("told %+v", saw)
	}
}

// A server that hangs up in the handshake is told of, whatever it has said until then; one that hangs up later is not.
func TestBrokenOffHandshakeIsToldOf(t *testing.T) {
	bank := qtsp.Must(t)
	chain, err := bank.ServerCertificate("localhost")
	if err != nil {
		t.Fatal(err)
	}
	shake := func(version uint16, config *tls.Config) func(net.Conn) {
		config.Certificates, config.MinVersion, config.MaxVersion = []tls.Certificate{chain}, version, version
		return func(raw net.Conn) { _ = tls.Server(raw, config).Handshake() }
	}
	leaves := func(raw net.Conn, err error) error {
		_ = raw.(*net.TCPConn).SetLinger(0)
		_ = raw.Close()
		return err
	}
	atCertificate := func(raw net.Conn) *tls.Config {
		return &tls.Config{
			ClientAuth: tls.RequireAnyClientCert,
			VerifyPeerCertificate: func([][]byte, [][]*x509.Certificate) error {
				return leaves(raw, errors.New("no"))
			},
		}
	}
	for _, tt := range []struct {
		name   string
		serves func(raw net.Conn)
		want   []mtls.Reason
	}{
		{"at once", func(raw net.Conn) { _ = leaves(raw, nil) }, []mtls.Reason{mtls.BrokenOff}},
		{"after half a record", func(raw net.Conn) { _, _ = raw.Write([]byte{22, 3, 3, 0, 99, 2}) },
			[]mtls.Reason{mtls.BrokenOff}},
		{"at our certificate", func(raw net.Conn) { shake(tls.VersionTLS12, atCertificate(raw))(raw) },
			[]mtls.Reason{"", mtls.BrokenOff}},
		{"after the handshake", shake(tls.VersionTLS12, &tls.Config{}), []mtls.Reason{""}},
		{"after the handshake of TLS 1.3", shake(tls.VersionTLS13, &tls.Config{}), []mtls.Reason{""}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = listener.Close() })
			go func() {
				for {
					raw, err := listener.Accept()
					if err != nil {
						return
					}
					tt.serves(raw)
					_ = raw.Close()
				}
			}()
			client, told := telling(t, bank, func(*mtls.Settings) {})
			_, port, _ := net.SplitHostPort(listener.Addr().String())
			if response, err := client.HTTPClient().Get("https://localhost:" + port); err == nil {
				_ = response.Body.Close()
				t.Error("it answered")
			}
			var reasons []mtls.Reason
			for _, h := range told() {
				if reasons = append(reasons, h.Reason); h.Host != "localhost" {
					t.Errorf("told of %q", h.Host)
				}
			}
			if !slices.Equal(reasons, tt.want) {
				t.Errorf("told %q, want %q", reasons, tt.want)
			}
		})
	}
}
