package issuer

import (
	"context"
	"errors"

	"github.com/sealkeeper/sealkeeper/connector"
	"github.com/sealkeeper/sealkeeper/connector/failure"
	"github.com/sealkeeper/sealkeeper/connector/mtls"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
	"github.com/sealkeeper/sealkeeper/secret"
)

// TestReport is what a connection test showed.
type TestReport struct {
	Version int // of the bundle that was tested
	Passed  bool
	Says    note.Note
	Probes  []mtls.ProbeResult // one per host
}

// Test tries the draft bundle (or, without one, the active one) at the bank:
// a TLS handshake with every host, then the client credentials at the token
// endpoint. The result is recorded with the bundle; a test that fails is a report, not an error.
func (i *Issuer) Test(ctx context.Context, caller access.Caller, registrationID string) (TestReport, error) {
	if err := i.cfg.Audit.Permit(ctx, caller, access.ConnectionTest, registrationID); err != nil {
		return TestReport{}, err
	}
	view, bundle, err := i.cfg.Registrations.TestableBundle(ctx, registrationID)
	if err != nil {
		return TestReport{}, err
	}
	if caller, err = i.cfg.Audit.At(ctx, caller, registrationID); err != nil {
		return TestReport{}, err
	}
	with, _, err := i.open(ctx, caller, view, bundle)
	if err != nil {
		return TestReport{}, err
	}
	client, err := connector.New(with)
	if err != nil {
		return TestReport{}, err
	}
	defer client.Close()
	report := try(ctx, client, view)
	report.Version = bundle.Version
	result := registration.TestResult{At: i.cfg.Now(), Passed: report.Passed, Says: report.Says}
	return report, i.cfg.Registrations.RecordTest(ctx, caller, bundle, result)
}

func try(ctx context.Context, client *connector.Client, view registration.View) TestReport {
	report := TestReport{Probes: client.Probe(ctx)}
	for _, p := range report.Probes {
		if !p.OK {
			report.Says = note.Of(p.Err)
			return report
		}
	}
	if err := tryCredentials(ctx, client, view); err != nil {
		report.Says = note.Of(err)
		return report
	}
	report.Passed = true
	report.Says = note.New("test_passed", "The bank accepted the certificate and the client credentials.")
	return report
}

// tryCredentials asks for a payment token where that API is subscribed.
// Elsewhere it redeems a code that was never issued: only a bank that has
// accepted the client credentials gets as far as refusing the code (RFC 6749 section 5.2).
func tryCredentials(ctx context.Context, client *connector.Client, view registration.View) error {
	if subscribed(view, "PSP_PI") {
		_, err := client.OAuth.ClientCredentials(ctx, "")
		return err
	}
	_, err := client.OAuth.ExchangeCode(ctx, "connection-test", view.Application.RedirectURIs[0], secret.Text{})
	if cause, ok := errors.AsType[*failure.Failure](err); ok && cause.Action == failure.NewConsent {
		return nil
	}
	return err
}

func subscribed(view registration.View, role string) bool {
	for _, step := range view.Steps {
		if step.Role == role && step.Record.State == checklist.Done {
			return true
		}
	}
	return false
}
