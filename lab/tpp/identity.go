package tpp

import (
	"context"
	"crypto"
	"encoding/pem"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
)

// Source is a certs.Source whose answer a test can change.
type Source struct {
	current atomic.Pointer[certs.Identity]
}

// Holding returns a source that holds what was issued.
func Holding(issued *qtsp.Issued) *Source { return HoldingIdentity(issued.Identity()) }

// HoldingIdentity returns a source that holds an identity.
func HoldingIdentity(identity *certs.Identity) *Source {
	s := &Source{}
	s.current.Store(identity)
	return s
}

// Hold changes what the source holds.
func (s *Source) Hold(issued *qtsp.Issued) { s.current.Store(issued.Identity()) }

// Identity implements certs.Source.
func (s *Source) Identity(context.Context) (*certs.Identity, error) { return s.current.Load(), nil }

// Nothing is a source without a certificate.
type Nothing struct{}

// Identity implements certs.Source.
func (Nothing) Identity(context.Context) (*certs.Identity, error) {
	return nil, errors.New("the vault is sealed")
}

// keys are made once per kind: an RSA key costs more than most tests.
var keys sync.Map

// Issue issues a certificate of the throw-away QTSP, with the same key for all of its kind.
func Issue(t testing.TB, request qtsp.Request) *qtsp.Issued {
	t.Helper()
	if key, ok := keys.Load(request.Kind); ok {
		request.Key = key.(crypto.Signer)
	}
	issued := qtsp.Must(t).MustIssue(t, request)
	keys.Store(request.Kind, issued.Key.Signer())
	return issued
}

// Anchors are the trust anchors of who trusts a QTSP's server certificates.
func Anchors(of *qtsp.QTSP) []string {
	return []string{string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: of.Root().Raw}))}
}
