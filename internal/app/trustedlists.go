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
		Now:     cfg.Now,
	})
}

// What bounds the file of signers; the Official Journal names fewer than ten.
const (
	maxSigners     = 32
	maxSignersFile = 256 << 10
)

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
	text, err := readSigners(cfg.SignersFile)
	if err != nil {
		return lists, fault.Wrap(err, fault.Invalid, "config_invalid",
			"Configuration: the file %s of trusted_lists.signers_file cannot be read.", cfg.SignersFile)
	}
	wrong := fault.New(fault.Invalid, "config_invalid",
		"Configuration: trusted_lists.signers_file has to hold the certificates of those who sign the list of lists, "+
			"as PEM and nothing else, %d at most.", maxSigners)
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		c, err := certs.ParseCertificate(block.Bytes)
		if err != nil || block.Type != "CERTIFICATE" || len(lists.Signers) == maxSigners {
			return lists, wrong
		}
		lists.Signers = append(lists.Signers, c)
	}
	if n := len(lists.Signers); n == 0 || n != bytes.Count(text, []byte("-----BEGIN ")) {
		return lists, wrong
	}
	return lists, nil
}

func readSigners(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // it was read
	return io.ReadAll(io.LimitReader(file, maxSignersFile))
}
