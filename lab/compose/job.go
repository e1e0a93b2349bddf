package main

import (
	"context"
	"fmt"
	"net/url"
	"path/filepath"

	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/lab/dev"
	"github.com/sealkeeper/sealkeeper/lab/journey"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// banksAnswer is long enough to be evidence of a confirmation.
const banksAnswer = "Hello, we have your certificate, and your organization is active in our production since this " +
	"morning. Kind regards, support."

// register uploads the bank's sample certificates, and registers the firm at the live bank.
func (w *walk) register(ctx context.Context) (string, error) {
	_, samples, err := dev.Mint(filepath.Join(w.dir, "bank"), "")
	if err != nil {
		return "", err
	}
	j := journey.Journey{Client: w.client}
	if w.qwac, _, err = j.Upload(ctx, "", samples.QWACPEM, samples.QWACKey); err != nil {
		return "", err
	}
	if w.qsealc, _, err = j.Upload(ctx, samples.Passphrase, samples.QSealCP12); err != nil {
		return "", err
	}
	firm, err := w.client.AddOrganization(ctx, api.NewOrganization{
		LegalName:              "Exemple Paiement SAS",
		Country:                "FR",
		OrganizationIdentifier: dev.Organization,
		ContactEmail:           "psd2@exemple-paiement.example",
	})
	if err != nil {
		return "", err
	}
	application, err := w.client.AddApplication(ctx, api.NewApplication{
		OrganizationID: firm.ID,
		Name:           "Exemple Budget",
		RedirectURIs:   []string{redirect},
		ClientURI:      "https://exemple-paiement.example",
		TermsURI:       "https://exemple-paiement.example/terms",
	})
	if err != nil {
		return "", err
	}
	made, err := w.client.Register(ctx, api.NewRegistration{ApplicationID: application.ID, InstitutionID: live})
	w.registration = made.ID
	return "2 keys in Vault, registered at " + live, err
}

// checklist does the steps in order: the second person agrees to what the bank answered.
func (w *walk) checklist(ctx context.Context) (string, error) {
	one, err := w.client.GetRegistration(ctx, w.registration)
	if err != nil {
		return "", err
	}
	done := api.StepDone
	count := 0
	for _, s := range one.Steps {
		switch {
		case s.HasEmail:
			err = w.bankAnswers(ctx, s.ID)
		case !s.Checked:
			_, err = w.client.SetStep(ctx, w.registration, s.ID, api.StepEdit{State: &done})
		default:
			continue
		}
		if err != nil {
			return "", fmt.Errorf("%s: %w", s.ID, err)
		}
		count++
	}
	return fmt.Sprintf("%d of %d steps by people", count, len(one.Steps)), nil
}

func (w *walk) bankAnswers(ctx context.Context, step string) error {
	if _, err := w.client.RecordSent(ctx, w.registration, step, api.EmailSent{CertificateID: w.qwac}); err != nil {
		return err
	}
	if _, err := w.client.AddEvidence(ctx, w.registration, step, "answer.txt", []byte(banksAnswer)); err != nil {
		return err
	}
	answer := api.EmailAnswer{From: "support", Confirmed: true}
	if _, err := w.client.RecordAnswer(ctx, w.registration, step, answer); err != nil {
		return err
	}
	_, err := w.approve(ctx) // where the answer takes a second person
	return err
}

func (w *walk) requestActivation(ctx context.Context) (string, error) {
	_, err := w.client.SaveBundle(ctx, w.registration, api.NewBundle{
		QWACID:       w.qwac,
		QSealCID:     w.qsealc,
		ClientID:     w.bank.ClientID,
		ClientSecret: secret.NewTextString(w.bank.ClientSecret),
	})
	if err != nil {
		return "", err
	}
	told, err := w.test(ctx)
	if err != nil {
		return "", err
	}
	asked, err := w.client.ActivateBundle(ctx, w.registration, 1, api.ChangeRequest{Reason: "The bank has confirmed."})
	if err == nil && asked.Activated {
		err = fmt.Errorf("one person activated on live")
	}
	return told + " It waits for " + grace, err
}

// test connects to the bank with the keys in custody.
func (w *walk) test(ctx context.Context) (string, error) {
	report, err := w.client.TestConnection(ctx, w.registration)
	if err == nil && !report.Passed {
		err = fmt.Errorf("connection test: %s", report.Detail)
	}
	return report.Detail, err
}

// approve has the second person approve what waits, in the console.
func (w *walk) approve(ctx context.Context) (string, error) {
	waiting, err := w.client.ListApprovals(ctx, client.ApprovalFilter{State: api.ApprovalOpen})
	if err != nil || len(waiting.Items) == 0 {
		return "", err
	}
	browser, err := w.visit(ctx, grace)
	if err != nil {
		return "", err
	}
	for _, request := range waiting.Items {
		values := url.Values{"note": {"Compared with the bank's answer."}}
		if err := w.post(ctx, browser, "/approvals/"+request.ID+"/approve", values); err != nil {
			return "", err
		}
		decided, err := w.client.GetApproval(ctx, request.ID)
		if err != nil {
			return "", err
		}
		if decided.State != api.ApprovalApproved {
			return "", fmt.Errorf("%s is %s: %s", request.Kind, decided.State, decided.Note)
		}
	}
	return fmt.Sprintf("%d approved by %s", len(waiting.Items), grace), nil
}
