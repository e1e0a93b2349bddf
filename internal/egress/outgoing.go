package egress

import (
	"io"
	"log/slog"
	"net/http"

	"github.com/sealkeeper/sealkeeper/client/source"
	"github.com/sealkeeper/sealkeeper/connector/signature"
	"github.com/sealkeeper/sealkeeper/fault"
)

// ownToken is what HeaderToken says for the application's own token.
const ownToken = "payments"

// outgoingRequest is what is done to a request on its way to the bank.
type outgoingRequest struct {
	from    *source.Source
	product string // to sign it for; empty: it is not signed
	token   string // a consent's id or ownToken; empty: none is added
	logger  *slog.Logger
}

// outgoingKey is the context key of a request's *outgoing.
type outgoingKey struct{}

// bySource sends a request as the outgoing in its context says.
type bySource struct{}

// RoundTrip implements http.RoundTripper. The request is the proxy's own copy.
func (bySource) RoundTrip(r *http.Request) (*http.Response, error) {
	o := r.Context().Value(outgoingKey{}).(*outgoingRequest) //nolint:forcetypeassert // ServeHTTP sets it
	if o.token == "" {
		return o.signed(r)
	}
	return o.withToken(r)
}

// signed sends a request, signed if that was asked for.
func (o *outgoingRequest) signed(r *http.Request) (*http.Response, error) {
	if o.product != "" {
		if err := o.from.SignRequest(r, signature.Product(o.product)); err != nil {
			return nil, closing(r, err)
		}
	}
	return o.from.RoundTrip(r)
}

// withToken sends a request with a token of the bank, and once more with another one if the bank refuses that and the
// body can be sent again. Where there is no other, or none yet, the bank's answer stands.
func (o *outgoingRequest) withToken(r *http.Request) (*http.Response, error) {
	consent := o.token
	if consent == ownToken {
		consent = ""
	}
	token, err := o.from.BankToken(r.Context(), consent)
	if err != nil {
		return nil, closing(r, err)
	}
	source.Bearer(r, token)
	response, err := o.signed(r)
	if err != nil || response.StatusCode != http.StatusUnauthorized {
		return response, err
	}
	o.from.BankTokenRefused(consent, token)
	again := r.Clone(r.Context())
	if r.GetBody != nil {
		if again.Body, err = r.GetBody(); err != nil {
			return response, nil //nolint:nilerr // the bank's answer stands
		}
	} else if r.Body != nil && r.Body != http.NoBody {
		return response, nil
	}
	fresh, err := o.from.BankToken(r.Context(), consent)
	if err != nil {
		code := fault.Code(err)
		o.logger.LogAttrs(r.Context(), slog.LevelWarn, "the bank has refused a token, and there is no other",
			slog.String("host", r.URL.Host), slog.String("code", code))
		_ = closing(again, nil)
		return response, nil
	}
	if fresh.IssuedAt.Equal(token.IssuedAt) {
		_ = closing(again, nil)
		return response, nil
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, maxRefusal))
	_ = response.Body.Close()
	source.Bearer(again, fresh)
	return o.signed(again)
}

// maxRefusal is how much of a refusal is read so that its connection can be used again, in bytes.
const maxRefusal = 64 << 10

// closing closes the body of a request that is not sent, as http.RoundTripper asks.
func closing(r *http.Request, err error) error {
	if r.Body != nil {
		_ = r.Body.Close()
	}
	return err
}
