package vault

import (
	"cmp"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/certs/rules"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/internal/uid"
)

// CSRState is the state of a CSR.
type CSRState string

// The states of a CSR. The key of a pending one may or may not be in custody yet.
const (
	CSRPending CSRState = "pending"
	CSROpen    CSRState = "open"   // to be sent to the QTSP; its certificate has not come
	CSRIssued  CSRState = "issued" // its certificate was imported, under the same id
)

// CSR is a CSR whose key was generated in custody and has never been anywhere
// else.
type CSR struct {
	ID         string // of the request, of its key, and of the certificate when it comes
	State      CSRState
	Name       string
	Kind       certs.Kind
	SPKISHA256 string // lower-case hex; how the certificate is recognised
	PEM        string // PKCS#10
	CreatedAt  time.Time
	CreatedBy  string
	Replaces   string // id of the certificate whose place the one asked for will take; "": none
}

// NewCSR is the content of a CSR.
type NewCSR struct {
	Template  certs.CSRTemplate
	Algorithm string // of the key, one of Generator's; empty: DefaultKeyAlgorithm
	Replaces  string // as in Request
}

// CSRs stores CSRs. As with Intents, what is about to be created in custody is
// recorded first.
type CSRs interface {
	BeginCSR(ctx context.Context, r CSR) error
	// OpenCSR turns a pending CSR into an open one, with its key and PEM.
	OpenCSR(ctx context.Context, r CSR) error
	// DropCSR removes a pending CSR.
	DropCSR(ctx context.Context, id string) error
	// OpenCSROf returns the newest open CSR with the key of that lower-case hex SHA-256, or fault.NotFound.
	OpenCSROf(ctx context.Context, spkiSHA256 string) (CSR, error)
	// PendingCSRs returns those whose key may or may not be in custody yet.
	PendingCSRs(ctx context.Context) ([]CSR, error)
}

// CSRLists are what people see of CSRs.
type CSRLists interface {
	// CSRPage returns a page of the list CSRsListed.
	CSRPage(ctx context.Context, reach access.Reach, q listing.Query) (listing.Page[CSR], error)
	// CSRByID returns one, or fault.NotFound.
	CSRByID(ctx context.Context, id string) (CSR, error)
}

// FilterIssued selects the CSRs whose certificate has come, or with "false" those that wait for it.
const FilterIssued = "issued"

// CSRsListed is what can be asked of the list of CSRs.
var CSRsListed = listing.Spec{
	Name:    "csrs",
	Sorts:   []string{"-created_at", "created_at"},
	Search:  true,
	Filters: map[string]listing.Check{FilterIssued: listing.OneOf("true", "false")},
}

// DefaultKeyAlgorithm is the default for generated keys: TS 119 312 wants RSA keys of 3000 bits for certificates issued
// after 2026.
const DefaultKeyAlgorithm = "rsa-3072"

// CreateCSR generates a key in custody and makes a CSR for it, to be sent to a QTSP. When
// the certificate is imported, it is matched with its key.
func (v *Vault) CreateCSR(ctx context.Context, caller access.Caller, n NewCSR) (CSR, error) {
	o, algorithm := n.Template, cmp.Or(n.Algorithm, DefaultKeyAlgorithm)
	r := CSR{
		ID:        uid.New(),
		State:     CSRPending,
		Kind:      o.Kind,
		Replaces:  n.Replaces,
		Name:      strings.TrimSpace(kindName(o.Kind) + " " + o.OrganizationIdentifier),
		CreatedAt: v.cfg.Now(),
		CreatedBy: caller.ID,
	}
	at, err := v.at(ctx, caller, o.OrganizationIdentifier) // as its certificate will
	if err != nil {
		return r, err
	}
	err = v.cfg.Audit.Do(ctx, at, access.CSRCreate, r.ID, func() (_ note.Note, err error) {
		r, err = v.createCSR(ctx, r, o, algorithm)
		return note.New("csr_made", "%s for %s, %s", o.Kind, o.OrganizationIdentifier, algorithm), err
	})
	return r, err
}

func (v *Vault) createCSR(ctx context.Context, r CSR, o certs.CSRTemplate, algorithm string) (CSR, error) {
	if err := shortIdentifier(o.OrganizationIdentifier); err != nil {
		return r, err
	}
	if err := rehearse(o); err != nil {
		return r, err
	}
	if err := v.orderable(algorithm); err != nil {
		return r, err
	}
	if err := v.replaceable(ctx, r.Replaces, o); err != nil {
		return r, err
	}
	if err := v.cfg.Custody.Health(ctx); err != nil {
		return r, err
	}
	if err := v.cfg.Requests.BeginCSR(ctx, r); err != nil {
		return r, err
	}
	public, err := v.cfg.Custody.GenerateKey(ctx, r.ID, algorithm)
	if err != nil {
		return r, v.giveUp(ctx, r.ID, err)
	}
	signer, err := v.cfg.Custody.Signer(ctx, r.ID, public)
	if err != nil {
		return r, err
	}
	der, err := certs.CreateCSR(signer, o)
	if err != nil {
		return r, readFault(err)
	}
	if r.SPKISHA256, err = spki(public); err != nil {
		return r, err
	}
	r.PEM = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der}))
	if _, err := v.cfg.Custody.Put(ctx, r.ID, csrDocument(r), 0); err != nil {
		return r, err
	}
	r.State = CSROpen
	return r, v.cfg.Requests.OpenCSR(ctx, r)
}

