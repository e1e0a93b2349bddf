package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/config"
	"github.com/sealkeeper/sealkeeper/internal/secretfile"
	"github.com/sealkeeper/sealkeeper/secret"
)

// Remote is the flags of every command that asks a running service, like any program would.
type Remote struct {
	Server    string `env:"SK_SERVER" default:"http://127.0.0.1:8420" help:"Address of the service; without it ${default}." placeholder:"URL"`
	TokenFile string `type:"path" help:"File with the bearer token; otherwise SK_TOKEN in the environment." placeholder:"FILE"`
	JSON      bool   `name:"json" help:"Print the service's answer as it is."`
}

// remoteTimeout covers the slowest bank.
const remoteTimeout = 2 * time.Minute

func (r Remote) token(env *Environment) (secret.Text, error) {
	if r.TokenFile != "" {
		return secretfile.Read(r.TokenFile)
	}
	token := env.Variable("SK_TOKEN")
	if token == "" {
		return secret.Text{}, Invalid("token_missing",
			"Give a bearer token: --token-file, or SK_TOKEN in the environment; `sealkeeper token add` makes one.%s",
			hintToken())
	}
	return secret.NewTextString(token), nil
}

// address is where the service is, without the /v1 that programs put behind it.
func (r Remote) address() (string, error) {
	address := strings.TrimSuffix(strings.TrimSuffix(r.Server, "/"), "/v1")
	server, err := url.Parse(address)
	switch {
	case err != nil || server.Hostname() == "" || (server.Scheme != "https" && server.Scheme != "http"):
		return "", Invalid("server_invalid",
			"The address of the service must be of the form https://sealkeeper.example.")
	case server.Scheme == "http" && !config.Loopback(server.Hostname()):
		return "", Invalid("server_insecure",
			"The address of the service must begin with https:// unless it is this machine: the bearer token would "+
				"cross the network in clear.")
	}
	return address, nil
}

// call makes one call to the API and decodes the answer into out; with --json it prints it instead and reports true.
func (r Remote) Call(env *Environment, method, path string, in, out any) (printed bool, err error) {
	token, err := r.token(env)
	if err != nil {
		return false, err
	}
	ctx, cancel := context.WithTimeout(env.Context, remoteTimeout)
	defer cancel()
	body, err := json.Marshal(in)
	if err != nil {
		return false, err
	}
	if in == nil {
		body = nil
	}
	server, err := r.address()
	if err != nil {
		return false, err
	}
	request, err := http.NewRequestWithContext(ctx, method, server+path, bytes.NewReader(body))
	if err != nil {
		return false, err
	}
	request.Header.Set("Authorization", "Bearer "+token.Reveal())
	request.Header.Set("Content-Type", "application/json")
	client := http.Client{
		Transport: remoteTransport(),
		// the token goes nowhere else
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := client.Do(request)
	if err != nil {
		return false, fault.Wrap(err, fault.Unavailable, "server_unreachable", "The service at %s does not answer.%s",
			r.Server, hintServer(server))
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return false, fault.Wrap(err, fault.Unavailable, "server_unreachable", "The service at %s broke off.", r.Server)
	}
	if response.StatusCode >= http.StatusMultipleChoices {
		return false, refusal(response.Status, answer)
	}
	if r.JSON {
		_, err = env.Out.Write(answer)
		return true, err
	}
	return false, json.Unmarshal(answer, out)
}

// remoteTransport gives a proxy nothing but tunnels: in http, which address allows to
// this machine alone, the proxy would read the token. Go's own exemption of this
// machine knows neither LOCALHOST nor every address of it.
func remoteTransport() *http.Transport {
	return &http.Transport{
		Proxy: func(r *http.Request) (*url.URL, error) {
			if r.URL.Scheme != "https" {
				return nil, nil //nolint:nilnil // net/http takes nil for no proxy
			}
			return http.ProxyFromEnvironment(r)
		},
		ForceAttemptHTTP2: true,
	}
}

// refusal is what the service answered, for a person.
func refusal(status string, answer []byte) error {
	var p struct{ Code, Detail string }
	if json.Unmarshal(answer, &p) != nil || p.Detail == "" {
		return fmt.Errorf("the service answered %s", status)
	}
	return errors.New(Plain(p.Detail) + " [" + Plain(p.Code) + "]")
}
