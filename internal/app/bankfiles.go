package app

import (
	"context"
	"log/slog"
	"slices"

	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/bankfiles"
	"github.com/sealkeeper/sealkeeper/internal/issuer"
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
