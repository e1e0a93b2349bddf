package app

import (
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/registration/existing"
)

func (s *Services) wireImports(requests *approval.Requests) {
	db := s.cfg.DB
	s.Imports = existing.New(existing.Config{
		Store:        db,
		Progress:     db,
		Parties:      db,
		PartyLookup:  db,
		Records:      db,
		Versions:     db,
		Certificates: db,
		Custody:      s.Vault,
		Checklists:   s.Registrations,
		Catalogue:    s.cfg.Catalogue,
		Approvals:    requests,
		Audit:        s.Audit,
		Now:          s.cfg.Now,
	})
}
