package api

import (
	"time"

	"github.com/sealkeeper/sealkeeper/connector/calendar"
)

// KeyCopies is where copies of a certificate's private key may be.
type KeyCopies struct {
	Origin       KeyOrigin        `json:"origin"`
	Certificates []KeyCertificate `json:"certificates"` // all that share the key
	Copies       []KeyCopy        `json:"copies"`       // the newest 50
	Count        int              `json:"count"`
	CountOver    bool             `json:"count_over"`
}

// KeyOrigin is how a key came into custody.
type KeyOrigin struct {
	Kind string    `json:"kind"` // generated in custody, or uploaded: copies from before are not known
	At   time.Time `json:"at"`
	By   string    `json:"by"` // caller id
}

// KeyCopy is one holder of a private key in one format.
type KeyCopy struct {
	ID           string           `json:"id"`
	Kind         string           `json:"kind"` // person, service: exported; provider, backup, machine: declared
	Holder       string           `json:"holder"`
	HolderID     string           `json:"holder_id"` // of a person or a service account; else the name in small letters
	Format       string           `json:"format"`    // pem, pkcs12 or jks; empty: not known
	FirstAt      time.Time        `json:"first_at"`
	LastAt       time.Time        `json:"last_at"` // the last export
	Exports      int              `json:"exports"` // 0: it was declared
	Reason       string           `json:"reason"`
	DeclaredBy   string           `json:"declared_by"` // caller id; empty: it was exported
	RecordedAt   time.Time        `json:"recorded_at"`
	Ending       *KeyCopyEnding   `json:"ending"` // null: it may still be there
	Certificates []KeyCertificate `json:"certificates"`
}

// KeyCopyEnding is what somebody says of the end of a copy.
type KeyCopyEnding struct {
	How         string        `json:"how"`
	DestroyedOn calendar.Date `json:"destroyed_on"`
	By          string        `json:"by"` // caller id
	At          time.Time     `json:"at"`
}

// KeyCertificate is a certificate of a key, and the registrations that use it now.
type KeyCertificate struct {
	ID            string            `json:"id"`
	Name          string            `json:"name"`
	Kind          string            `json:"kind"`
	State         string            `json:"state"`
	SHA256        string            `json:"sha256"`
	NotAfter      time.Time         `json:"not_after"`
	InUse         int               `json:"in_use"`        // registrations
	Registrations []KeyRegistration `json:"registrations"` // the first 20 of them
}

// KeyRegistration is a registration that uses a certificate now.
type KeyRegistration struct {
	ID            string `json:"id"`
	InstitutionID string `json:"institution_id"`
	Version       int    `json:"version"` // of the bundle
}

// NewKeyCopy is a copy that somebody knows of.
type NewKeyCopy struct {
	Kind   string        `json:"kind"` // provider, backup or machine
	Holder string        `json:"holder"`
	Reason string        `json:"reason"`
	Since  calendar.Date `json:"since"`
}

// EndKeyCopy says that a copy was destroyed.
type EndKeyCopy struct {
	How         string        `json:"how"`
	DestroyedOn calendar.Date `json:"destroyed_on"`
}
