package stack

import (
	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
	"github.com/sealkeeper/sealkeeper/registration/email"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/vault"
)

// Import puts a new certificate of the test QTSP into custody and returns its id.
func (s *Stack) Import(r qtsp.Request) string {
	s.t.Helper()
	return s.ImportIssued(s.QTSP.MustIssue(s.t, r))
}

// ImportIssued puts a certificate into custody and returns its id.
func (s *Stack) ImportIssued(issued *qtsp.Issued) string {
	s.t.Helper()
	stored, err := s.Vault.Import(s.t.Context(), Officer, vault.Files{
		Files: []certs.File{
			{Name: "cert.pem", Data: issued.CertificatePEM()}, {Name: "cert.key", Data: issued.KeyPEM()},
		},
		AcceptExpired: true,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return stored[0].ID
}

// ImportExportable puts a certificate into custody whose key may be exported, and returns its id.
func (s *Stack) ImportExportable(issued *qtsp.Issued) string {
	s.t.Helper()
	ctx := s.t.Context()
	stored, err := s.Vault.Import(ctx, Officer, vault.Files{
		Files: []certs.File{
			{Name: "cert.pem", Data: issued.CertificatePEM()},
			{Name: "cert.key", Data: issued.KeyPEM()},
		},
		KeyMode:      vault.KeyExportable,
		ExportReason: "a program that reads files",
	})
	if err != nil {
		s.t.Fatal(err)
	}
	id := stored[0].ID
	done, err := s.Vault.AllowExport(ctx, Officer, id)
	if err == nil && !done {
		s.joinAdmins()
		var open []approval.Request
		open, err = s.Approvals.Waiting(ctx, id)
		if err == nil {
			_, err = s.Approvals.Approve(ctx, OtherAdmin, open[0].ID, "")
		}
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return id
}

// Register records organization and application, and registers it at the institution.
func (s *Stack) Register(institution string) registration.Registration {
	s.t.Helper()
	ctx := s.t.Context()
	o, err := s.Registrations.AddOrganization(ctx, Engineer, registration.Organization{
		LegalName:              "Exemple Paiement SAS",
		Country:                "FR",
		OrganizationIdentifier: Organization,
		ContactEmail:           "psd2@exemple-paiement.example",
	})
	if err != nil {
		s.t.Fatal(err)
	}
	a, err := s.Registrations.AddApplication(ctx, Engineer, registration.Application{
		OrganizationID: o.ID,
		Name:           "Exemple Budget",
		RedirectURIs:   []string{RedirectURI},
		ClientURI:      "https://exemple-paiement.example",
		TermsURI:       "https://exemple-paiement.example/terms",
	})
	if err != nil {
		s.t.Fatal(err)
	}
	r, err := s.Registrations.Register(ctx, Engineer, a.ID, institution)
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

// DoSteps does every step of the checklist that is not checked by itself; what the
// bank has to answer is asked and confirmed.
func (s *Stack) DoSteps(registrationID string) {
	s.t.Helper()
	ctx := s.t.Context()
	v, err := s.Registrations.Registration(ctx, Engineer, registrationID)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, step := range v.Steps {
		switch {
		case step.Check == catalogue.CheckBankAnswer:
			s.Confirm(registrationID, step.ID)
		case !step.Checked():
			err = s.Registrations.SetStep(ctx, Engineer, registrationID, step.ID, checklist.Done, "")
		}
		if err != nil {
			s.t.Fatal(err)
		}
	}
}

// BanksAnswer is what a bank writes: long enough to be evidence of a confirmation.
const BanksAnswer = "Hello, we have your certificate, and your organization is active in our production since this " +
	"morning. Kind regards, support."

// Confirm has the bank written to and its confirmation recorded, with
// certificates of their own, so that those of the test stay what they are.
func (s *Stack) Confirm(registrationID, step string) {
	s.t.Helper()
	ctx := s.t.Context()
	qwac := s.Import(qtsp.Request{})
	s.Import(qtsp.Request{Kind: certs.QSealC})
	if _, err := s.Registrations.RecordSent(ctx, Engineer, registrationID, step,
		email.Dispatch{CertificateID: qwac}); err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.Registrations.AddEvidence(ctx, Engineer, registrationID, step, "answer.txt",
		[]byte(BanksAnswer)); err != nil {
		s.t.Fatal(err)
	}
	if err := s.Registrations.RecordAnswer(ctx, Engineer, registrationID, step, email.Answer{
		From:      "support",
		Confirmed: true,
	}); err != nil {
		s.t.Fatal(err)
	}
}

// SaveBundle saves a draft with the certificates and the bank's client credentials.
func (s *Stack) SaveBundle(registrationID, qwacID, qsealcID string) registration.Bundle {
	s.t.Helper()
	b, err := s.Registrations.SaveBundle(s.t.Context(), Engineer, registrationID, registration.BundleInput{
		QWACID:       qwacID,
		QSealCID:     qsealcID,
		ClientID:     ClientID,
		ClientSecret: secret.NewTextString(ClientSecret),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return b
}

// TestConnection tests the draft and fails the test if the bank refuses it.
func (s *Stack) TestConnection(registrationID string) {
	s.t.Helper()
	report, err := s.Issuer.Test(s.t.Context(), Engineer, registrationID)
	if err != nil || !report.Passed {
		s.t.Fatalf("connection test: %+v, %v", report, err)
	}
}

// Activate does everything up to an active, ready registration with new certificates.
func (s *Stack) Activate() registration.Registration {
	s.t.Helper()
	return s.ActivateWith(s.QTSP.MustIssue(s.t, qtsp.Request{}),
		s.QTSP.MustIssue(s.t, qtsp.Request{Kind: certs.QSealC}))
}

// ActivateWith is Activate with the given certificates.
func (s *Stack) ActivateWith(qwac, qsealc *qtsp.Issued) registration.Registration {
	s.t.Helper()
	return s.activate(Institution, qwac, qsealc)
}

// ActivateAt is Activate at another institution.
func (s *Stack) ActivateAt(institution string) registration.Registration {
	s.t.Helper()
	return s.activate(institution, s.QTSP.MustIssue(s.t, qtsp.Request{}),
		s.QTSP.MustIssue(s.t, qtsp.Request{Kind: certs.QSealC}))
}

func (s *Stack) activate(institution string, qwac, qsealc *qtsp.Issued) registration.Registration {
	s.t.Helper()
	r := s.Register(institution)
	s.DoSteps(r.ID)
	b := s.SaveBundle(r.ID, s.ImportIssued(qwac), s.ImportIssued(qsealc))
	s.TestConnection(r.ID)
	if done, err := s.Registrations.Activate(s.t.Context(), Engineer, r.ID, b.Version); err != nil || !done {
		s.t.Fatalf("activated %v, %v", done, err)
	}
	return r
}
