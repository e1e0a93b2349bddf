// Package clientcert answers one question: for which client certificate does a proxy of ours vouch on this request? The
// proxy ends TLS, so it has seen that the other end holds the certificate's key; what it passes on in a header is
// believed of it alone, and judged here: the path to an anchor, the validity, and the purpose.
package clientcert

import (
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
)

const (
	// maxHeader bounds a header with certificates, in bytes.
	maxHeader = 16 << 10
	// maxChain bounds the certificates of a request, the service's own included.
	maxChain = 5
	// maxNames bounds the names of a certificate that count.
	maxNames = 20
	// Keys outside of these are not computed with: smaller ones are guessed, and larger ones cost too much.
	minRSA, maxRSA = 2048, 8192
)

// Config is what a Reader is made of.
type Config struct {
	Form Form
	// Header is where the proxy writes the certificate; empty: the usual one of the Form. Of RFC9440, the chain is in
	// the header of that name with "-Chain" behind it.
	Header  string
	Proxies []netip.Prefix      // who is believed
	Anchors []*x509.Certificate // whom paths have to lead to
	Now     func() time.Time
}

// Reader takes certificates out of requests and judges them. It is safe for concurrent use. A nil Reader finds none.
type Reader struct {
	cfg     Config
	chain   string // name of the header with the chain; empty: the form has none
	roots   *x509.CertPool
	anchors []Anchor
}

// Anchor is an issuer whose certificates are accepted.
type Anchor struct {
	SHA256 string // of the certificate, in hexadecimal digits
	Name   string // for people
}

// New returns a Reader.
func New(cfg Config) *Reader {
	r := &Reader{cfg: cfg, roots: x509.NewCertPool()}
	if r.cfg.Header == "" {
		r.cfg.Header = usualHeaders[cfg.Form]
	}
	if cfg.Form == RFC9440 {
		r.chain = r.cfg.Header + "-Chain"
	}
	for _, c := range cfg.Anchors {
		r.roots.AddCert(c)
		r.anchors = append(r.anchors, Anchor{SHA256: fingerprint(c), Name: c.Subject.String()})
	}
	return r
}

// Anchors are the issuers whose certificates are accepted.
func (r *Reader) Anchors() []Anchor {
	if r == nil {
		return nil
	}
	return slices.Clone(r.anchors)
}

// Presented is what a proxy has passed on with one request. The zero value is nothing.
type Presented struct {
	leaf, chain string
	// Key is the same for the same headers.
	Key [sha256.Size]byte
}

// Empty reports whether no certificate was presented.
func (p Presented) Empty() bool { return p.leaf == "" }

// Take takes the certificate out of a request, whose headers with it are then removed. Unauthenticated: somebody else
// than a proxy of ours has set them, or they are there twice, or too large.
func (r *Reader) Take(request *http.Request) (Presented, error) {
	if r == nil {
		return Presented{}, nil
	}
	leaf, chain := request.Header.Values(r.cfg.Header), []string(nil)
	request.Header.Del(r.cfg.Header)
	if r.chain != "" {
		chain = request.Header.Values(r.chain)
		request.Header.Del(r.chain)
	}
	if len(leaf)+len(chain) == 0 {
		return Presented{}, nil
	}
	if !r.trusts(request.RemoteAddr) {
		return Presented{}, fault.New(fault.Unauthenticated, "client_certificate_proxy",
			"A client certificate in a header counts only if a proxy that is configured (trusted_proxies) has set it.")
	}
	p := Presented{leaf: strings.Join(leaf, ""), chain: strings.Join(chain, "")}
	if len(leaf) != 1 || len(chain) > 1 || p.leaf == "" || len(p.leaf)+len(p.chain) > maxHeader {
		return Presented{}, unreadable(errors.New("a header is empty, there twice, or too large"))
	}
	p.Key = sha256.Sum256([]byte(p.leaf + "\x00" + p.chain))
	return p, nil
}

// trusts reports whether the other end of a connection is a proxy of ours.
func (r *Reader) trusts(remote string) bool {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		return false
	}
	address, err := netip.ParseAddr(host)
	return err == nil && slices.ContainsFunc(r.cfg.Proxies, func(p netip.Prefix) bool {
		return p.Contains(address.Unmap())
	})
}

