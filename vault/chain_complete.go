package vault

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
)

// Issuers asks the addresses that certificates name for their issuers'.
type Issuers interface {
	// Issuer returns what an http or https address answers, bounded in size and time.
	Issuer(ctx context.Context, url string) ([]byte, error)
}

// What bounds the completion of a chain.
const (
	completionTime = 45 * time.Second
	mostLinks      = 8
	mostQuestions  = 8
	mostAddresses  = 3 // of one certificate
	mostAnswered   = 16
)

// CompleteChain asks the addresses in a certificate and its issuers (authorityInfoAccess, RFC 5280 section 4.2.2.1) for
// what is missing in its chain, or ends before the certificate does. Only what demonstrably issued it is taken, and
// nothing is stored: a person looks at the offer and gives it to SetChain.
func (v *Vault) CompleteChain(ctx context.Context, caller access.Caller, id string) (ChainOffer, error) {
	if err := v.cfg.Audit.Permit(ctx, caller, access.CertChain, id); err != nil {
		return ChainOffer{}, err
	}
	r, err := v.cfg.Records.CertificateByID(ctx, id)
	if err != nil {
		return ChainOffer{}, err
	}
	if err := usable(r); err != nil {
		return ChainOffer{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, completionTime)
	defer cancel()
	c := completion{issuers: v.cfg.Issuers, leaf: r.Leaf, pool: slices.Clone(r.Chain), from: map[string]string{}}
	c.climb(ctx)
	chain := certs.WithoutRoot(certs.ChainOf(r.Leaf, c.pool))
	if sameChain(chain, r.Chain) || len(chain) == 0 {
		return ChainOffer{}, c.nothing(r)
	}
	if err := certs.CheckChain(r.Leaf, chain, v.cfg.Now()); err != nil {
		return ChainOffer{}, readFault(err)
	}
	return ChainOffer{Record: r, Links: links(chain, c.from)}, nil
}

// completion climbs from a leaf to its root.
type completion struct {
	issuers Issuers
	leaf    *certs.Certificate
	pool    []*certs.Certificate
	from    map[string]string // SHA-256 of what was fetched, and where

	asked  int
	failed error // the first question's that failed
}

func (c *completion) climb(ctx context.Context) {
	seen := map[string]bool{}
	for current := c.leaf; !current.SelfIssued() && len(seen) < mostLinks && !seen[current.SHA256]; {
		seen[current.SHA256] = true
		if issuer := c.issuer(current); issuer == nil || issuer.NotAfter.Before(c.leaf.NotAfter) {
			c.ask(ctx, current)
		}
		issuer := c.issuer(current)
		if issuer == nil {
			return
		}
		current = issuer
	}
}

func (c *completion) issuer(of *certs.Certificate) *certs.Certificate {
	if chain := certs.ChainOf(of, c.pool); len(chain) > 0 {
		return chain[0]
	}
	return nil
}

// ask puts into the pool what an address of a certificate answers and has issued it.
func (c *completion) ask(ctx context.Context, current *certs.Certificate) {
	for _, url := range webAddresses(current) {
		if c.asked == mostQuestions {
			return
		}
		c.asked++
		answer, err := c.issuers.Issuer(ctx, url)
		var found []*certs.Certificate
		if err == nil {
			found, err = certs.ReadIssuers(ctx, certs.File{Name: url, Data: answer})
		}
		if err != nil {
			if c.failed == nil {
				c.failed = asFault(err)
			}
			continue
		}
		before := len(c.pool)
		for _, issuer := range named(current, found) {
			if certs.CheckChain(current, []*certs.Certificate{issuer}, time.Time{}) == nil {
				c.pool = append(c.pool, issuer)
				c.from[issuer.SHA256] = url
			}
		}
		if len(c.pool) > before {
			return
		}
	}
}

func asFault(err error) error {
	if fault.Code(err) != "internal" {
		return err
	}
	return readFault(err)
}

// named are those with the name of a certificate's issuer, as many as signatures are checked of.
func named(current *certs.Certificate, found []*certs.Certificate) []*certs.Certificate {
	found = slices.DeleteFunc(found, func(c *certs.Certificate) bool {
		return string(c.RawSubject()) != string(current.RawIssuer())
	})
	return found[:min(len(found), mostAnswered)]
}

func webAddresses(c *certs.Certificate) []string {
	web := slices.DeleteFunc(slices.Clone(c.CAIssuers), func(url string) bool {
		lower := strings.ToLower(url)
		return !strings.HasPrefix(lower, "http://") && !strings.HasPrefix(lower, "https://")
	})
	return web[:min(len(web), mostAddresses)]
}

// nothing says why there is nothing to offer.
func (c *completion) nothing(r Record) error {
	switch {
	case c.failed != nil:
		return c.failed
	case c.asked == 0 && len(r.Chain) == 0:
		return fault.New(fault.Conflict, "issuer_address_missing",
			"The certificate %q does not say where its issuer's certificate is published; ask your QTSP for it and "+
				"upload it here.", r.Name)
	case len(r.Chain) == 0:
		return fault.New(fault.Conflict, "issuer_address_useless",
			"What the addresses in %q answered did not issue it; ask your QTSP for its issuer's certificate and "+
				"upload it here.", r.Name)
	}
	return fault.New(fault.Conflict, "chain_complete",
		"Nothing is missing in the chain of %q, and nothing newer was found.", r.Name)
}
