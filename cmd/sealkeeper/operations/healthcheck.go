package operations

import (
	"fmt"
	"net/http"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/internal/config"
)

// Healthcheck is the command that asks whether a service is alive.
type Healthcheck struct {
	cli.Configured
	URL string `arg:"" optional:"" help:"Address to ask in place of the configured one."`
}

// Run asks once.
func (c Healthcheck) Run(env *cli.Environment) error {
	address := c.URL
	if address == "" {
		listen, operators, err := config.Addresses(c.Config, env.Environ)
		if err != nil {
			return err
		}
		if operators != "" {
			listen = operators
		}
		address = "http://" + local(listen) + "/healthz"
	}
	request, err := http.NewRequestWithContext(env.Context, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	client := &http.Client{Timeout: 3 * time.Second, Transport: &http.Transport{}}
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("the service does not answer: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the service answers %s", response.Status)
	}
	return nil
}
