package qtsp

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"

	pkcs12 "software.sslmate.com/src/go-pkcs12"

	"github.com/sealkeeper/sealkeeper/certs"
)

// CertificatePEM returns the leaf and then its chain.
func (i *Issued) CertificatePEM() []byte {
	out := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: i.Certificate.Raw})
	for _, der := range i.Chain {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	return out
}

// KeyPEM returns the key as unencrypted PKCS#8, nil when it cannot be exported.
func (i *Issued) KeyPEM() []byte {
	der, err := i.Key.PKCS8()
	if err != nil {
		return nil
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

// PKCS12 returns key, leaf and chain under a passphrase.
func (i *Issued) PKCS12(passphrase string) ([]byte, error) {
	chain := make([]*x509.Certificate, len(i.Chain))
	for n, der := range i.Chain {
		issuer, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, fmt.Errorf("certstest: chain: %w", err)
		}
		chain[n] = issuer
	}
	p12, err := pkcs12.Modern.Encode(i.Key.Signer(), i.Certificate.X509, chain, passphrase)
	if err != nil {
		return nil, fmt.Errorf("certstest: PKCS#12: %w", err)
	}
	return p12, nil
}

// Identity returns the certificate ready to present. Its id is the certificate's fingerprint.
func (i *Issued) Identity() *certs.Identity {
	return &certs.Identity{ID: i.Certificate.SHA256, Certificate: i.Certificate, Chain: i.Chain, Signer: i.Key.Signer()}
}

// Source returns a source that always has this identity.
func (i *Issued) Source() certs.Source { return source{i.Identity()} }

type source struct{ identity *certs.Identity }

func (s source) Identity(context.Context) (*certs.Identity, error) { return s.identity, nil }
