package app

import (
	"context"
	"log/slog"
	"slices"

	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/bankfiles"
	"github.com/sealkeeper/sealkeeper/internal/bankservers"
	"github.com/sealkeeper/sealkeeper/internal/consent"
	"github.com/sealkeeper/sealkeeper/internal/issuer"
	"github.com/sealkeeper/sealkeeper/internal/payment"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
)

// Followable says why the connector cannot follow what a catalogue file says of an institution.
func Followable(in catalogue.Institution) error {
	_, err := issuer.Profile(in)
	return err
}

// Banks is the catalogue as it is in a database: what is built in, and what people have taken.
func Banks(ctx context.Context, db *store.DB, logger *slog.Logger) (*catalogue.Catalogue, error) {
	banks, err := catalogue.Embedded()
	if err != nil {
		return nil, err
	}
	unread, err := bankfiles.Load(ctx, db, banks, Followable)
	if unread != nil {
		logger.LogAttrs(ctx, slog.LevelError, "a catalogue file that was taken cannot be read by this program",
			slog.Any("error", unread))
	}
	return banks, err
}

func (s *Services) newBankFiles(requests *approval.Requests) *bankfiles.Service {
	return bankfiles.New(bankfiles.Config{
		Folder:        s.cfg.Folder,
		Store:         s.DB,
		Registrations: s.DB,
		Catalogue:     s.Catalogue,
		Usable:        Followable,
		Approvals:     requests,
		Audit:         s.Audit,
		Logger:        s.cfg.Logger,
		Now:           s.cfg.Now,
		Changed:       s.followBanks,
	})
}

// followBanks has clients follow what the catalogue says now of some banks: those of this process, and of services.
func (s *Services) followBanks(ctx context.Context, banks []string) error {
	s.Issuer.FollowCatalogue()
	s.TLS.Changed("")
	var ids []string
	for _, in := range s.Catalogue.All() {
		if slices.Contains(banks, in.Group.ID) {
			ids = append(ids, in.ID)
		}
	}
	return s.DB.NoteTLSChanges(ctx, ids)
}

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
