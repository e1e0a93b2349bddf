package app

import (
	"context"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/internet"
)

// issuers asks the internet where issuing certificates are published.
type issuers struct{ asks *internet.Client }

// What is taken of an answer, and how long it is given again.
const (
	maxIssuers  = 256 << 10
	keepIssuers = 10 * time.Minute
)

// Issuer implements vault.Issuers.
func (i issuers) Issuer(ctx context.Context, url string) ([]byte, error) {
	answer, err := i.asks.Ask(ctx, internet.Question{
		Purpose:  "aia",
		URL:      url,
		MaxBytes: maxIssuers,
		KeepFor:  keepIssuers,
	})
	return answer.Body, err
}