// orderable refuses a kind of key for which issuers no longer issue.
func (v *Vault) orderable(algorithm string) error {
	bits, isRSA := strings.CutPrefix(algorithm, "rsa-")
	if !isRSA {
		return nil
	}
	n, _ := strconv.Atoi(bits) // custody says which kinds of key there are
	found := rules.JudgeCSRKey(certs.PublicKeyInfo{Algorithm: "RSA", Bits: n}, v.cfg.Now())
	if slices.ContainsFunc(found, func(f rules.Finding) bool { return f.Severity == rules.SeverityError }) {
		return fault.New(fault.Invalid, "order_rsa_too_short",
			"RSA keys of %s bits are too short for a new certificate: "+
				"since 1 January 2027 none is issued for fewer than 3000. Choose RSA of 3072 bits or ECDSA P-256.",
			bits)
	}
	return nil
}

// Findings judges, at a time, the key of a CSR whose certificate has not come.
func (r CSR) Findings(at time.Time) []rules.Finding {
	block, _ := pem.Decode([]byte(r.PEM))
	if block == nil || r.State == CSRIssued {
		return []rules.Finding{}
	}
	asked, err := certs.ParseCSR(block.Bytes)
	if err != nil {
		return []rules.Finding{}
	}
	return rules.JudgeCSRKey(asked.Key, at)
}

// replaceable refuses a CSR for a certificate that could not replace the one named.
func (v *Vault) replaceable(ctx context.Context, id string, o certs.CSRTemplate) error {
	if id == "" {
		return nil
	}
	old, err := v.cfg.Records.CertificateByID(ctx, id)
	if err != nil {
		return err
	}
	if old.Leaf.Kind != o.Kind || old.Leaf.OrganizationIdentifier != o.OrganizationIdentifier {
		return fault.New(fault.Invalid, "replaces_mismatch",
			"The certificate to be replaced must be of the same kind and organizationIdentifier as the one asked "+
				"for; choose another one, or none.")
	}
	return nil
}

// giveUp drops the intent of a key that custody refused to make; after any
// other failure the intent stays for Reconcile.
func (v *Vault) giveUp(ctx context.Context, id string, cause error) error {
	if errors.Is(cause, fault.Invalid) {
		return errors.Join(cause, v.cfg.Requests.DropCSR(ctx, id))
	}
	return cause
}

// rehearse makes the CSR with a throw-away key, so that a CSR that nobody would accept
// is refused before a key is generated for it.
func rehearse(o certs.CSRTemplate) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	if _, err := certs.CreateCSR(key, o); err != nil {
		return readFault(err)
	}
	return nil
}

// CSRPage returns a page of the list CSRsListed.
func (v *Vault) CSRPage(ctx context.Context, caller access.Caller, q listing.Query) (listing.Page[CSR], error) {
	reach, err := v.cfg.Audit.Reach(ctx, caller, access.CertList)
	if err != nil {
		return listing.Page[CSR]{}, err
	}
	return v.cfg.CSRLists.CSRPage(ctx, reach, q)
}

// CSR returns one CSR.
func (v *Vault) CSR(ctx context.Context, caller access.Caller, id string) (CSR, error) {
	r, err := v.cfg.CSRLists.CSRByID(ctx, id)
	lies := id // nowhere, where there is none
	if err == nil {
		lies = r.OrganizationIdentifier()
	}
	if refused := v.cfg.Audit.Permit(ctx, caller, access.CertList, lies); refused != nil {
		return CSR{}, refused
	}
	return r, err
}

// OrganizationIdentifier is whose certificate was asked for; "" while its key is being made.
func (r CSR) OrganizationIdentifier() string {
	block, _ := pem.Decode([]byte(r.PEM))
	if block == nil {
		return ""
	}
	asked, err := certs.ParseCSR(block.Bytes)
	if err != nil {
		return ""
	}
	return asked.OrganizationIdentifier()
}

// settleCSR finishes or removes a CSR that was interrupted.
func (v *Vault) settleCSR(ctx context.Context, r CSR) (resolution, error) {
	doc, _, err := v.cfg.Custody.Get(ctx, r.ID)
	if err == nil {
		r.SPKISHA256, r.PEM = doc["spki_sha256"], doc["csr_pem"]
		return finished, v.cfg.Requests.OpenCSR(ctx, r)
	}
	if !errors.Is(err, fault.NotFound) {
		return "", err
	}
	if err := v.cfg.Custody.DestroyKey(ctx, r.ID); err != nil {
		return "", err
	}
	return removed, v.cfg.Requests.DropCSR(ctx, r.ID)
}

func csrDocument(r CSR) map[string]string {
	doc := map[string]string{
		"type":        typeCSR,
		"name":        r.Name,
		"kind":        string(r.Kind),
		"spki_sha256": r.SPKISHA256,
		"csr_pem":     r.PEM,
		"created_at":  instant(r.CreatedAt),
		"created_by":  r.CreatedBy,
	}
	if r.Replaces != "" {
		doc["replaces"] = r.Replaces
	}
	return doc
}

func spki(public crypto.PublicKey) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:]), nil
}
