package vault

import (
	"encoding/pem"
	"fmt"
	"strings"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
)

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
		return nil, nil, fault.New(fault.Internal, "record_damaged",
			"A stored certificate record holds no certificate; restore the database from a backup.")
	}
	return leaf, chain, nil
}
