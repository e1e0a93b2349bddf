package stack

import (
	"fmt"

	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
)

// FillRegistrations makes n registrations at all institutions, each
// with a draft and an active version of the certificates and with its steps
// noted, straight in the database: by the service it would take minutes.
func (s *Stack) FillRegistrations(n int, qwac, qsealc string) {
	s.t.Helper()
	ctx := s.t.Context()
	o, err := s.Registrations.AddOrganization(ctx, Engineer, registration.Organization{
		LegalName:              "Exemple Paiement SAS",
		Country:                "FR",
		OrganizationIdentifier: Organization,
		ContactEmail:           "psd2@exemple-paiement.example",
	})
	must := func(err error) {
		if err != nil {
			s.t.Fatal(err)
		}
	}
	must(err)
	institutions := s.Catalogue.All()
	for i := 0; i*len(institutions) < n; i++ {
		a := registration.Application{
			ID:             fmt.Sprintf("a%d", i),
			OrganizationID: o.ID,
			Name:           fmt.Sprintf("Application %d", i),
			RedirectURIs:   []string{RedirectURI},
			ClientURI:      "https://exemple-paiement.example",
			TermsURI:       "https://exemple-paiement.example/terms",
			CreatedAt:      s.Now,
		}
		must(s.DB.AddApplication(ctx, a))
		for k, in := range institutions[:min(len(institutions), n-i*len(institutions))] {
			r := registration.Registration{
				ID:            fmt.Sprintf("r%d-%d", i, k),
				ApplicationID: a.ID,
				InstitutionID: in.ID,
				CreatedAt:     s.Now,
			}
			must(s.DB.AddRegistration(ctx, r))
			s.Fill(r.ID, qwac, qsealc)
		}
	}
}

// Fill gives a registration steps, a version in use and a draft, with certificates that nobody asks about.
func (s *Stack) Fill(registrationID, qwac, qsealc string) {
	s.t.Helper()
	ctx := s.t.Context()
	var steps []checklist.Record
	for _, id := range []string{"application", "subscribe_aisp", "subscribe_pisp"} {
		steps = append(steps, checklist.Record{
			Step:      id,
			State:     checklist.Done,
			Note:      "as agreed",
			Owner:     "Grace",
			ChangedBy: Engineer.ID,
			ChangedAt: s.Now,
			Told:      map[string]string{catalogue.TellsRedirectURIs: RedirectURI},
		})
	}
	if err := s.DB.SetSteps(ctx, registrationID, steps, nil); err != nil {
		s.t.Fatal(err)
	}
	b := registration.Bundle{
		RegistrationID: registrationID,
		State:          registration.Draft,
		QWACID:         qwac,
		QSealCID:       qsealc,
		ClientID:       ClientID,
		CredentialsRef: "ref",
		CreatedBy:      Engineer.ID,
		CreatedAt:      s.Now,
	}
	for version := 1; version <= 2; version++ {
		b.ID, b.Version = fmt.Sprintf("%s-%d", registrationID, version), version
		err := s.DB.SaveDraft(ctx, b)
		if err == nil && version == 1 {
			active := b
			active.ActivatedBy, active.ActivatedAt = Officer.ID, s.Now
			err = s.DB.SwitchBundle(ctx, nil, &active)
		}
		if err != nil {
			s.t.Fatal(err)
		}
	}
}
