package vault

import (
	"context"
	"encoding/pem"
	"fmt"
	"strings"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
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

// ChainOffer is another chain that a stored certificate could have.
type ChainOffer struct {
	Record Record
	Links  []ChainLink // the chain, the certificate's issuer first
}

// ChainLink is a certificate of a chain.
type ChainLink struct {
	*certs.Certificate
	From string // the address that answered with it; empty: it is stored already, or was given
}

// PEM is the chain as it is given to SetChain.
func (o ChainOffer) PEM() string {
	chain := make([]*certs.Certificate, len(o.Links))
	for i, link := range o.Links {
		chain[i] = link.Certificate
	}
	_, text, _ := strings.Cut(Record{Leaf: o.Record.Leaf, Chain: chain}.ChainPEM(), endOfCertificate)
	return text
}

const endOfCertificate = "-----END CERTIFICATE-----\n"

// ChainOffers finds the stored certificates for which there is another chain in files. Nothing is stored.
func (v *Vault) ChainOffers(ctx context.Context, caller access.Caller, files Files) ([]ChainOffer, error) {
	if err := v.cfg.Audit.PermitSomewhere(ctx, caller, access.CertInspect, ""); err != nil {
		return nil, err
	}
	given, err := v.certificatesIn(ctx, files)
	if err != nil {
		return nil, err
	}
	return v.offers(ctx, given)
}

func (v *Vault) offers(ctx context.Context, given []*certs.Certificate) ([]ChainOffer, error) {
	subjects := map[string]bool{}
	for _, c := range given {
		subjects[string(c.RawSubject())] = true
	}
	records, err := v.cfg.Records.Certificates(ctx, Stored)
	if err != nil {
		return nil, err
	}
	var offers []ChainOffer
	for _, r := range records {
		if !subjects[string(r.Leaf.RawIssuer())] {
			continue
		}
		chain := chainFrom(r, given)
		if certs.CheckChain(r.Leaf, chain, v.cfg.Now()) == nil && !sameChain(chain, r.Chain) {
			offers = append(offers, ChainOffer{Record: r, Links: links(chain, nil)})
		}
	}
	return offers, nil
}

func links(chain []*certs.Certificate, from map[string]string) []ChainLink {
	all := make([]ChainLink, len(chain))
	for i, c := range chain {
		all[i] = ChainLink{Certificate: c, From: from[c.SHA256]}
	}
	return all
}

// orOffered turns the refusal of files without anything to import into one that says where their chain belongs.
func (v *Vault) orOffered(ctx context.Context, files Files, refused error) error {
	code := fault.Code(refused)
	if code != certs.CodeNoLeaf && code != codeExists {
		return refused
	}
	given, err := v.certificatesIn(ctx, files)
	if err != nil {
		return refused
	}
	offers, err := v.offers(ctx, given)
	if err != nil || len(offers) == 0 {
		return refused
	}
	const most = 5
	var names []string
	for _, o := range offers[:min(len(offers), most)] {
		names = append(names, o.Record.Name+" ("+o.Record.ID+")")
	}
	kind := fault.Conflict
	if code == certs.CodeNoLeaf {
		kind = fault.Invalid
	}
	e := fault.Wrap(refused, kind, code,
		"Nothing new is to be stored, but there is a chain for %s: it is set for the certificate itself, on its page, "+
			"with `sealkeeper certificates chain set` or with PUT /v1/certificates/{id}/chain.",
		strings.Join(names, ", "))
	e.Case = "chain"
	return e
}
