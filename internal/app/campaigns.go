package app

import (
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/campaign"
	"github.com/sealkeeper/sealkeeper/internal/incident"
)

func (s *Services) wireCampaigns(requests *approval.Requests) {
	s.Campaigns = campaign.New(campaign.Config{
		Store:         s.cfg.DB,
		Registrations: s.Registrations,
		Certificates:  s.Vault,
		Banks:         s.Issuer,
		Services:      s.Usage,
		Approvals:     requests,
		Audit:         s.Audit,
		Now:           s.cfg.Now,
	})
	s.Incidents = incident.New(incident.Config{
		Store:         s.cfg.DB,
		Certificates:  s.Vault,
		Revocation:    s.Revocation,
		Copies:        s.KeyCopies,
		Registrations: s.Registrations,
		Approvals:     requests,
		Audit:         s.Audit,
		Now:           s.cfg.Now,
	})
}