// Certificate is one whose path leads to an anchor, and that is for clients.
type Certificate struct {
	// Subjects are by what an account can name it: spki: and the SHA-256 of its public key, dns: and uri: with each
	// of its names.
	Subjects []string
	Anchors  []string // SHA-256 of those that its path can lead to
	From     time.Time
	Until    time.Time // its path is good between these
}

// SubjectKey begins the subject that is a public key: it names one key, whoever has certified it.
const SubjectKey = "spki:"

// The other subjects are names, which mean something together with who gives them.
const (
	SubjectDNS = "dns:"
	SubjectURI = "uri:"
)

// Verify judges what was presented. Unauthenticated: it is not good now.
func (r *Reader) Verify(p Presented) (Certificate, error) {
	path, err := r.cfg.Form.certificates(p)
	if err != nil {
		return Certificate{}, unreadable(err)
	}
	leaf, between := path[0], x509.NewCertPool()
	for _, c := range r.cfg.Anchors { // from some proxies no chain comes, so one anchor may lead to another
		between.AddCert(c)
	}
	for _, c := range path {
		if err := keySize(c); err != nil {
			return Certificate{}, refused(err)
		}
		between.AddCert(c)
	}
	if leaf.IsCA || !slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageClientAuth) {
		return Certificate{}, refused(errors.New("it is not for clients"))
	}
	chains, err := leaf.Verify(x509.VerifyOptions{
		Roots:         r.roots,
		Intermediates: between,
		CurrentTime:   r.cfg.Now(),
		KeyUsages:     []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if err != nil {
		return Certificate{}, refused(err)
	}
	return certificateOf(leaf, chains)
}

func certificateOf(leaf *x509.Certificate, chains [][]*x509.Certificate) (Certificate, error) {
	if len(leaf.DNSNames)+len(leaf.URIs) > maxNames {
		return Certificate{}, refused(errors.New("it has too many names"))
	}
	c := Certificate{Subjects: []string{SubjectKey + KeyFingerprint(leaf)}}
	for _, name := range leaf.DNSNames {
		c.Subjects = append(c.Subjects, SubjectDNS+strings.ToLower(name))
	}
	for _, u := range leaf.URIs {
		c.Subjects = append(c.Subjects, SubjectURI+u.String())
	}
	for _, chain := range chains {
		c.Anchors = append(c.Anchors, fingerprint(chain[len(chain)-1]))
		for _, link := range chain {
			if link.NotBefore.After(c.From) {
				c.From = link.NotBefore
			}
			if c.Until.IsZero() || link.NotAfter.Before(c.Until) {
				c.Until = link.NotAfter
			}
		}
	}
	return c, nil
}

// KeyFingerprint is the SHA-256 of a certificate's SubjectPublicKeyInfo, in hexadecimal digits.
func KeyFingerprint(c *x509.Certificate) string {
	sum := sha256.Sum256(c.RawSubjectPublicKeyInfo)
	return hex.EncodeToString(sum[:])
}

func fingerprint(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	return hex.EncodeToString(sum[:])
}

func keySize(c *x509.Certificate) error {
	key, ok := c.PublicKey.(*rsa.PublicKey)
	if ok && (key.N.BitLen() < minRSA || key.N.BitLen() > maxRSA) {
		return errors.New("a key is too small or too large")
	}
	return nil
}

func unreadable(cause error) error {
	return fault.Wrap(cause, fault.Unauthenticated, "client_certificate_header",
		"The header with the client certificate cannot be read: the proxy has to set it once, in the form that is "+
			"configured (client_certificates.form), with %d certificates at most.", maxChain)
}

// refused is the one answer for every certificate that is not good: what is wrong with it, the log knows.
func refused(cause error) error {
	return fault.Wrap(cause, fault.Unauthenticated, "client_certificate_refused",
		"This client certificate is not good now: it has to lead to an issuer in client_certificates.anchors_file, be "+
			"for client authentication, and be valid at this moment.")
}
