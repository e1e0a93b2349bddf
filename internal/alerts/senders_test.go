package alerts_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/alerts"
	"github.com/sealkeeper/sealkeeper/internal/cases"
	"github.com/sealkeeper/sealkeeper/internal/internet"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/types/api"
)

var noon = time.Date(2026, 12, 1, 11, 0, 0, 0, time.UTC)

// message is about two cases, of which one is urgent.
func message(kind alerts.ChannelKind, language alerts.Language) alerts.Message {
	item := func(id, what, todo string, urgent bool) alerts.Item {
		return alerts.Item{
			Event: cases.Event{Seq: 7, ID: "event-" + id, CaseID: id, What: what, Urgent: urgent, At: noon},
			Case: cases.Case{
				ID:         id,
				Kind:       cases.CertificateEnds,
				Name:       "QWAC <b>_x_</b> & Cie",
				Todo:       todo,
				PlaceCount: 3,
				BeginsAt:   noon.AddDate(-1, 0, 0),
				EndsAt:     noon.AddDate(0, 0, 20),
				Lead:       14 * 24 * time.Hour,
				Owner:      "Claire",
				Urgent:     urgent,
				Threshold:  what,
			},
		}
	}
	return alerts.Message{
		ID:      "msg_1",
		Channel: alerts.Channel{Name: "team", Kind: kind, Language: language},
		At:      noon,
		Items: []alerts.Item{
			item("c1", cases.LastSafeDay, "one", true), item("c2", cases.Opened, "two", false),
			item("c3", cases.Opened, "two", false),
		},
		Left:     4,
		PageURL:  "https://sealkeeper.example/alerts",
		Location: time.UTC,
	}
}

// mailbox is a real SMTP server that keeps what it is handed.
type mailbox struct {
	mu       sync.Mutex
	letters  []string
	to       []string
	password string
	refuses  bool
}

func (m *mailbox) NewSession(*smtp.Conn) (smtp.Session, error) { return &session{mailbox: m}, nil }

type session struct{ *mailbox }

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, username, password string) error {
		if username != "sealkeeper" || password != s.password {
			return errors.New("wrong password")
		}
		return nil
	}), nil
}

func (s *session) Mail(string, *smtp.MailOptions) error { return nil }

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refuses {
		return &smtp.SMTPError{Code: 550, Message: "no such user"}
	}
	s.to = append(s.to, to)
	return nil
}

func (s *session) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.letters = append(s.letters, string(text))
	return err
}

func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

// certificate is one for 127.0.0.1, and the pool that trusts it.
func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(time.Hour),
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA:                  true,
		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// post office starts a mail server, with TLS or without.
func postOffice(t *testing.T, withTLS bool) (*mailbox, alerts.Server) {
	t.Helper()
	box := &mailbox{password: "p4ss"}
	server := smtp.NewServer(box)
	server.Domain = "127.0.0.1"
	pair, pool := certificate(t)
	if withTLS {
		server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return box, alerts.Server{
		Host:     "127.0.0.1",
		Port:     listener.Addr().(*net.TCPAddr).Port, //nolint:forcetypeassert // it is TCP
		User:     "sealkeeper",
		Password: func() (secret.Text, error) { return secret.NewTextString("p4ss"), nil },
		TLS:      &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12},
		From:     "Sealkeeper <sealkeeper@firm.example>",
		Domain:   "sealkeeper.example",
	}
}

func TestALetterArrivesOverTLS(t *testing.T) {
	box, server := postOffice(t, true)
	to := []string{"compliance@firm.example", "ops@firm.example"}
	if err := server.Emails(to).Send(t.Context(), message(alerts.Email, alerts.French)); err != nil {
		t.Fatal(err)
	}
	if len(box.letters) != 1 || strings.Join(box.to, " ") != strings.Join(to, " ") {
		t.Fatalf("%d letters to %v", len(box.letters), box.to)
	}
	letter, err := mail.ReadMessage(strings.NewReader(box.letters[0]))
	if err != nil {
		t.Fatal(err)
	}
	for header, want := range map[string]string{
		"Message-Id":     "<msg_1@sealkeeper.example>",
		"Auto-Submitted": "auto-generated",
		"List-Id":        "<alerts.sealkeeper.example>",
	} {
		if got := letter.Header.Get(header); got != want {
			t.Errorf("%s: %q", header, got)
		}
	}
	for _, want := range []string{"URGENT", "21 d=C3=A9cembre 2026", "https://sealkeeper.example/alerts/c1"} {
		if !strings.Contains(strings.ReplaceAll(box.letters[0], "=\r\n", ""), want) {
			t.Errorf("%q is not in the letter:\n%s", want, box.letters[0])
		}
	}
}

