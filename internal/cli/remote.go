package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/secretfile"
	"github.com/sealkeeper/sealkeeper/secret"
)

// Service is the flags that say which running service is asked, and on whose behalf.
type Service struct {
	Server    string `env:"SK_SERVER" default:"http://127.0.0.1:8420" help:"Address of the service."`
	TokenFile string `type:"path" help:"File with the token; default: SK_TOKEN, or that of login." placeholder:"FILE"`
}

// Remote is the flags of every command that asks a running service, like any program would.
type Remote struct {
	Service
	JSON           bool   `name:"json" help:"Print the service's answer as it is."`
	IdempotencyKey string `help:"Key under which this is done once within a day." placeholder:"KEY"`
}

// Workload is the flags of commands that run on and on, on a platform that gives them a token of its own.
type Workload struct {
	WorkloadTokenFile string `type:"path" help:"Or a file with the platform's JWT." placeholder:"FILE"`
	ClientCert        string `type:"path" help:"Or a client certificate." placeholder:"FILE" and:"client-certificate"`
	ClientKey         string `type:"path" help:"File with its key." placeholder:"FILE" and:"client-certificate"`
	Account           string `help:"Service account meant, if the JWT stands for several." placeholder:"NAME"`
}

// ClientConfig is by what a command that runs on and on calls the service: files with tokens are read again, so that
// one that is replaced is taken up.
func (r Service) ClientConfig(env *Environment, w Workload) (client.Config, error) {
	cfg := client.Config{URL: r.Server, Account: w.Account}
	if w.ClientCert != "" {
		cfg.GetClientCertificate = client.CertificateFiles(w.ClientCert, w.ClientKey)
		_, err := cfg.GetClientCertificate(nil)
		return cfg, err
	}
	if w.WorkloadTokenFile != "" {
		cfg.WorkloadFunc = client.TokenFile(w.WorkloadTokenFile)
		return cfg, nil
	}
	cfg.TokenFunc = func(context.Context) (secret.Text, error) { return r.token(env) }
	_, err := r.token(env)
	return cfg, err
}

func (r Service) token(env *Environment) (secret.Text, error) {
	if r.TokenFile != "" {
		return secretfile.Read(r.TokenFile)
	}
	if token := env.Variable("SK_TOKEN"); token != "" {
		return secret.NewTextString(token), nil
	}
	// without a place for logins there is none
	kept, found, err := env.Login(r.Server)
	if err != nil && fault.Code(err) != "home_missing" {
		return secret.Text{}, err
	}
	if !found {
		return secret.Text{}, Invalid("token_missing",
			"Sign in with `sealkeeper login`, or provide a bearer token with --token-file or in SK_TOKEN; "+
				"`sealkeeper token add` makes one on the server.%s", hintToken())
	}
	return kept.Token, nil
}

// Ask asks the service and returns its answer. With --json it prints the answer, and nothing is left to show.
func Ask[Out any](
	env *Environment, r Remote, ask func(context.Context, *client.Client) (Out, error),
) (out Out, err error) {
	token, err := r.token(env)
	if err != nil {
		return out, err
	}
	answers := recorder{transport: client.Transport()}
	defer answers.transport.CloseIdleConnections()
	service, err := client.New(client.Config{
		URL:        r.Server,
		Token:      token,
		HTTPClient: &http.Client{Transport: &answers},
	})
	if err != nil {
		return out, err
	}
	if out, err = ask(client.WithIdempotencyKey(env.Context, r.IdempotencyKey), service); err != nil {
		return out, r.explained(err)
	}
	if r.JSON {
		_, err = env.Out.Write(plainJSON(answers.last.Bytes()))
	}
	return out, err
}

// explained is the error of a call for a person: the service's own with its code, which the service
// explains at /reference/errors.
func (r Remote) explained(err error) error {
	e, ok := errors.AsType[*fault.Error](err)
	switch {
	case ok && e.Code == client.Unreachable:
		return fault.Wrap(e.Cause, e.Kind, e.Code, "%s%s", e.Message, hintServer(r.Server))
	case ok && e.Cause == nil && e.Request != "":
		return fault.New(e.Kind, e.Code, "%s [%s, request %s]", e.Message, e.Code, e.Request)
	case ok && e.Cause == nil:
		return fault.New(e.Kind, e.Code, "%s [%s]", e.Message, e.Code)
	}
	return err
}

// recorder keeps the last answer as it came.
type recorder struct {
	transport *http.Transport
	last      bytes.Buffer
}

// RoundTrip implements http.RoundTripper.
func (r *recorder) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := r.transport.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	r.last.Reset()
	response.Body = struct {
		io.Reader
		io.Closer
	}{io.TeeReader(response.Body, &r.last), response.Body}
	return response, nil
}
