package app

import (
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/keycopies"
	"github.com/sealkeeper/sealkeeper/vault"
)

func (s *Services) wireVault(requests *approval.Requests) {
	db := s.cfg.DB
	s.KeyCopies = keycopies.New(db, s.Audit, s.cfg.Now)
	s.Vault = vault.New(vault.Config{
		Custody:           s.cfg.Custody,
		Records:           db,
		Summaries:         db,
		RulesAhead:        db,
		Intents:           db,
		Requests:          db,
		CSRLists:          db,
		Lines:             db,
		Lifecycle:         db,
		CertificateMirror: db,
		Uses:              db,
		Issuers:           issuers{s.cfg.Outgoing},
		Copies:            s.KeyCopies,
		Incidents:         db,
		Namings:           db,
		Checks:            db,
		Mirror:            db,
		Approvals:         requests,
		Live:              s.cfg.Catalogue.Live,
		Audit:             s.Audit,
		Logger:            s.cfg.Logger,
		Now:               s.cfg.Now,
		Grace:             s.cfg.Grace,
	})
}
