// Package keycopies answers one question: where may copies of this private key be?
//
// It knows what the program itself gave out, which is recorded before a key leaves, and what people say of copies
// elsewhere. Nothing here is ever deleted: a copy ends when somebody says how it was destroyed.
package keycopies

import (
	"context"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/clock"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/uid"
)

// Kind says who or what holds a copy.
type Kind string

// The kinds. The first two follow from exports; people declare the others.
const (
	Person   Kind = "person"   // somebody who has exported the key
	Account  Kind = "service"  // a service account that has
	Provider Kind = "provider" // another firm
	Backup   Kind = "backup"   // one that Sealkeeper does not make
	Machine  Kind = "machine"
)

// Kinds are all of them.
func Kinds() []Kind { return []Kind{Person, Account, Provider, Backup, Machine} }

// Declarable are those that people declare.
func Declarable() []Kind { return []Kind{Provider, Backup, Machine} }

// Copy is one holder of a private key in one format.
type Copy struct {
	ID         string
	KeyID      string // of the key in custody
	Kind       Kind
	HolderID   string // of a person or a service account; else the name in small letters
	Holder     string // name for people
	Format     string // of the file; empty: not known
	First      time.Time
	Last       time.Time // the last export; of what was declared the same as First
	Times      int       // exports; 0: it was declared
	Reason     string    // why there is one; of what was declared
	DeclaredBy string    // caller id; empty: it was exported
	CreatedAt  time.Time // when it was recorded
	Ending     Ending    // zero: it may still be there

	Certificates []Certificate // of the key
}

// Ended reports whether somebody has said that the copy was destroyed.
func (c Copy) Ended() bool { return c.Ending.By != "" }

// Ending is what somebody says of the end of a copy.
type Ending struct {
	How string
	On  time.Time // the day on which it was destroyed
	By  string    // caller id of who says so
	At  time.Time // when they did
}

// Certificate is one of a key: a renewal may share the key of the certificate before it.
type Certificate struct {
	ID, KeyID string
	Name      string
	Kind      string // qwac, qsealc
	State     string // of its life in custody
	SHA256    string
	NotAfter  time.Time
	InUse     int   // registrations that use it now
	Uses      []Use // the first of them
}

// Use is a registration that uses a certificate now.
type Use struct {
	RegistrationID, InstitutionID string
	Version                       int
}

// OriginKind says how a key came into custody.
type OriginKind string

// The origins.
const (
	Generated OriginKind = "generated" // in custody, for a CSR: there was no copy before
	Uploaded  OriginKind = "uploaded"  // as a file: copies from before are not known
)

// Origin is how a key came into custody, when, and by whom.
type Origin struct {
	Kind OriginKind
	At   time.Time
	By   string // caller id
}

// Key is what is known of a certificate's key.
type Key struct {
	ID           string
	Origin       Origin
	Certificates []Certificate
	Copies       []Copy // the newest
	Count        listing.Count
}

// The filters of the list.
const (
	FilterCertificate = "certificate" // id of one of the key's certificates
	FilterKind        = "kind"
	FilterEnded       = "ended" // true: destroyed; false: those that may still be there; else both
)

// Listed is what can be asked of the list of copies. A search is for words of the holder.
var Listed = listing.Spec{
	Name:   "key-copies",
	Sorts:  []string{"-created_at", "created_at"},
	Search: true,
	Filters: map[string]listing.Check{
		FilterCertificate: listing.Text,
		FilterKind:        listing.OneOf(Kinds()...),
		FilterEnded:       listing.OneOf("true", "false"),
	},
}

// Store keeps the ledger.
type Store interface {
	// NoteExport adds an export to the open copy of the same key, holder and format, or begins one.
	NoteExport(ctx context.Context, c Copy) error
	// DeclareKeyCopy adds a copy, or is a Conflict if the same holder has an open one.
	DeclareKeyCopy(ctx context.Context, c Copy) error
	// EndKeyCopy ends an open copy, or is a Conflict if it has ended.
	EndKeyCopy(ctx context.Context, id string, e Ending) error
	// KeyCopy returns one, or NotFound.
	KeyCopy(ctx context.Context, id string) (Copy, error)
	// KeyCopyPage returns the page of Listed that q asks for.
	KeyCopyPage(ctx context.Context, reach access.Reach, q listing.Query) (listing.Page[Copy], error)
	// CountKeyCopies counts what a page of the list would be of.
	CountKeyCopies(ctx context.Context, reach access.Reach, q listing.Query) (listing.Count, error)
	// KeyOf returns the key of a certificate with its origin, or NotFound; without copies.
	KeyOf(ctx context.Context, certificateID string) (Key, error)
	// CertificatesOfKeys returns the certificates of keys, with the registrations that use each.
	CertificatesOfKeys(ctx context.Context, reach access.Reach, keyIDs []string) ([]Certificate, error)
}

