package incident

import (
	"context"
	"errors"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/keycopies"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/revocation"
	"github.com/sealkeeper/sealkeeper/vault"
)

// Page returns a page of the list.
func (s *Service) Page(ctx context.Context, caller access.Caller, q listing.Query) (listing.Page[Incident], error) {
	reach, err := s.cfg.Audit.Reach(ctx, caller, access.CertList)
	if err != nil {
		return listing.Page[Incident]{}, err
	}
	page, err := s.cfg.Store.IncidentPage(ctx, reach, q)
	if err != nil {
		return page, err
	}
	return page, s.count(ctx, caller, page.Items)
}

// count leaves of the counts what the caller may see.
func (s *Service) count(ctx context.Context, caller access.Caller, all []Incident) error {
	reach, err := s.cfg.Audit.Reach(ctx, caller, access.RegistrationRead)
	if err != nil || reach.IsWhole() || len(all) == 0 {
		return err
	}
	ids := make([]string, len(all))
	for i := range all {
		ids[i] = all[i].ID
	}
	seen, err := s.cfg.Store.IncidentCounts(ctx, reach, ids)
	if err != nil {
		return err
	}
	for i := range all {
		counts := seen[all[i].ID]
		counts.Elsewhere = counts.InUse < all[i].InUse
		all[i].Counts = counts
	}
	return nil
}

// Uses returns a page of the registrations that used the certificate when it was declared.
func (s *Service) Uses(
	ctx context.Context, caller access.Caller, id string, q listing.Query,
) (listing.Page[Use], error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.RegistrationRead, id); err != nil {
		return listing.Page[Use]{}, err
	}
	if _, err := s.cfg.Store.Incident(ctx, id); err != nil {
		return listing.Page[Use]{}, err
	}
	reach, err := s.cfg.Audit.Reach(ctx, caller, access.RegistrationRead)
	if err != nil {
		return listing.Page[Use]{}, err
	}
	return s.cfg.Store.IncidentUses(ctx, reach, id, q)
}

// Get returns one with the facts that decide how far the way out is.
func (s *Service) Get(ctx context.Context, caller access.Caller, id string) (Facts, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.CertRead, id); err != nil {
		return Facts{}, err
	}
	i, err := s.cfg.Store.Incident(ctx, id)
	if err != nil {
		return Facts{}, err
	}
	counted := []Incident{i}
	if err := s.count(ctx, caller, counted); err != nil {
		return Facts{}, err
	}
	f := Facts{Incident: counted[0]}
	r, err := s.cfg.Certificates.Get(ctx, caller, i.CertificateID)
	if err != nil {
		return Facts{}, err
	}
	f.State = r.State
	if f.Revocation, f.RevokedAt, err = s.revoked(ctx, caller, i.SHA256); err != nil {
		return Facts{}, err
	}
	if f.Copies, err = s.cfg.Copies.OfCertificate(ctx, caller, i.CertificateID); err != nil {
		return Facts{}, err
	}
	if f.Others, err = s.others(ctx, caller, i, f.Copies); err != nil {
		return Facts{}, err
	}
	waiting, err := s.cfg.Approvals.Waiting(ctx, id)
	for _, w := range waiting {
		f.Waiting = w.ID
	}
	return f, err
}

// revoked is what the issuer of a certificate has said of it. Of one that was retired before it was declared nobody is
// asked.
func (s *Service) revoked(
	ctx context.Context, caller access.Caller, sha256 string,
) (revocation.State, time.Time, error) {
	said, err := s.cfg.Revocation.OfFingerprint(ctx, caller, sha256)
	if errors.Is(err, fault.NotFound) {
		return "", time.Time{}, nil
	}
	return said.State, said.Answer.RevokedAt, err
}

// others are the other certificates of a compromised key that have not ended.
func (s *Service) others(
	ctx context.Context, caller access.Caller, i Incident, key keycopies.Key,
) (all []Other, err error) {
	for _, c := range key.Certificates {
		if !i.WholeKey || c.ID == i.CertificateID || !s.cfg.Now().Before(c.NotAfter) {
			continue
		}
		state, _, err := s.revoked(ctx, caller, c.SHA256)
		if err != nil {
			return nil, err
		}
		all = append(all, Other{
			Certificate: c,
			Revoked:     state == revocation.Revoked,
			Retired:     retired(vault.State(c.State)),
		})
	}
	return all, nil
}

// OfCertificate returns the incident that freezes a certificate, or NotFound.
func (s *Service) OfCertificate(ctx context.Context, caller access.Caller, certificateID string) (Incident, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.CertRead, certificateID); err != nil {
		return Incident{}, err
	}
	i, err := s.cfg.Store.IncidentOf(ctx, certificateID)
	if err != nil {
		return Incident{}, err
	}
	counted := []Incident{i}
	err = s.count(ctx, caller, counted)
	return counted[0], err
}
