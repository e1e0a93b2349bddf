package app

import (
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/campaign"
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
}
