package registration

import "context"

// ActiveBundle returns what the connector is to use, or an error that names
// everything that is in the way: what the console shows as View.InUse.
func (s *Service) ActiveBundle(ctx context.Context, registrationID string) (View, Bundle, error) {
	v, err := s.view(ctx, registrationID)
	if err != nil {
		return View{}, Bundle{}, err
	}
	b := v.candidate()
	active := v.Active()
	if active != nil {
		b = *active
	}
	f, err := s.bundleFacts(ctx, v, b)
	if err != nil {
		return View{}, Bundle{}, err
	}
	blockers := readiness(f)
	if active == nil {
		blockers = append(blockers, f.notActive())
	}
	if err := notReady(blockers); err != nil {
		return View{}, Bundle{}, err
	}
	return v, b, nil
}

// TestableBundle returns the version a connection test is about, the draft if
// there is one, provided it has everything a connection needs.
func (s *Service) TestableBundle(ctx context.Context, registrationID string) (View, Bundle, error) {
	v, err := s.view(ctx, registrationID)
	if err != nil {
		return View{}, Bundle{}, err
	}
	if !v.Registration.ArchivedAt.IsZero() {
		return View{}, Bundle{}, ErrArchived()
	}
	f, err := s.bundleFacts(ctx, v, v.candidate())
	if err != nil {
		return View{}, Bundle{}, err
	}
	return v, f.bundle, notReady(contentBlockers(f))
}

// InUse returns a registration with what blocks its active version, for what hands it out.
func (s *Service) InUse(ctx context.Context, registrationID string) (View, error) {
	v, err := s.view(ctx, registrationID)
	if err != nil {
		return View{}, err
	}
	return v, s.fillBlockers(ctx, &v)
}

// WithVersions returns a registration with the versions of its bundle, the newest first, and nothing else: for what
// looks at very many of them.
func (s *Service) WithVersions(ctx context.Context, registrationID string) (View, error) {
	r, err := s.registration(ctx, registrationID)
	if err != nil {
		return View{}, err
	}
	versions, err := s.cfg.Bundles.Bundles(ctx, registrationID)
	return View{Registration: r, Bundles: versions}, err
}
