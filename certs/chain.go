package certs

import (
	"context"
	"crypto/sha256"
	"slices"
	"sync"
	"time"

	"github.com/sealkeeper/sealkeeper/certs/internal/text"
	"github.com/sealkeeper/sealkeeper/secret"
)

const (
	maxChain  = 8  // European hierarchies have two or three issuers
	maxTries  = 8  // issuers of one name whose signatures are checked
	maxChecks = 64 // signatures that are checked for one chain
	maxWays   = 256
)

// ChainOf returns the certificates that lead from a leaf towards a root, in order
// and as far as they are among those given. Names decide which to try, the
// signature whether it is the one; an issuer that crypto/x509 cannot read is
// taken by name and key identifier. Of several ways, as cross-signed and re-issued
// issuers make them, it is the one on which fewest end before the leaf does, then
// one that reaches a root, then the one that holds longest, then the shortest.
func ChainOf(leaf *Certificate, given []*Certificate) []*Certificate {
	s := &chainSearch{leaf: leaf, given: given, checked: map[[2]*Certificate]bool{}}
	s.extend(nil)
	return s.best
}

// WithoutRoot leaves out the root at the end of a chain: whoever verifies it has it, or trusts it not (RFC 8446
// section 4.4.2).
func WithoutRoot(chain []*Certificate) []*Certificate {
	if n := len(chain); n > 0 && chain[n-1].SelfIssued() {
		return chain[:n-1]
	}
	return chain
}

// chainSearch tries the ways from a leaf upwards, the likeliest first, as far as its bounds allow.
type chainSearch struct {
	leaf    *Certificate
	given   []*Certificate
	checked map[[2]*Certificate]bool // issued and issuer
	ways    int
	best    []*Certificate
}

func (s *chainSearch) extend(path []*Certificate) {
	current := s.leaf
	if len(path) > 0 {
		current = path[len(path)-1]
	}
	further := false
	if !current.SelfIssued() && len(path) < maxChain {
		for _, next := range s.issuersOf(current) {
			if next == s.leaf || slices.Contains(path, next) {
				continue
			}
			further = true
			if s.ways++; s.ways > maxWays {
				return
			}
			s.extend(append(slices.Clone(path), next))
		}
	}
	if !further && (s.best == nil || s.better(path)) {
		s.best = path
	}
}

// issuersOf tries the certificates whose key identifier is the one wanted before
// others of the same name.
func (s *chainSearch) issuersOf(c *Certificate) []*Certificate {
	var likely, others []*Certificate
	for _, candidate := range s.given {
		switch {
		case candidate == c || string(c.rawIssuer) != string(candidate.rawSubject):
		case c.AuthorityKeyID != "" && c.AuthorityKeyID == candidate.SubjectKeyID:
			likely = append(likely, candidate)
		default:
			others = append(others, candidate)
		}
	}
	candidates := append(likely, others...)
	return slices.DeleteFunc(candidates[:min(len(candidates), maxTries)], func(candidate *Certificate) bool {
		pair := [2]*Certificate{c, candidate}
		issued, known := s.checked[pair]
		if !known && len(s.checked) < maxChecks {
			issued = IssuedBy(c, candidate)
			s.checked[pair] = issued
		}
		return !issued
	})
}

func (s *chainSearch) better(path []*Certificate) bool {
	a, b := s.worth(path), s.worth(s.best)
	for i := range a {
		if a[i] != b[i] {
			return a[i] > b[i]
		}
	}
	return false
}

// worth is what chains are compared by, the weightiest first.
func (s *chainSearch) worth(path []*Certificate) [4]int64 {
	ends, early, complete := s.leaf.NotAfter, int64(0), int64(0)
	issuers := WithoutRoot(path)
	for i, c := range issuers {
		if c.NotAfter.Before(s.leaf.NotAfter) {
			early++
		}
		if i == 0 || c.NotAfter.Before(ends) {
			ends = c.NotAfter
		}
	}
	if len(issuers) < len(path) {
		complete = 1
	}
	return [4]int64{-early, complete, ends.Unix(), -int64(len(path))}
}