func TestNothingIsSentWithoutTLS(t *testing.T) {
	box, server := postOffice(t, false)
	err := server.Emails([]string{"x@firm.example"}).Send(t.Context(), message(alerts.Email, alerts.English))
	if !errors.Is(err, fault.Unavailable) || len(box.letters) > 0 {
		t.Errorf("without TLS: %v, %d letters", err, len(box.letters))
	}
	box, server = postOffice(t, true)
	server.TLS = nil // the system's roots do not know the server
	err = server.Emails([]string{"x@firm.example"}).Send(t.Context(), message(alerts.Email, alerts.English))
	if !errors.Is(err, fault.Unavailable) || len(box.letters) > 0 {
		t.Errorf("from a server nobody vouches for: %v, %d letters", err, len(box.letters))
	}
}

// A mail server that takes the connection, or the first commands, and then says no more does not hold what sends.
func TestAMailServerThatFallsSilent(t *testing.T) {
	for name, greeting := range map[string]string{"at once": "", "after its greeting": "220 mail.example ESMTP\r\n"} {
		t.Run(name, func(t *testing.T) {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
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
					t.Cleanup(func() { _ = conn.Close() })
					_, _ = io.WriteString(conn, greeting)
				}
			}()
			_, server := postOffice(t, true)
			server.Port = listener.Addr().(*net.TCPAddr).Port //nolint:forcetypeassert // it is TCP
			server.Timeout = 100 * time.Millisecond
			err = server.Emails([]string{"x@firm.example"}).Send(t.Context(), message(alerts.Email, alerts.English))
			if fault.Code(err) != "mail_failed" {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestARefusalOfTheMailServerIsAnError(t *testing.T) {
	box, server := postOffice(t, true)
	box.refuses = true
	err := server.Emails([]string{"x@firm.example"}).Send(t.Context(), message(alerts.Email, alerts.English))
	if fault.Code(err) != "mail_refused" {
		t.Errorf("got %v", err)
	}
	box.refuses, box.password = false, "another"
	err = server.Emails([]string{"x@firm.example"}).Send(t.Context(), message(alerts.Email, alerts.English))
	if err == nil || strings.Contains(err.Error(), "p4ss") {
		t.Errorf("got %v", err)
	}
}

// received is a request to a webhook.
type received struct {
	header http.Header
	body   []byte
}

// receiver is a web server over TLS, and the client that may post to it.
func receiver(t *testing.T, status int) (url string, got chan received, poster *internet.Client) {
	t.Helper()
	got = make(chan received, 10)
	url, poster = receiverThatSays(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- received{r.Header, body}
		w.WriteHeader(status)
	})
	return url, got, poster
}

func receiverThatSays(t *testing.T, say http.HandlerFunc) (url string, poster *internet.Client) {
	t.Helper()
	server := httptest.NewUnstartedServer(say)
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // of hanging up
	server.StartTLS()
	t.Cleanup(server.Close)
	pool := x509.NewCertPool()
	pool.AddCert(server.Certificate())
	poster, err := internet.New(internet.Config{Allow: []string{"127.0.0.1"}, Roots: pool})
	if err != nil {
		t.Fatal(err)
	}
	return server.URL, poster
}

func key() string {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw)
	return "whsec_" + base64.StdEncoding.EncodeToString(raw)
}

func secretText(text string) alerts.Secret {
	return func() (secret.Text, error) { return secret.NewTextString(text), nil }
}

func TestAWebhookIsVerifiedByAnotherImplementation(t *testing.T) {
	url, got, poster := receiver(t, http.StatusNoContent)
	former, next := key(), key()
	m := message(alerts.Webhook, alerts.English)
	m.At = time.Now() // verifiers allow five minutes
	keys := []alerts.Secret{secretText(next), secretText(former)}
	if err := alerts.Webhooks(poster, url, keys, "https://sealkeeper.example").Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	r := <-got
	for _, known := range []string{former, next} { // both, while one takes the place of the other
		verifier, err := standardwebhooks.NewWebhook(known)
		if err != nil {
			t.Fatal(err)
		}
		if err := verifier.Verify(r.body, r.header); err != nil {
			t.Errorf("not verified: %v", err)
		}
	}
	stranger, err := standardwebhooks.NewWebhook(key())
	if err != nil {
		t.Fatal(err)
	}
	if stranger.Verify(r.body, r.header) == nil {
		t.Error("verified with a key that nobody signed with")
	}
	var event api.CaseEvent
	if err := json.Unmarshal(r.body, &event); err != nil {
		t.Fatal(err)
	}
	if event.SpecVersion != "1.0" || event.ID != "event-c1" || event.Type != "com.sealkeeper.case.last_safe_day" ||
		event.Subject != "c1" || event.Sequence != "7" || event.Data.URL != "https://sealkeeper.example/alerts/c1" ||
		r.header.Get("webhook-id") != "msg_1" || !strings.HasPrefix(r.header.Get("Content-Type"),
		"application/cloudevents+json") {
		t.Errorf("got %+v with %v", event, r.header)
	}
}

func TestWhatAReceiverAnswersDecidesWhetherItIsTriedAgain(t *testing.T) {
	for status, kind := range map[int]fault.Kind{
		http.StatusGone:       fault.Conflict,
		http.StatusBadGateway: fault.Unavailable,
		http.StatusFound:      fault.Unavailable,
	} {
		url, got, poster := receiver(t, status)
		sender := alerts.Webhooks(poster, url, []alerts.Secret{secretText(key())}, "https://sealkeeper.example")
		err := sender.Send(t.Context(), message(alerts.Webhook, alerts.English))
		if !errors.Is(err, kind) {
			t.Errorf("HTTP status %d: %v", status, err)
		}
		<-got
	}
	// An address inside the network is not asked, and tried again when the configuration has been put right.
	url, got, _ := receiver(t, http.StatusOK)
	strict, err := internet.New(internet.Config{})
	if err != nil {
		t.Fatal(err)
	}
	sender := alerts.Webhooks(strict, url, []alerts.Secret{secretText(key())}, "https://sealkeeper.example")
	err = sender.Send(t.Context(), message(alerts.Webhook, alerts.English))
	if code := fault.Code(err); code != "outgoing_inside" || !errors.Is(err,
		fault.Unavailable) || len(got) > 0 {
		t.Errorf("inside the network: %v", err)
	}
}

// What a receiver says beside the status is its own affair: a message that it took is not sent again.
func TestAReceiverMaySayMuchOrStop(t *testing.T) {
	for name, say := range map[string]http.HandlerFunc{
		"a page": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 100<<10)) },
		"10 MB":  func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 10<<20)) },
		"a length that is too much": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100000000")
			w.WriteHeader(http.StatusOK)
		},
		"a body that ends early": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = w.Write([]byte("ok"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			url, poster := receiverThatSays(t, say)
			sender := alerts.Webhooks(poster, url, []alerts.Secret{secretText(key())}, "https://sealkeeper.example")
			if err := sender.Send(t.Context(), message(alerts.Webhook, alerts.English)); err != nil {
				t.Errorf("it took the message, and that counts as %v", err)
			}
		})
	}
}

