package app

import (
	"bytes"
	"encoding/pem"
	"io"
	"os"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/config"
	"github.com/sealkeeper/sealkeeper/internal/trust"
)

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
