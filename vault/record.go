package vault

import (
	"context"
	"time"

	"github.com/sealkeeper/sealkeeper/certs/rules"

	"github.com/sealkeeper/sealkeeper/certs"
)

// State is where a certificate is in its life.
type State string

// The states. Pending and Destroying are intents: the key may or may not be in custody
// yet, or may or may not still be there.
const (
	Pending    State = "pending"
	Stored     State = "stored"
	Retired    State = "retired" // out of use for good; its key is still there
	Destroying State = "destroying"
	Destroyed  State = "destroyed" // only what is recorded here is left of it
)

// Record is what the database knows of a certificate. None of it is secret.
type Record struct {
	ID        string // opaque; of its document in custody
	KeyID     string // of its key in custody: the same, unless it renews another certificate without a new key
	State     State
	Name      string // for people; the subject's organization and kind unless given
	Leaf      *certs.Certificate
	Chain     []*certs.Certificate // issuing CAs in order
	Custody   string               // mode of the custody that holds the key
	KeyMode   KeyMode
	Export    ExportChoice // who chose KeyExportable and why; else empty
	Line      Line
	CreatedAt time.Time // UTC
	CreatedBy string    // caller id
	Retired   Retirement
	Destroyed Destruction
	Revision  int // counts the changes of a stored record
}

// KeyMode says whether the private key is exportable.
type KeyMode string

// The modes. KeyHeld is the default.
const (
	KeyHeld       KeyMode = "held"       // not exportable: custody signs with it
	KeyExportable KeyMode = "exportable" // each export is audited: for workloads that need the file
)

// ExportChoice is the choice that a private key is exportable. Live registrations may use it
// once a second person has approved it.
type ExportChoice struct {
	Reason, By string
	ApprovedBy string // caller id; empty: nobody yet
	ApprovedAt time.Time
}

// Retirement says who took a certificate out of use, when and why.
type Retirement struct {
	Reason, By string
	At         time.Time
}

// Destruction says who decided to destroy a certificate's document, and its key unless
// another certificate shares it, and when.
type Destruction struct {
	By string
	At time.Time
}

// Findings judges the certificate at the given time.
func (r Record) Findings(at time.Time) []rules.Finding { return rules.Judge(r.Leaf, r.Chain, at) }

// Records reads certificate records.
type Records interface {
	// CertificateByID returns the record, or fault.NotFound.
	CertificateByID(ctx context.Context, id string) (Record, error)
	// CertificateByFingerprint finds a record by the hex SHA-256 of the leaf, or fault.NotFound.
	CertificateByFingerprint(ctx context.Context, sha256 string) (Record, error)
	// CertificatesByID returns the records that are there, in any order.
	CertificatesByID(ctx context.Context, ids []string) ([]Record, error)
	// Certificates returns the records in the given states, newest first.
	Certificates(ctx context.Context, states ...State) ([]Record, error)
}

// Intents records what is about to be written to custody before it is written.
type Intents interface {
	// BeginImport records r as pending, or fault.Conflict if the same certificate is
	// recorded, or if the key it shares is another certificate's that is being destroyed.
	BeginImport(ctx context.Context, r Record) error
	// FinishImport turns a pending record into a stored one.
	FinishImport(ctx context.Context, id string) error
	// AbandonImport removes a pending record.
	AbandonImport(ctx context.Context, id string) error
}
