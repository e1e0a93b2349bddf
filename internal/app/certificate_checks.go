package app

import (
	"bytes"
	"context"
	"encoding/pem"
	"io"
	"os"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/certs/register"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/config"
	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/internal/policy"
	"github.com/sealkeeper/sealkeeper/internal/registers"
	"github.com/sealkeeper/sealkeeper/internal/revocation"
	"github.com/sealkeeper/sealkeeper/internal/trust"
	"github.com/sealkeeper/sealkeeper/registration"
)

// revocations tells registrations what is revoked, and what the firm has decided about that.
type revocations struct {
	*revocation.Service
	policy    *policy.InForce
	incidents compromises
}

// compromises knows which certificates were declared compromised, and when.
type compromises interface {
	CompromisedCertificates(ctx context.Context) (map[string]time.Time, error)
}

// RevokedCertificates implements registration.Revocations.
func (r revocations) RevokedCertificates(ctx context.Context) (map[string]registration.Revocation, error) {
	elements, err := r.Revoked(ctx)
	if err != nil {
		return nil, err
	}
	declared, err := r.incidents.CompromisedCertificates(ctx)
	found := make(map[string]registration.Revocation, len(elements))
	for _, e := range elements { // a certificate comes before its chain
		if _, known := found[e.CertificateID]; known {
			continue
		}
		revoked := registration.Revocation{At: e.Check.Answer.RevokedAt}
		if e.Position > 0 {
			revoked.Issuer = e.Check.Subject()
		}
		found[e.CertificateID] = revoked
	}
	for id, at := range declared {
		if known, is := found[id]; !is || known.Issuer != "" {
			found[id] = registration.Revocation{At: at, Compromised: true}
		}
	}
	return found, err
}

// StopsUse implements registration.Revocations.
func (r revocations) StopsUse(ctx context.Context, env environment.Name) (bool, error) {
	return r.policy.StopsRevoked(ctx, env)
}

// Registers are the registers of payment firms that are read; without a source, none is.
type Registers struct {
	Sources []registers.Source
	Numbers map[string]string // by what registers list organizationIdentifiers, where that is another number
}

func newRegisters(cfg Config, log *audit.Log) *registers.Service {
	return registers.New(registers.Config{
		Store:   cfg.DB,
		Asks:    cfg.Outgoing,
		Audit:   log,
		Sources: cfg.Registers.Sources,
		Numbers: cfg.Registers.Numbers,
		Country: func(institutionID string) string {
			in, _ := cfg.Catalogue.Institution(institutionID)
			return in.Group.Country
		},
		Logger: cfg.Logger,
		Now:    cfg.Now,
	})
}

// ConfiguredRegisters are those that the configuration names. Columns take the place of those of a layout.
func ConfiguredRegisters(cfg config.Registers) Registers {
	all := Registers{
		Sources: []registers.Source{{ID: registers.EBA, URL: cfg.EBAURL}},
		Numbers: cfg.Numbers,
	}
	for _, table := range cfg.Tables {
		layout := register.Layouts()[table.Layout]
		layout.Authority, layout.Words = table.Authority, table.Words
		for _, columns := range []struct {
			of    *[]string
			named []string
		}{
			{&layout.Number, table.Number},
			{&layout.Name, table.Title},
			{&layout.Services, table.Services},
			{&layout.Begins, table.Begins},
			{&layout.Ends, table.Ends},
			{&layout.Countries, table.Countries},
		} {
			if len(columns.named) > 0 {
				*columns.of = columns.named
			}
		}
		all.Sources = append(all.Sources, registers.Source{ID: table.Name, URL: table.URL, Layout: &layout})
	}
	return all
}

// TrustedLists is where the EU's list of trusted lists is, and who signs it; without signers, nothing is read.
type TrustedLists struct {
	URL     string
	Signers []*certs.Certificate
	Journal time.Time // day of the notice that names them; zero: nobody has said
}

func newTrust(cfg Config, log *audit.Log) *trust.Service {
	return trust.New(trust.Config{
		Store:   cfg.DB,
		Asks:    cfg.Outgoing,
		Audit:   log,
		LOTL:    cfg.TrustedLists.URL,
		Anchors: cfg.TrustedLists.Signers,
		Journal: cfg.TrustedLists.Journal,
		Logger:  cfg.Logger,
		Now:     cfg.Now,
	})
}

// ConfiguredTrustedLists reads the file of signers.
func ConfiguredTrustedLists(cfg config.TrustedLists) (TrustedLists, error) {
	lists := TrustedLists{URL: cfg.URL}
	if cfg.SignersFile == "" {
		return lists, nil
	}
	var err error
	if lists.Journal, err = cfg.Journal(); err != nil {
		return lists, err // the configuration was checked
	}
	lists.Signers, err = certificatesIn(cfg.SignersFile, "trusted_lists.signers_file")
	return lists, err
}

// What bounds a file of certificates; the Official Journal names fewer than ten signers.
const (
	maxCertificates     = 32
	maxCertificatesFile = 256 << 10
)

// certificatesIn reads the file of a setting, which has certificates in it and nothing else.
func certificatesIn(path, setting string) ([]*certs.Certificate, error) {
	text, err := readBounded(path)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "config_invalid",
			"Configuration: the file %s of %s cannot be read.", path, setting)
	}
	wrong := fault.New(fault.Invalid, "config_invalid",
		"Configuration: %s has to hold certificates as PEM and nothing else, one to %d of them.", setting,
		maxCertificates)
	var read []*certs.Certificate
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		c, err := certs.ParseCertificate(block.Bytes)
		if err != nil || block.Type != "CERTIFICATE" || len(read) == maxCertificates {
			return nil, wrong
		}
		read = append(read, c)
	}
	if n := len(read); n == 0 || n != bytes.Count(text, []byte("-----BEGIN ")) {
		return nil, wrong
	}
	return read, nil
}

func readBounded(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // it was read
	return io.ReadAll(io.LimitReader(file, maxCertificatesFile))
}
