package usage

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/registration"
)

// Overview says which services use a registration, and with which version.
func (m *Meter) Overview(ctx context.Context, caller access.Caller, v registration.View) (Overview, error) {
	all, err := m.Overviews(ctx, caller, v)
	if err != nil {
		return Overview{}, err
	}
	return all[0], nil
}

// Overviews says which services use each of the registrations, in their order.
func (m *Meter) Overviews(
	ctx context.Context, caller access.Caller, views ...registration.View,
) ([]Overview, error) {
	registrations := make([]registration.Registration, len(views))
	for i, v := range views {
		registrations[i] = v.Registration
	}
	using, err := m.cfg.Accounts.Using(ctx, caller, registrations...)
	if err != nil {
		return nil, err
	}
	if err := m.Flush(ctx); err != nil {
		return nil, err
	}
	all := make([]Overview, len(views))
	for i, v := range views {
		if all[i], err = m.overview(ctx, v, using[v.Registration.ID]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (m *Meter) overview(ctx context.Context, v registration.View, accounts map[string]string) (Overview, error) {
	registrationID, version, activatedAt := v.Registration.ID, 0, time.Time{}
	if active := v.Active(); active != nil {
		version, activatedAt = active.Version, active.ActivatedAt
	}
	uses, err := m.cfg.Store.ServiceUses(ctx, registrationID)
	if err != nil {
		return Overview{}, err
	}
	reports, err := m.cfg.Store.ServiceReports(ctx, registrationID)
	if err != nil {
		return Overview{}, err
	}
	o := Overview{Version: version, ActivatedAt: activatedAt}
	o.Services = m.reported(reports, uses, version, accounts)
	for id, name := range accounts {
		if !slices.ContainsFunc(o.Services, func(s Service) bool { return s.AccountID == id }) {
			o.Services = append(o.Services, m.seen(id, name, uses, version))
		}
	}
	slices.SortFunc(o.Services, func(a, b Service) int {
		return strings.Compare(a.Account+"\n"+a.Instance, b.Account+"\n"+b.Instance)
	})
	return o, nil
}

const (
	// oldUsesRead is how many registrations OldVersionsUsed names at most.
	oldUsesRead = 100
	// toldWithin is for how long a report counts where no version is in use any more.
	toldWithin = 24 * time.Hour
)

// OldVersionsUsed implements registration.Services.
func (m *Meter) OldVersionsUsed(ctx context.Context) ([]string, error) {
	if err := m.Flush(ctx); err != nil {
		return nil, err
	}
	return m.cfg.Store.OldVersionsUsed(ctx, m.cfg.Now().Add(-toldWithin), oldUsesRead)
}

// OldUses implements registration.Services.
func (m *Meter) OldUses(
	ctx context.Context, caller access.Caller, views []registration.View,
) ([]registration.OldUse, error) {
	overviews, err := m.Overviews(ctx, caller, views...)
	if err != nil {
		return nil, err
	}
	var old []registration.OldUse
	for i, o := range overviews {
		for _, s := range o.Behind() {
			old = append(old, registration.OldUse{
				RegistrationID: views[i].Registration.ID,
				Service:        s.Name(),
				Version:        s.Version,
				UsedAt:         s.UsedAt,
				Mismatched:     s.Mismatched,
			})
		}
	}
	return old, nil
}

// Name is the account's, with the instance if there is one.
func (s Service) Name() string {
	if s.Instance == "" {
		return s.Account
	}
	return s.Account + " (" + s.Instance + ")"
}

// Used are ids of registrations that an account has used, at most as many as limit.
func (m *Meter) Used(ctx context.Context, caller access.Caller, accountID string, limit int) ([]string, error) {
	if err := m.cfg.Audit.Permit(ctx, caller, access.ServiceRead, accountID); err != nil {
		return nil, err
	}
	if err := m.Flush(ctx); err != nil {
		return nil, err
	}
	return m.cfg.Store.RegistrationsUsed(ctx, accountID, limit)
}