// The address of a chat's webhook is all that somebody needs to write there.
func TestTheAddressOfAChatIsInNoError(t *testing.T) {
	for name, serve := range map[string]http.HandlerFunc{
		"hangs up": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"sends on": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/T000/B000/s3cret/again", http.StatusFound)
		},
		"refuses": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) },
	} {
		t.Run(name, func(t *testing.T) {
			url, poster := receiverThatSays(t, serve)
			sender := alerts.SlackChannel(poster, secretText(url+"/services/T000/B000/s3cret"))
			err := sender.Send(t.Context(), message(alerts.Slack, alerts.English))
			if err == nil || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestChatsGetCardsWithNothingToClickFromNames(t *testing.T) {
	url, got, poster := receiver(t, http.StatusOK)
	err := alerts.SlackChannel(poster, secretText(url)).Send(t.Context(), message(alerts.Slack, alerts.English))
	if err != nil {
		t.Fatal(err)
	}
	var slack struct {
		Text   string
		Blocks []struct{ Text struct{ Type, Text string } }
	}
	if err := json.Unmarshal((<-got).body, &slack); err != nil {
		t.Fatal(err)
	}
	if len(slack.Blocks) != 4 || !strings.Contains(slack.Blocks[1].Text.Text,
		"QWAC &lt;b&gt;_x_&lt;/b&gt; &amp; Cie") ||
		!strings.Contains(slack.Blocks[2].Text.Text, "Others for which the same is to be done: 1.") ||
		slack.Text != "Sealkeeper: URGENT: 1 of 3 cases" {
		t.Errorf("got %+v", slack)
	}
	err = alerts.TeamsWorkflow(poster, secretText(url)).Send(t.Context(), message(alerts.Teams, alerts.French))
	if err != nil {
		t.Fatal(err)
	}
	var card struct {
		Type        string
		Attachments []struct {
			ContentType string
			Content     struct {
				Type, Version string
				Body          []struct{ Type, Text string }
			}
		}
	}
	if err := json.Unmarshal((<-got).body, &card); err != nil {
		t.Fatal(err)
	}
	if card.Type != "message" || len(card.Attachments) != 1 || card.Attachments[0].Content.Type != "AdaptiveCard" ||
		card.Attachments[0].Content.Body[0].Text != "Sealkeeper : URGENT : 1 sur 3" {
		t.Errorf("got %+v", card)
	}
}
