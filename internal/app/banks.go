package app

import (
	"context"

	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/bankservers"
	"github.com/sealkeeper/sealkeeper/internal/consent"
	"github.com/sealkeeper/sealkeeper/internal/issuer"
	"github.com/sealkeeper/sealkeeper/internal/payment"
)

// wireBanks makes what calls banks: the issuer of clients, and accounts and payments through them.
func (s *Services) wireBanks(requests *approval.Requests) {
	cfg := s.cfg
	s.BankServers = bankservers.New(bankservers.Config{
		Store: cfg.DB,
		Audit: s.Audit,
		Banks: bankHosts{cfg.Catalogue, issuers{cfg.Outgoing}},
		Now:   cfg.Now,
	})
	s.Issuer = issuer.New(issuer.Config{
		Servers:       handshakeSink{s.BankServers},
		Registrations: s.Registrations,
		Vault:         s.Vault,
		Active:        cfg.DB,
		Audit:         s.Audit,
		PublishURL:    cfg.PublicURL + "/.well-known",
		Now:           cfg.Now,
	})
	s.Consents = consent.New(consent.Config{
		Records:       cfg.DB,
		Leases:        cfg.DB,
		Clients:       s.Issuer,
		Registrations: s.Registrations,
		Custody:       s.Vault,
		Audit:         s.Audit,
		Logger:        cfg.Logger,
		Now:           cfg.Now,
	})
	s.wirePayments(requests)
}

func (s *Services) wirePayments(requests *approval.Requests) {
	s.Payments = payment.New(payment.Config{
		Store:     s.cfg.DB,
		Sealer:    s.Vault,
		Banks:     s.Issuer,
		Approvals: requests,
		Live: func(ctx context.Context, registrationID string) (bool, error) {
			r, err := s.cfg.DB.RegistrationByID(ctx, registrationID)
			return s.cfg.Catalogue.Live(r.InstitutionID), err
		},
		Audit: s.Audit,
		Now:   s.cfg.Now,
	})
}