// IssuedBy reports whether issuer's name and key are behind c. Where crypto/x509
// cannot check the signature the names and key identifiers decide.
func IssuedBy(c, issuer *Certificate) bool {
	if string(c.rawIssuer) != string(issuer.rawSubject) {
		return false
	}
	if !checkable(c, issuer) {
		return c.AuthorityKeyID == "" || issuer.SubjectKeyID == "" || c.AuthorityKeyID == issuer.SubjectKeyID
	}
	return signedBy(c, issuer)
}

// checkable reports whether crypto/x509 can check a signature. A modulus of any size fits into a certificate, and
// checking one takes its time.
func checkable(c, issuer *Certificate) bool {
	return c.X509 != nil && issuer.X509 != nil && issuer.X509.PublicKey != nil && issuer.Key.Bits <= 2*maxRSABits
}

func signedBy(c, issuer *Certificate) bool {
	pair := sha256.Sum256(slices.Concat(c.X509.Raw, issuer.X509.Raw))
	if signed.has(pair) {
		return true
	}
	err := issuer.X509.CheckSignature(c.X509.SignatureAlgorithm, c.X509.RawTBSCertificate, c.X509.Signature)
	if err == nil {
		signed.add(pair)
	}
	return err == nil
}

// signed are pairs of a certificate and its issuer, by the hash of both. A signature that was good stays so, and
// checking those of all certificates takes longer than all else that is judged of them.
var signed = signatures{good: map[[sha256.Size]byte]struct{}{}}

type signatures struct {
	mu   sync.RWMutex
	good map[[sha256.Size]byte]struct{}
}

// mostSigned bounds how many pairs are known: some 10 MB.
const mostSigned = 1 << 17

func (s *signatures) has(pair [sha256.Size]byte) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	_, good := s.good[pair]
	return good
}

func (s *signatures) add(pair [sha256.Size]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for other := range s.good { // any of them
		if len(s.good) < mostSigned {
			break
		}
		delete(s.good, other)
	}
	s.good[pair] = struct{}{}
}

// CheckChain says why a chain is not a leaf's: each certificate has to have issued the one before it, by name and by
// signature, to be allowed to, and to be valid. A chain of nobody's is refused, too. Its error is an [*Error].
func CheckChain(leaf *Certificate, chain []*Certificate, at time.Time) error {
	switch {
	case len(chain) == 0:
		return inCase(newError(CodeChainMisfit, nil, "None of the certificates issued %s; its issuer is %s.",
			leaf.ShortName(), leaf.ShortIssuerName()), "none")
	case len(chain) > maxChain:
		return inCase(newError(CodeChainMisfit, nil, "The chain of %s has more than %d certificates.", leaf.ShortName(),
			maxChain), "long")
	}
	current := leaf
	for _, issuer := range chain {
		switch {
		case !IssuedBy(current, issuer) || !issuer.IsCA:
			return newError(CodeChainMisfit, nil, "The certificate %s did not issue %s.", issuer.ShortName(),
				current.ShortName())
		case !checkable(current, issuer):
			return inCase(newError(CodeChainMisfit, nil,
				"That %s issued %s cannot be verified here: the kind of its key is not known.", issuer.ShortName(),
				current.ShortName()), "unverified")
		case at.After(issuer.NotAfter):
			return newError(CodeChainExpired, nil,
				"The issuing certificate %s expired on %s; get the issuer's current one.", issuer.ShortName(),
				text.Day(issuer.NotAfter))
		}
		current = issuer
	}
	return nil
}

// ReadIssuers reads what the address of an issuing certificate (RFC 5280 section 4.2.2.1) answers: one certificate in
// DER, or several in PKCS#7; PEM is seen, too. Its error is an [*Error].
func ReadIssuers(ctx context.Context, answer File) ([]*Certificate, error) {
	contents, err := ReadWithin(NewBudget(ctx), answer, secret.Text{})
	if err != nil {
		return nil, err
	}
	return contents.Certificates, nil
}
