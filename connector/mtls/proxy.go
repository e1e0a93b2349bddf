package mtls

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/sealkeeper/sealkeeper/connector/failure"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/secretfile"
)

// The ways in which our own proxy stands between us and the bank.
var (
	ProxyRefused = failure.NewClass(fault.Conflict, "proxy_refused", failure.Operator,
		"Our own proxy %s refused the way to the bank (%s); check connection.proxy_url, the user and password in its "+
			"files, and what the proxy allows.")
	ProxyDown = failure.NewClass(fault.Unavailable, "proxy_unreachable", failure.RetryLater,
		"Our own proxy %s did not lead to the bank (%s); try again later, and check connection.proxy_url if it "+
			"goes on.")
)

// dialer opens TCP connections to banks, through our own proxy where there is one.
type dialer struct {
	net   net.Dialer
	proxy *url.URL // nil: straight there
	user  string   // files with the proxy's user and password; empty: it asks for none
	pass  string
}

func (s Settings) dialer() *dialer {
	d := &dialer{
		net:  net.Dialer{Timeout: time.Duration(s.DialTimeout)},
		user: s.ProxyUserFile,
		pass: s.ProxyPasswordFile,
	}
	if proxy, err := url.Parse(s.ProxyURL); err == nil && s.ProxyURL != "" { // Problems has looked at it
		d.proxy = proxy
	}
	return d
}

// Reach opens a connection to an address, "host:port", the way requests go, and closes it.
func (s Settings) Reach(ctx context.Context, address string) error {
	conn, err := s.dialer().DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	return conn.Close()
}

// DialContext opens a connection to an address, "host:port".
func (d *dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	if d.proxy == nil {
		return d.net.DialContext(ctx, network, address)
	}
	raw, err := d.net.DialContext(ctx, network, Address(d.proxy))
	if err != nil {
		return nil, d.down(err, "it could not be reached")
	}
	conn := raw
	if d.proxy.Scheme == "https" {
		conn = tls.Client(raw, &tls.Config{ServerName: d.proxy.Hostname(), MinVersion: tls.VersionTLS12})
	}
	// No answer may keep us longer than a connection may take, nor than the caller waits.
	_ = raw.SetDeadline(time.Now().Add(d.net.Timeout))
	stop := context.AfterFunc(ctx, func() { _ = raw.SetDeadline(time.Unix(1, 0)) })
	err = d.connect(conn, address)
	if stopped := stop(); !stopped && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		_ = raw.Close()
		return nil, err
	}
	return conn, raw.SetDeadline(time.Time{})
}

// connect asks the proxy for the way to an address (RFC 9110 section 9.3.6).
func (d *dialer) connect(conn net.Conn, address string) error {
	ask := &http.Request{
		Method: http.MethodConnect,
		URL:    &url.URL{Opaque: address},
		Host:   address,
		Header: http.Header{},
	}
	if err := d.sign(ask); err != nil {
		return err
	}
	if err := ask.Write(conn); err != nil {
		return d.down(err, "the connection to it broke")
	}
	reader := bufio.NewReader(conn)
	answer, err := http.ReadResponse(reader, ask)
	if err != nil {
		return d.down(err, "it gave no answer")
	}
	_ = answer.Body.Close() // of a refusal; nobody reads it
	said := fmt.Sprintf("HTTP %d", answer.StatusCode)
	switch {
	case answer.StatusCode >= http.StatusInternalServerError:
		return d.down(errors.New(said), said)
	case answer.StatusCode != http.StatusOK:
		return ProxyRefused.Because(failed(errors.New(said)), d.proxy.Host, said)
	case reader.Buffered() > 0:
		return d.down(errors.New("bytes before the bank was spoken to"), "it speaks in the bank's place")
	}
	return nil
}

// sign shows the proxy who we are. The files are read each time, so that a changed password counts at once.
func (d *dialer) sign(ask *http.Request) error {
	if d.user == "" {
		return nil
	}
	user, err := secretfile.Read(d.user)
	if err != nil {
		return err
	}
	password, err := secretfile.Read(d.pass)
	if err != nil {
		return err
	}
	both := base64.StdEncoding.EncodeToString([]byte(user.Reveal() + ":" + password.Reveal()))
	ask.Header.Set("Proxy-Authorization", "Basic "+both)
	return nil
}

func (d *dialer) down(err error, why string) error {
	return ProxyDown.Because(failed(err), d.proxy.Host, why)
}

// failed is the cause of a connection that was never there: nothing has left towards the bank.
func failed(err error) *failure.Failure {
	return &failure.Failure{Err: &net.OpError{Op: "dial", Net: "tcp", Err: err}}
}
