package main

import (
	"fmt"
	"net/http"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/cli"
)

type healthcheckCmd struct {
	URL string `arg:"" optional:"" default:"http://127.0.0.1:8420/healthz" help:"Address to ask."`
}

// Run asks once.
func (c healthcheckCmd) Run(env *cli.Environment) error {
	request, err := http.NewRequestWithContext(env.Context, http.MethodGet, c.URL, nil)
	if err != nil {
		return err
	}
	client := &http.Client{Timeout: 3 * time.Second}
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
