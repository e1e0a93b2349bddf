package vault

import (
	"context"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
)

// State is how far a certificate is on its way into or out of custody.
type State string

// The states. Pending and Destroying are intents: of a pending certificate the key may
// or may not be in custody yet, of a destroying one it may or may not be there still.
const (
	Pending    State = "pending"
	Stored     State = "stored"
	Retired    State = "retired" // out of use for good; its key is still there
	Destroying State = "destroying"
	Destroyed  State = "destroyed" // only what is recorded here is left of it
)

// Record is what the database knows of a certificate: nothing that is secret.
type Record struct {
	ID        string // opaque; of its document in custody
	KeyID     string // of its key in custody: the same, unless it renews another certificate without a new key
	State     State
	Name      string // for people; the subject's organization and kind unless given
	Leaf      *certs.Certificate
	Chain     []*certs.Certificate // issuing CAs in order
	Custody   string               // mode of the custody that holds the key
	KeyMode   KeyMode
	Kept      Kept // who chose KeyStored and why; else empty
	Line      Line
	CreatedAt time.Time // UTC
	CreatedBy string    // caller id
	Retired   Retirement
	Destroyed Destruction
	Revision  int // counts the changes of a stored record
}

// KeyMode says whether the private key can come out.
type KeyMode string

// The modes. KeyHeld is what nobody has to choose.
const (
	KeyHeld   KeyMode = "held"   // never: custody signs with it
	KeyStored KeyMode = "stored" // to those who may, each time recorded: for workloads that need the file
)

// Kept is the choice that a private key is stored to be handed out. Live
// registrations may use it once a second person has agreed.
type Kept struct {
	Reason, By string
	ApprovedBy string // caller id; empty: nobody yet
	ApprovedAt time.Time
}

// Retirement is that a certificate went out of use.
type Retirement struct {
	Reason, By string
	At         time.Time
}

// Destruction is that a certificate's document, and its key unless another
// certificate has it too, were destroyed. By and At are of the decision.
type Destruction struct {
	By string
	At time.Time
}

// Findings judges the certificate at the given time.
func (r Record) Findings(at time.Time) []certs.Finding { return certs.Judge(r.Leaf, r.Chain, at) }

// Records reads what is recorded.
type Records interface {
	// CertificateByID returns the record, or fault.NotFound.
	CertificateByID(ctx context.Context, id string) (Record, error)
	// CertificateByFingerprint finds a record by the hex SHA-256 of the leaf, or fault.NotFound.
	CertificateByFingerprint(ctx context.Context, sha256 string) (Record, error)
	// Certificates returns the records in the given states, newest first.
	Certificates(ctx context.Context, states ...State) ([]Record, error)
}

// Intents keeps the promise that what is about to be written to custody is known before it is.
type Intents interface {
	// BeginImport records r as pending, or fault.Conflict if the same certificate is
	// recorded, or if the key it shares is another certificate's that is being destroyed.
	BeginImport(ctx context.Context, r Record) error
	// FinishImport turns a pending record into a stored one.
	FinishImport(ctx context.Context, id string) error
	// AbandonImport removes a pending record.
	AbandonImport(ctx context.Context, id string) error
}
