// Package vault is the only way to a secret. Each operation on one takes the caller,
// and checks the permission and writes the audit entry in one call before it touches
// custody.
package vault

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/clock"
)

// Config is what a Vault is made of. Every field but Mirror is required.
type Config struct {
	Custody           Custody
	Records           Records
	Summaries         Summaries
	RulesAhead        RulesAhead
	Intents           Intents
	Requests          CSRs
	CSRLists          CSRLists
	Lines             Lines
	Lifecycle         Lifecycle
	CertificateMirror CertificateMirror
	Uses              Uses
	Issuers           Issuers
	Approvals         Approvals
	Live              func(institutionID string) bool // whether it is a bank's live environment
	Copies            Copies
	Incidents         Incidents
	Namings           Namings
	Checks            Checks
	Mirror            Mirror // nil: custody keeps no mirror of other packages' records
	Audit             *audit.Log
	Logger            *slog.Logger
	Now               func() time.Time
	// Grace is how old a pending import must be before Reconcile decides about it.
	// It must exceed the longest time custody takes for one write, so that no
	// write of a living import arrives after it was given up.
	Grace time.Duration
}

// Vault guards certificates, private keys and client credentials. It is safe for concurrent use.
type Vault struct {
	cfg       Config
	reading   chan struct{}                // a place for every upload being read
	ended     sync.Map                     // certificate id to the error that says why it is not used any more
	following []func(certificateID string) // changes of chains
	columns   struct {
		sync.Mutex
		key tink.AEAD // nil: not opened yet
	}
}

// New returns a Vault.
func New(cfg Config) *Vault {
	cfg.Now = clock.Micros(cfg.Now)
	return &Vault{cfg: cfg, reading: make(chan struct{}, readers)}
}

// CustodyMode names the custody: "embedded" or "vault".
func (v *Vault) CustodyMode() string { return v.cfg.Custody.Mode() }

// Health reports why custody cannot be used now; nil means that it can.
func (v *Vault) Health(ctx context.Context) error { return v.cfg.Custody.Health(ctx) }

// Line returns the versions of a certificate's line, version 1 first.
func (v *Vault) Line(ctx context.Context, caller access.Caller, id string) ([]Record, error) {
	r, err := v.Get(ctx, caller, id)
	if err != nil {
		return nil, err
	}
	return v.cfg.Lines.CertificatesOfLine(ctx, r.Line.ID)
}

// Get returns one certificate's record.
func (v *Vault) Get(ctx context.Context, caller access.Caller, id string) (Record, error) {
	if err := v.cfg.Audit.Permit(ctx, caller, access.CertRead, id); err != nil {
		return Record{}, err
	}
	return v.cfg.Records.CertificateByID(ctx, id)
}

// Certificate returns the public half of a stored certificate.
func (v *Vault) Certificate(
	ctx context.Context, caller access.Caller, id string,
) (*certs.Certificate, []*certs.Certificate, error) {
	r, err := v.Get(ctx, caller, id)
	if err != nil {
		return nil, nil, err
	}
	if err := usable(r); err != nil {
		return nil, nil, err
	}
	return r.Leaf, r.Chain, nil
}

// Held returns the public halves of certificates by their ids, read together. What is not there is missing. A live
// registration may not use one whose key is exportable while no second person has approved that.
func (v *Vault) Held(ctx context.Context, caller access.Caller, ids []string) (map[string]certs.Held, error) {
	for _, id := range ids {
		if err := v.cfg.Audit.Permit(ctx, caller, access.CertRead, id); err != nil {
			return nil, err
		}
	}
	records, err := v.cfg.Records.CertificatesByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	held := make(map[string]certs.Held, len(records))
	for _, r := range records {
		h := certs.Held{Refused: usable(r)}
		if h.Refused == nil {
			h.Leaf, h.Chain = r.Leaf, r.Chain
		}
		if r.KeyMode == KeyExportable && r.Export.ApprovedBy == "" {
			h.NotLive = exportNotApproved(r)
		}
		held[r.ID] = h
	}
	return held, nil
}

func exportNotApproved(r Record) error {
	return fault.New(fault.Conflict, "export_not_approved",
		"The private key of %q is exportable, and no second person has approved its export yet; request "+
			"that, or choose a certificate whose key stays in custody.", r.Name)
}

// Published returns, as PEM, a signing certificate by the hex SHA-256 of its
// DER. Banks fetch it to check our signatures, so it is public and needs no caller;
// a retired or destroyed one stays, for signatures made before.
func (v *Vault) Published(ctx context.Context, sha256 string) (string, error) {
	r, err := v.cfg.Records.CertificateByFingerprint(ctx, strings.ToLower(sha256))
	if err != nil {
		return "", err
	}
	if r.State == Pending || r.Leaf.Kind != certs.QSealC {
		return "", fault.New(fault.NotFound, "certificate_unknown", "No such signing certificate is published here.")
	}
	return r.ChainPEM(), nil
}