// Service answers where copies may be, and takes down what people know. It is safe for concurrent use.
type Service struct {
	store Store
	log   *audit.Log
	now   func() time.Time
}

// New returns a Service.
func New(store Store, log *audit.Log, now func() time.Time) *Service {
	return &Service{store: store, log: log, now: clock.Micros(now)}
}

// NoteExport records that a key is about to be given to a caller. Who fails to record it keeps the key back.
func (s *Service) NoteExport(ctx context.Context, caller access.Caller, keyID, format string) error {
	kind := Person
	if caller.OwnOnly() {
		kind = Account
	}
	now := s.now()
	return s.store.NoteExport(ctx, Copy{
		ID:        uid.New(),
		KeyID:     keyID,
		Kind:      kind,
		HolderID:  caller.ID,
		Holder:    caller.Name,
		Format:    format,
		First:     now,
		Last:      now,
		Times:     1,
		CreatedAt: now,
	})
}

// Page returns a page of the list, each copy with the certificates that it belongs to.
func (s *Service) Page(ctx context.Context, caller access.Caller, q listing.Query) (listing.Page[Copy], error) {
	reach, err := s.log.Reach(ctx, caller, access.CertList)
	if err != nil {
		return listing.Page[Copy]{}, err
	}
	page, err := s.store.KeyCopyPage(ctx, reach, q)
	if err != nil {
		return page, err
	}
	return page, s.addCertificates(ctx, caller, page.Items)
}

// Count counts what a page of the list would be of.
func (s *Service) Count(ctx context.Context, caller access.Caller, q listing.Query) (listing.Count, error) {
	reach, err := s.log.Reach(ctx, caller, access.CertList)
	if err != nil {
		return listing.Count{}, err
	}
	return s.store.CountKeyCopies(ctx, reach, q)
}

// OfCertificate returns what is known of a certificate's key, with its newest copies.
func (s *Service) OfCertificate(ctx context.Context, caller access.Caller, certificateID string) (Key, error) {
	if err := s.log.Permit(ctx, caller, access.CertRead, certificateID); err != nil {
		return Key{}, err
	}
	key, err := s.store.KeyOf(ctx, certificateID)
	if err != nil {
		return Key{}, err
	}
	page, err := s.store.KeyCopyPage(ctx, access.Whole(), Listed.Query().With(FilterCertificate, certificateID))
	if err != nil {
		return Key{}, err
	}
	key.Copies, key.Count = page.Items, page.Count
	if key.Certificates, err = s.certificates(ctx, caller, []string{key.ID}); err != nil {
		return Key{}, err
	}
	for i := range key.Copies {
		key.Copies[i].Certificates = key.Certificates
	}
	return key, nil
}

func (s *Service) addCertificates(ctx context.Context, caller access.Caller, copies []Copy) error {
	var keys []string
	seen := map[string]bool{}
	for _, c := range copies {
		if !seen[c.KeyID] {
			seen[c.KeyID] = true
			keys = append(keys, c.KeyID)
		}
	}
	if len(keys) == 0 {
		return nil
	}
	found, err := s.certificates(ctx, caller, keys)
	for i := range copies {
		for _, c := range found {
			if c.KeyID == copies[i].KeyID {
				copies[i].Certificates = append(copies[i].Certificates, c)
			}
		}
	}
	return err
}

// certificates are those of keys. Who may not see registrations sees no uses.
func (s *Service) certificates(ctx context.Context, caller access.Caller, keyIDs []string) ([]Certificate, error) {
	reach, err := s.log.Reach(ctx, caller, access.CertRead)
	if err != nil {
		return nil, err
	}
	found, err := s.store.CertificatesOfKeys(ctx, reach, keyIDs)
	if !caller.MayEverywhere(access.RegistrationRead) {
		for i := range found {
			found[i].InUse, found[i].Uses = 0, nil
		}
	}
	return found, err
}
