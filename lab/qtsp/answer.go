package qtsp

import (
	"cmp"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"slices"

	"github.com/sealkeeper/sealkeeper/certs"
)

// Answer certifies what a CSR (PKCS#10, PEM) asks for, its key and its
// names, as a QTSP does that has seen the firm's papers. What r sets comes first.
// The answer has no key.
func (q *QTSP) Answer(csr string, r Request) (*Issued, error) {
	block, _ := pem.Decode([]byte(csr))
	if block == nil {
		return nil, errors.New("certstest: the request is not PEM")
	}
	asked, err := certs.ParseCSR(block.Bytes)
	if err != nil {
		return nil, err
	}
	parsed, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil {
		return nil, err
	}
	r.Key = Stranger(parsed.PublicKey)
	r.Kind = cmp.Or(r.Kind, kindOf(asked))
	r.Organization = cmp.Or(r.Organization, asked.SubjectName.Organization())
	r.OrganizationIdentifier = cmp.Or(r.OrganizationIdentifier, asked.SubjectName.First("2.5.4.97"))
	r.Country = cmp.Or(r.Country, asked.SubjectName.Country())
	r.CommonName = cmp.Or(r.CommonName, asked.SubjectName.CommonName())
	if r.DNSNames == nil {
		r.DNSNames = parsed.DNSNames
	}
	if p := asked.PSD2; p != nil {
		r.NCAName, r.NCAID = cmp.Or(r.NCAName, p.NCAName), cmp.Or(r.NCAID, p.NCAID)
		if r.Roles == nil {
			r.Roles = names(p.Roles)
		}
	}
	return q.Issue(r)
}

func names(roles []certs.Role) []string {
	all := make([]string, len(roles))
	for i, role := range roles {
		all[i] = role.Name
	}
	return all
}

func kindOf(asked *certs.CSR) certs.Kind {
	for _, k := range []certs.Kind{certs.QWAC, certs.QSealC} {
		if slices.Contains(asked.QC.Types, k.QcType()) {
			return k
		}
	}
	return ""
}

// Stranger is the signer of a key that the QTSP certifies and does not have.
func Stranger(public crypto.PublicKey) crypto.Signer { return stranger{public} }

type stranger struct{ public crypto.PublicKey }

// Public implements crypto.Signer.
func (s stranger) Public() crypto.PublicKey { return s.public }

// Sign implements crypto.Signer.
func (stranger) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, errors.New("certstest: whoever asked has this key, the QTSP does not")
}
