package vault_test

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs/rules"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/vault"
)

// ended is an issuing certificate of the test QTSP's that ends as said.
func ended(t *testing.T, at time.Time) *x509.Certificate {
	t.Helper()
	again, err := qtsp.Must(t).Reissued(at)
	if err != nil {
		t.Fatal(err)
	}
	return again
}

func chainFiles(ders ...[]byte) vault.Files {
	var text []byte
	for _, der := range ders {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	return vault.Files{Files: []certs.File{{Name: "issuers.pem", Data: text}}}
}

// leafAlone stores a certificate without its chain, as QTSPs often send it.
func (b *bench) leafAlone(r qtsp.Request) (*qtsp.Issued, vault.Record) {
	b.t.Helper()
	issued := issue(b.t, r)
	alone := *issued
	alone.Chain = nil
	stored, err := b.Import(b.t.Context(), officer, files(&alone))
	if err != nil {
		b.t.Fatal(err)
	}
	if !slices.ContainsFunc(stored[0].Findings(b.now), func(f rules.Finding) bool {
		return f.Code == "chain_incomplete" && strings.Contains(f.Remedy, "complete its chain")
	}) {
		b.t.Errorf("a certificate alone has the findings %v", stored[0].Findings(b.now))
	}
	return issued, stored[0]
}

func found(r vault.Record, at time.Time, code string) bool {
	return slices.ContainsFunc(r.Findings(at), func(f rules.Finding) bool { return f.Code == code })
}

func (b *bench) chain(id string) []*certs.Certificate {
	b.t.Helper()
	r, err := b.Get(b.t.Context(), officer, id)
	if err != nil {
		b.t.Fatal(err)
	}
	doc, _, err := b.custody.Get(b.t.Context(), id)
	if err != nil || doc["chain_pem"] != r.ChainPEM() {
		b.t.Errorf("custody has another chain than the record: %v", err)
	}
	return r.Chain
}

// What a forgotten file cost: the certificate. Every way in which its issuer is brought now ends with its chain, or
// with the way to it.
func TestAForgottenIssuerCanBeBrought(t *testing.T) {
	b := newBench(t)
	issued, r := b.leafAlone(qtsp.Request{})
	issuing, root := issued.Chain[0], qtsp.Must(t).Root().Raw
	for what, files := range map[string]vault.Files{
		"the same with its chain": chainFiles(root, issuing, issued.Certificate.Raw),
		"issuing ones alone":      chainFiles(issuing, root),
	} {
		_, err := b.Import(t.Context(), officer, files)
		if e, ok := errors.AsType[*fault.Error](err); !ok || e.Case != "chain" || !strings.Contains(e.Message, r.ID) ||
			(e.Code != "certificate_exists" && e.Code != "no_leaf") {
			t.Errorf("%s: %v", what, err)
		}
		offers, err := b.ChainOffers(t.Context(), officer, files)
		if err != nil || len(offers) != 1 || offers[0].Record.ID != r.ID || len(offers[0].Links) != 1 {
			t.Errorf("%s: %d offers, %v", what, len(offers), err)
		}
	}
	b.must(b.SetChain(t.Context(), officer, r.ID, chainFiles(root, issuing, issue(t, qtsp.Request{}).Certificate.Raw)))
	if chain := b.chain(r.ID); len(chain) != 1 || string(chain[0].Raw) != string(issuing) {
		t.Errorf("the chain has %d certificates", len(chain))
	}
	if r, _ = b.Get(t.Context(), officer, r.ID); found(r, b.now, "chain_incomplete") {
		t.Errorf("findings afterwards: %v", r.Findings(b.now))
	}
	entries, err := b.db.AuditEntries(t.Context(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	last := entries[len(entries)-1]
	if last.Action != access.CertChain || last.Code != "chain_changed" || last.Args[2] != "none" ||
		last.Args[1] != r.Chain[0].SHA256 || entries[len(entries)-2].Outcome != "allowed" {
		t.Errorf("the audit log says %+v", last)
	}
	_, err = b.Import(t.Context(), officer, chainFiles(issuing, issued.Certificate.Raw))
	if e, _ := errors.AsType[*fault.Error](err); e == nil || e.Code != "certificate_exists" || e.Case != "" {
		t.Errorf("with the chain that it has: %v", err)
	}
}

func TestAnIssuerIsRenewed(t *testing.T) {
	b := newBench(t)
	_, r := b.leafAlone(qtsp.Request{})
	soon := ended(t, b.now.AddDate(0, 1, 0))
	b.must(b.SetChain(t.Context(), officer, r.ID, chainFiles(soon.Raw)))
	b.now = b.now.AddDate(0, 2, 0)
	r, _ = b.Get(t.Context(), officer, r.ID)
	if !found(r, b.now, "issuer_expired") {
		t.Errorf("findings: %v", r.Findings(b.now))
	}
	late := ended(t, b.now.AddDate(6, 0, 0))
	b.must(b.SetChain(t.Context(), officer, r.ID, chainFiles(soon.Raw, late.Raw)))
	if chain := b.chain(r.ID); len(chain) != 1 || string(chain[0].Raw) != string(late.Raw) {
		t.Errorf("the chain is %v", chain)
	}
	for what, tt := range map[string]struct {
		files vault.Files
		code  string
	}{
		"the expired one":  {chainFiles(soon.Raw), "chain_expired"},
		"the one it has":   {chainFiles(late.Raw), "chain_unchanged"},
		"a stranger":       {chainFiles(qtsp.Must(t).Root().Raw), "chain_misfit"},
		"another leaf":     {chainFiles(issue(t, qtsp.Request{}).Certificate.Raw), "chain_misfit"},
		"nothing":          {vault.Files{}, "no_issuer_file"},
		"no certificate":   {vault.Files{Files: []certs.File{{Name: "a", Data: []byte("hello")}}}, "not_a_certificate"},
		"an unknown other": {chainFiles(stranger(t)), "chain_misfit"},
	} {
		_, err := b.SetChain(t.Context(), officer, r.ID, tt.files)
		if fault.Code(err) != tt.code {
			t.Errorf("%s: %v, want %s", what, err, tt.code)
		}
	}
	for _, c := range []access.Caller{connector, auditor, engineer} {
		if _, err := b.SetChain(t.Context(), c, r.ID, chainFiles(late.Raw)); !errors.Is(err, fault.Denied) {
			t.Errorf("%s may: %v", c.Name, err)
		}
	}
}

// stranger is an issuing certificate with the right name and another key.
func stranger(t *testing.T) []byte {
	t.Helper()
	other, err := qtsp.New(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return other.Chain()[0]
}

// A change on live is agreed to by a second person, about the very chain that is asked for.
func TestAChainInUseOnLiveTakesTwoPeople(t *testing.T) {
	b := newBench(t)
	_, r := b.leafAlone(qtsp.Request{})
	issuing := qtsp.Must(t).Chain()[0]
	b.must(b.SetChain(t.Context(), officer, r.ID, chainFiles(issuing))) // nobody uses it
	b.name(stack.LiveAtSim, registration.Active, r.ID)
	late := ended(t, b.now.AddDate(6, 0, 0))
	done, err := b.SetChain(t.Context(), officer, r.ID, chainFiles(late.Raw))
	if err != nil || done || string(b.chain(r.ID)[0].Raw) != string(issuing) {
		t.Fatalf("one person did it: %v, %v", done, err)
	}
	b.decide(r, 1)
	if string(b.chain(r.ID)[0].Raw) != string(late.Raw) {
		t.Error("two people agreed, and the chain is the former one")
	}
	// Asked for, and another one is set meanwhile: what was agreed to is not what would be done.
	if done, err := b.SetChain(t.Context(), officer, r.ID, chainFiles(issuing)); err != nil || done {
		t.Fatal(done, err)
	}
	b.now = b.now.AddDate(5, 1, 0) // the issuing one ends meanwhile
	inbox, err := b.approvals.Inbox(t.Context(), second)
	if err != nil {
		t.Fatal(err)
	}
	for _, request := range inbox {
		if _, err := b.approvals.Approve(t.Context(), second, request.ID, ""); err == nil {
			t.Error("an expired chain was agreed to")
		}
	}
	if string(b.chain(r.ID)[0].Raw) != string(late.Raw) {
		t.Error("the chain is no longer the one two people agreed to")
	}
}

// addresses answer as a test says; what has no answer fails.
type addresses struct {
	answers map[string][]byte
	asked   []string
}

func (a *addresses) Issuer(_ context.Context, url string) ([]byte, error) {
	a.asked = append(a.asked, url)
	if answer, ok := a.answers[url]; ok {
		return answer, nil
	}
	return nil, fault.New(fault.Unavailable, "outgoing_failed", "%s could not be asked; try again later.", url)
}

// asking is the vault of a bench whose issuers are asked as a test says.
func (b *bench) asking(a *addresses) *vault.Vault {
	return vault.New(vault.Config{
		Custody:           b.custody,
		Records:           b.db,
		Intents:           b.db,
		Requests:          b.db,
		Lines:             b.db,
		Lifecycle:         b.db,
		CertificateMirror: b.db,
		Uses:              b.db,
		Issuers:           a,
		Live:              func(string) bool { return false },
		Audit:             b.audit,
		Logger:            slog.New(slog.DiscardHandler),
		Now:               func() time.Time { return b.now },
	})
}

func TestAChainIsCompletedFromTheAddressesInIt(t *testing.T) {
	b := newBench(t)
	issued, alone := b.leafAlone(qtsp.Request{Change: names("ldap://a/cn=x", "http://a/down", "http://a/ca")})
	issuing, root := issued.Chain[0], qtsp.Must(t).Root().Raw
	garbage, foreign := []byte("<!doctype html>"), stranger(t)
	for what, tt := range map[string]struct {
		answer []byte
		code   string
	}{
		"DER":                 {issuing, ""},
		"several, in PEM":     {chainFiles(root, foreign, issuing).Files[0].Data, ""},
		"another issuer's":    {foreign, "outgoing_failed"}, // the first address that failed
		"its own certificate": {issued.Certificate.Raw, "outgoing_failed"},
		"a root":              {root, "outgoing_failed"},
		"garbage":             {garbage, "outgoing_failed"},
		"nothing":             {nil, "outgoing_failed"},
		"huge":                {make([]byte, 2<<20), "outgoing_failed"},
		"expired":             {ended(t, b.now.AddDate(0, 0, -1)).Raw, "chain_expired"},
	} {
		a := &addresses{answers: map[string][]byte{"http://a/ca": tt.answer}}
		offer, err := b.asking(a).CompleteChain(t.Context(), officer, alone.ID)
		if (tt.code == "") != (err == nil) || err != nil && fault.Code(err) != tt.code {
			t.Errorf("%s: %v, want %q", what, err, tt.code)
		}
		if err == nil && (len(offer.Links) != 1 || string(offer.Links[0].Raw) != string(issuing) ||
			offer.Links[0].From != "http://a/ca" || slices.Contains(a.asked, "ldap://a/cn=x")) {
			t.Errorf("%s: %+v, asked %v", what, offer.Links, a.asked)
		}
		if len(b.chain(alone.ID)) > 0 {
			t.Fatalf("%s: it was stored without being asked", what)
		}
	}
	offer, err := b.asking(&addresses{answers: map[string][]byte{"http://a/ca": issuing}}).
		CompleteChain(t.Context(), officer, alone.ID)
	if err != nil {
		t.Fatal(err)
	}
	shown := vault.Files{Files: []certs.File{{Name: "shown.pem", Data: []byte(offer.PEM())}}}
	b.must(b.SetChain(t.Context(), officer, alone.ID, shown))
	a := &addresses{}
	_, err = b.asking(a).CompleteChain(t.Context(), officer, alone.ID)
	if fault.Code(err) != "chain_complete" || len(a.asked) > 0 {
		t.Errorf("nothing is missing: %v, asked %v", err, a.asked)
	}
	_, without := b.leafAlone(qtsp.Request{Change: names()})
	_, err = b.asking(a).CompleteChain(t.Context(), officer, without.ID)
	if fault.Code(err) != "issuer_address_missing" {
		t.Errorf("without an address: %v", err)
	}
	_, err = b.CompleteChain(t.Context(), officer, without.ID)
	if err == nil {
		t.Error("an installation that asks nobody has an answer")
	}
}

func names(urls ...string) func(*x509.Certificate) {
	return func(c *x509.Certificate) { c.IssuingCertificateURL = urls }
}
