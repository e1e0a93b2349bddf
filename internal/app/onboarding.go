package app

import (
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/issuer"
	"github.com/sealkeeper/sealkeeper/internal/revocation"
	"github.com/sealkeeper/sealkeeper/registration"
)

func (s *Services) wireRegistrations(requests *approval.Requests) {
	db := s.cfg.DB
	s.Revocation = revocation.New(revocation.Config{
		Store:  db,
		Asks:   s.cfg.Outgoing,
		Audit:  s.Audit,
		Logger: s.cfg.Logger,
		Now:    s.cfg.Now,
	})
	s.Registrations = registration.New(registration.Config{
		Catalogue:      s.cfg.Catalogue,
		Parties:        db,
		PartyLookup:    db,
		Changes:        db,
		Archive:        db,
		Registrations:  db,
		Enrolled:       db,
		Lookup:         db,
		Selected:       db,
		Looks:          db,
		Found:          db,
		Uses:           db,
		Checklist:      db,
		Evidence:       db,
		Emails:         db,
		Holdings:       db,
		Makers:         db,
		BankFacts:      db,
		Sealer:         s.Vault,
		Consents:       db,
		Services:       s.Usage,
		Bundles:        issuer.DurableBundles(db, s.Vault),
		Certificates:   s.Vault,
		Revocations:    revocations{s.Revocation, s.InForce, db},
		Authorisations: s.Registers,
		Credentials:    s.Vault,
		Approvals:      requests,
		Audit:          s.Audit,
		Now:            s.cfg.Now,
	})
}
