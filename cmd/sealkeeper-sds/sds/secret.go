package sds

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	envoytls "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	matcher "github.com/envoyproxy/go-control-plane/envoy/type/matcher/v3"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// secretType is the type of everything that is handed out.
const secretType = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret"

// edition is which version of a secret one is, without what is in it.
type edition struct {
	id             string // version in the protocol
	registrationID string
	version        int       // of the bundle
	sha256         string    // of the QWAC
	notAfter       time.Time // when the first certificate of the bundle ends
	hosts          []string  // to present the QWAC to
	trust          bool      // it is the trust anchors of the bank
}

// handed is one version of a secret: a chain with its key, or the trust anchors of a bank. It never changes.
type handed struct {
	edition

	chain string
	key   secret.Text

	anchors string   // PEM
	names   []string // of the bank's certificate: one of them
}

// idOf is the protocol's version of a content. The bundle's version is in it, so that a proxy is known to have a
// version also where only its client secret is another.
func idOf(version int, content ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(content, "\n")))
	return fmt.Sprintf("%d-%s", version, hex.EncodeToString(sum[:8]))
}

func certificateID(c api.TLSConfiguration) string { return idOf(c.Version, c.Transport.ChainPEM) }

// certificateOf is the chain with its key. It fails unless they belong together, and Envoy takes such a key.
func certificateOf(c api.TLSConfiguration, keys api.ExportedKeys) (*handed, error) {
	if keys.Transport == nil || keys.Version != c.Version {
		return nil, superseded()
	}
	pair, err := tls.X509KeyPair([]byte(keys.Transport.ChainPEM), keys.Transport.PrivateKeyPEM.Bytes())
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "key_mismatch", "The key does not belong to the certificate.")
	}
	if sum := sha256.Sum256(pair.Certificate[0]); hex.EncodeToString(sum[:]) != c.Transport.SHA256 {
		return nil, superseded()
	}
	if !suits(pair) {
		return nil, fault.New(fault.Conflict, "key_type_unsuitable",
			"Envoy takes RSA keys of 2048 bits or more, and ECDSA keys on P-256, P-384 and P-521; this one is %s.",
			c.Transport.Key.Type)
	}
	h := handedOf(c, certificateID(c))
	h.chain, h.key = keys.Transport.ChainPEM, keys.Transport.PrivateKeyPEM
	return h, nil
}

func superseded() error {
	return fault.New(fault.Conflict, "version_superseded", "The certificate has changed meanwhile; it is read again.")
}

// suits reports whether Envoy takes a key of this type.
func suits(pair tls.Certificate) bool {
	switch public := pair.Leaf.PublicKey.(type) {
	case *rsa.PublicKey:
		return public.N.BitLen() >= 2048
	case *ecdsa.PublicKey:
		return slices.Contains([]elliptic.Curve{elliptic.P256(), elliptic.P384(), elliptic.P521()}, public.Curve)
	}
	return false
}

// trustOf are the CA certificates of the bank, and the names that its certificate must have one of.
func trustOf(c api.TLSConfiguration, roots string) *handed {
	anchors := strings.TrimSpace(strings.Join(append(slices.Clone(c.TrustAnchors), roots), "\n")) + "\n"
	names := slices.Clone(c.PinnedNames)
	if len(names) == 0 {
		for _, server := range c.Servers {
			names = append(names, server.ServerName)
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	h := handedOf(c, idOf(c.Version, anchors, strings.Join(names, "\n")))
	h.trust, h.anchors, h.names = true, anchors, names
	return h
}

func handedOf(c api.TLSConfiguration, id string) *handed {
	h := &handed{edition: edition{
		id:             id,
		registrationID: c.RegistrationID,
		version:        c.Version,
		sha256:         c.Transport.SHA256,
		notAfter:       c.NotAfter,
	}}
	for _, server := range c.Servers {
		if !slices.Contains(h.hosts, server.Address) {
			h.hosts = append(h.hosts, server.Address)
		}
	}
	return h
}

// resource is the secret as the protocol has it, under the name that was asked for.
func (h *handed) resource(name string) (*anypb.Any, error) {
	out := &envoytls.Secret{Name: name}
	if h.trust {
		out.Type = &envoytls.Secret_ValidationContext{ValidationContext: h.validation()}
	} else {
		out.Type = &envoytls.Secret_TlsCertificate{TlsCertificate: &envoytls.TlsCertificate{
			CertificateChain: &core.DataSource{Specifier: &core.DataSource_InlineString{InlineString: h.chain}},
			PrivateKey:       &core.DataSource{Specifier: &core.DataSource_InlineBytes{InlineBytes: h.key.Bytes()}},
		}}
	}
	return anypb.New(out)
}

func (h *handed) validation() *envoytls.CertificateValidationContext {
	out := &envoytls.CertificateValidationContext{
		TrustedCa: &core.DataSource{Specifier: &core.DataSource_InlineString{InlineString: h.anchors}},
	}
	for _, name := range h.names {
		kind := envoytls.SubjectAltNameMatcher_DNS
		if net.ParseIP(name) != nil {
			kind = envoytls.SubjectAltNameMatcher_IP_ADDRESS
		}
		out.MatchTypedSubjectAltNames = append(out.MatchTypedSubjectAltNames, &envoytls.SubjectAltNameMatcher{
			SanType: kind,
			Matcher: &matcher.StringMatcher{MatchPattern: &matcher.StringMatcher_Exact{Exact: name}},
		})
	}
	return out
}

// refusal is an error as gRPC has it, with the sentence for people.
func refusal(err error) error {
	kind, code, sentence := fault.Public(err)
	as := codes.FailedPrecondition
	switch kind {
	case fault.NotFound:
		as = codes.NotFound
	case fault.Denied, fault.Unauthenticated:
		as = codes.PermissionDenied
	case fault.Unavailable:
		as = codes.Unavailable
	}
	return status.Errorf(as, "%s (%s)", sentence, code)
}
