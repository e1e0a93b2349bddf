package source

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/connector/mtls"
	"github.com/sealkeeper/sealkeeper/connector/signature"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// RoundTrip implements http.RoundTripper: the request goes out on the connections of the version in use.
func (s *Source) RoundTrip(r *http.Request) (*http.Response, error) {
	v, err := s.enter(r)
	if err != nil {
		closeBody(r)
		return nil, err
	}
	response, err := v.roundTrip(r)
	if codeOf(err) != "version_superseded" {
		return response, err
	}
	return s.again(r, v, err)
}

// enter returns the version in use with the request counted.
func (s *Source) enter(r *http.Request) (*version, error) {
	for {
		v, err := s.version()
		if err == nil && (r.URL.Scheme != "https" || !v.servers[mtls.Address(r.URL)]) {
			err = fault.New(fault.Invalid, "server_unknown",
				"%s is none of this bank's servers; the configuration lists them.", r.URL.Host)
		}
		if err != nil || v.enter() {
			return v, err
		}
		v.leave()
	}
}

// again repeats a request whose handshake was refused because the version has ended, once there is another.
func (s *Source) again(r *http.Request, ended *version, cause error) (*http.Response, error) {
	if r.Body != nil && r.Body != http.NoBody && r.GetBody == nil {
		return nil, cause
	}
	changed := s.current.Load()
	if changed.version == ended {
		s.poke()
		ctx, cancel := context.WithTimeout(r.Context(), signTime)
		defer cancel()
		select {
		case <-changed.next:
		case <-ctx.Done():
			return nil, cause
		}
	}
	repeated := r.Clone(r.Context())
	if r.GetBody != nil {
		var err error
		if repeated.Body, err = r.GetBody(); err != nil {
			return nil, cause
		}
	}
	v, err := s.enter(repeated)
	if err != nil {
		closeBody(repeated)
		return nil, err
	}
	return v.roundTrip(repeated)
}

// roundTrip makes a request that was counted. crypto/tls keeps no more than the text of why a handshake was not
// signed, so that the error is found where it was left.
func (v *version) roundTrip(r *http.Request) (*http.Response, error) {
	defer v.leave()
	response, err := v.bank.RoundTrip(r)
	if err != nil && strings.Contains(err.Error(), "failed to sign handshake") {
		if cause := v.unsigned.Load(); cause != nil {
			return nil, *cause
		}
	}
	return response, err
}

func closeBody(r *http.Request) {
	if r.Body != nil {
		_ = r.Body.Close() // as http.RoundTripper asks, whatever happens
	}
}

// maxSigned bounds the body of a request that is signed, in bytes.
const maxSigned = 10 << 20

// SignRequest sets the headers with which the bank accepts a request, signed with the QSealC; each signature is
// audited. What the bank wants signed of the request's own headers must be set before. The body is read into memory,
// up to 10 MB. It takes the purpose signing.
func (s *Source) SignRequest(r *http.Request, product signature.Product) error {
	v, err := s.version()
	if err != nil {
		return err
	}
	in := api.HTTPSignatureRequest{
		Version: v.configuration.Version,
		Product: string(product),
		Method:  r.Method,
		URL:     r.URL.String(),
		Headers: map[string]string{},
	}
	for name, values := range r.Header {
		if len(values) == 1 && !strings.EqualFold(name, "Authorization") && !strings.EqualFold(name, "Cookie") {
			in.Headers[strings.ToLower(name)] = values[0]
		}
	}
	if r.Body != nil && r.Body != http.NoBody {
		if in.BodySHA256, err = digestBody(r); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(r.Context(), signTime)
	defer cancel()
	began := time.Now()
	out, err := s.set.client.SignHTTPRequest(ctx, v.configuration.RegistrationID, in)
	s.signed(time.Since(began), err)
	if err != nil {
		return err
	}
	for name, value := range out.Headers {
		r.Header.Set(name, value)
	}
	return nil
}

// digestBody reads a request's body into memory.
func digestBody(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxSigned+1))
	_ = r.Body.Close()
	switch {
	case err != nil:
		return nil, err
	case len(body) > maxSigned:
		return nil, fault.New(fault.TooLarge, "body_too_large", "A request that is signed has %d MB at most.",
			maxSigned>>20)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	r.ContentLength = int64(len(body))
	sum := sha256.Sum256(body)
	return sum[:], nil
}

// Credentials returns the client id and secret at the bank, of the version in use. They are read once for each
// version, which is audited, and kept in memory. It takes the purpose credentials.
func (s *Source) Credentials(ctx context.Context) (api.TLSCredentials, error) {
	for range 3 { // a version that changes meanwhile
		v, err := s.version()
		if err != nil {
			return api.TLSCredentials{}, err
		}
		got, err := s.credentialsOf(ctx, v)
		if err != nil {
			return api.TLSCredentials{}, err
		}
		if got.Version == v.configuration.Version {
			return got, nil
		}
		s.expect(got.Version, false)
		changed := s.current.Load()
		if changed.version != v {
			continue
		}
		select {
		case <-changed.next:
		case <-ctx.Done():
			return api.TLSCredentials{}, ctx.Err()
		}
	}
	return api.TLSCredentials{}, fault.New(fault.Unavailable, "credentials_changing",
		"The client id and secret change all the time; try again.")
}

func (s *Source) credentialsOf(ctx context.Context, v *version) (api.TLSCredentials, error) {
	if known := v.credentials.Load(); known != nil {
		return *known, nil
	}
	s.reading.Lock()
	defer s.reading.Unlock()
	if known := v.credentials.Load(); known != nil {
		return *known, nil
	}
	got, err := s.set.client.GetTLSCredentials(ctx, v.configuration.RegistrationID)
	if err == nil && got.ClientID == "" { // with some banks, the QWAC is all the proof there is
		err = fault.New(fault.Internal, "credentials_empty", "The service has no client id for this version.")
	}
	if err != nil {
		return api.TLSCredentials{}, err
	}
	if got.Version == v.configuration.Version {
		v.credentials.Store(&got)
	}
	return got, nil
}
