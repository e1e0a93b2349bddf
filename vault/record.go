package vault

import (
	"context"
	"encoding/pem"
	"fmt"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/fault"
)

// State is how far a certificate is on its way into or out of custody.
type State string

// The states. Pending is an intent: the key may or may not be in custody yet.
const (
	Pending State = "pending"
	Stored  State = "stored"
	Retired State = "retired"
)

// Record is what the database knows of a certificate: nothing that is secret.
type Record struct {
	ID        string // opaque; of its document in custody
	KeyID     string // of its key in custody: the same, unless it renews another certificate without a new key
	State     State
	Name      string // for people; the subject's organization and kind unless given
	Leaf      *certs.Certificate
	Chain     []*certs.Certificate // issuing CAs in order
	Custody   string               // mode of the custody that holds the key
	CreatedAt time.Time            // UTC
	CreatedBy string               // caller id
}

// Findings judges the certificate at the given time.
func (r Record) Findings(at time.Time) []certs.Finding { return certs.Judge(r.Leaf, r.Chain, at) }

// Records reads what is recorded.
type Records interface {
	// CertificateByID returns the record, or fault.NotFound.
	CertificateByID(ctx context.Context, id string) (Record, error)
	// CertificateByFingerprint finds a record by the hex SHA-256 of the leaf, or fault.NotFound.
	CertificateByFingerprint(ctx context.Context, sha256 string) (Record, error)
	// Certificates returns the records in the given states, newest first.
	Certificates(ctx context.Context, states ...State) ([]Record, error)
}

// Intents keeps the promise that what is about to be written to custody is known before it is.
type Intents interface {
	// BeginImport records r as pending, or fault.Conflict if the same certificate is recorded.
	BeginImport(ctx context.Context, r Record) error
	// FinishImport turns a pending record into a stored one.
	FinishImport(ctx context.Context, id string) error
	// AbandonImport removes a pending record.
	AbandonImport(ctx context.Context, id string) error
}

// ChainPEM writes leaf and chain as PEM, leaf first.
func (r Record) ChainPEM() string {
	var b strings.Builder
	for _, c := range append([]*certs.Certificate{r.Leaf}, r.Chain...) {
		_ = pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
	}
	return b.String()
}

// ParseChainPEM is the inverse of Record.ChainPEM.
func ParseChainPEM(text string) (leaf *certs.Certificate, chain []*certs.Certificate, err error) {
	rest := []byte(text)
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		c, err := certs.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, nil, fmt.Errorf("parsing a stored certificate: %w", err)
		}
		if leaf == nil {
			leaf = c
		} else {
			chain = append(chain, c)
		}
	}
	if leaf == nil {
		return nil, nil, fault.New(fault.Internal, "record_damaged", "A stored certificate record holds no certificate; restore the database from a backup.")
	}
	return leaf, chain, nil
}
