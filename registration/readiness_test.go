package registration

import (
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs/rules"

	"github.com/google/go-cmp/cmp"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
)

const organizationIdentifier = "PSDFR-ACPR-12345"

// ready are facts with nothing in the way: a draft that is complete and tested, and steps that are done.
func ready() bundleFacts {
	certificate := func(id string, kind certs.Kind) certificateFacts {
		return certificateFacts{
			id: id,
			leaf: &certs.Certificate{
				Kind:                   kind,
				OrganizationIdentifier: organizationIdentifier,
				PSD2:                   &certs.PSD2{Roles: []certs.Role{{OID: "0.4.0.19495.1.3", Name: "PSP_AI"}}},
			},
		}
	}
	return bundleFacts{
		registration: Registration{ID: "r1", ApplicationID: "a1"},
		organization: Organization{OrganizationIdentifier: organizationIdentifier},
		steps: []checklist.Step{
			{Step: &catalogue.Step{ID: "application"}, State: checklist.Done},
			{
				Step:   &catalogue.Step{ID: "accounts", Role: "PSP_AI"},
				State:  checklist.Done,
				Record: checklist.Record{State: checklist.Done},
			},
			{Step: &catalogue.Step{ID: "saved", Check: catalogue.CheckBundleSaved}, State: checklist.Todo},
			{Step: &catalogue.Step{ID: "news", Optional: true}, State: checklist.Todo},
		},
		bundle: Bundle{
			Version:        2,
			State:          Draft,
			QWACID:         "q",
			QSealCID:       "s",
			ClientID:       "client",
			CredentialsRef: "ref",
			Test:           TestResult{Passed: true},
		},
		qwac:   certificate("q", certs.QWAC),
		qsealc: certificate("s", certs.QSealC),
	}
}

// failing are findings of which one is an error.
func failing(code string) []rules.Finding {
	return []rules.Finding{
		{Code: "worth_knowing", Severity: rules.SeverityWarning},
		{Code: code, Severity: rules.SeverityError, Message: "It is wrong."},
	}
}

// readinessCases change facts with nothing in the way.
var readinessCases = map[string]struct {
	change func(f *bundleFacts)
	want   []string
}{
	"nothing in the way": {func(*bundleFacts) {}, nil},
	"nothing chosen": {func(f *bundleFacts) {
		f.bundle, f.qwac, f.qsealc = Bundle{}, certificateFacts{}, certificateFacts{}
	}, []string{"qwac_missing", "qsealc_missing", "credentials_missing", "not_tested"}},
	"certificates in each other's place": {func(f *bundleFacts) {
		f.qwac, f.qsealc = f.qsealc, f.qwac
	}, []string{"qwac_wrong_kind", "qsealc_wrong_kind"}},
	"certificate retired": {func(f *bundleFacts) {
		f.qwac = certificateFacts{id: "q", refusal: &refusal{"certificate_retired", "The certificate is retired."}}
	}, []string{"certificate_retired"}},
	"certificate gone": {func(f *bundleFacts) {
		f.qsealc = certificateFacts{id: "s", refusal: &refusal{"certificate_unknown", "There is none."}}
	}, []string{"qsealc_unusable"}},
	"certificate with an error": {func(f *bundleFacts) {
		f.qwac.findings = failing("expired")
	}, []string{"expired"}},
	"certificates that do not go together": {func(f *bundleFacts) {
		f.pair = failing("organizations_differ")
	}, []string{"organizations_differ"}},
	"pair not judged without both": {func(f *bundleFacts) {
		f.pair = failing("organizations_differ")
		f.qsealc = certificateFacts{}
	}, []string{"qsealc_missing"}},
	"certificate of another organization": {func(f *bundleFacts) {
		f.organization.OrganizationIdentifier = "PSDFR-ACPR-99999"
	}, []string{"other_organization"}},
	"role not in the certificate": {func(f *bundleFacts) {
		f.qwac.leaf.PSD2 = nil
	}, []string{"role_missing"}},
	"role of a subscription not made": {func(f *bundleFacts) {
		f.qwac.leaf.PSD2, f.steps[1].Record.State, f.steps[1].State = nil, checklist.Todo, checklist.Todo
	}, []string{"step_open"}},
	"exportable key": {func(f *bundleFacts) {
		f.qwac.notLive = &refusal{"key_exportable", "The key is exportable."}
		f.qsealc.notLive = &refusal{"key_exportable", "The key is exportable."}
	}, []string{"key_exportable", "key_exportable"}},
	"client secret missing": {func(f *bundleFacts) {
		f.bundle.CredentialsRef = ""
	}, []string{"credentials_missing"}},
	"client id missing where there are no secrets": {func(f *bundleFacts) {
		f.bundle.ClientID, f.noSecret = "", true
	}, []string{"client_id_missing"}},
	"step open": {func(f *bundleFacts) {
		f.steps[0].State = checklist.InProgress
	}, []string{"step_open"}},
	"optional step not needed": {func(f *bundleFacts) { f.steps[3].State = checklist.NotNeeded }, nil},
	"gate shut": {func(f *bundleFacts) {
		f.steps[0].Gates = []checklist.Gate{
			{Code: "told_otherwise", Level: checklist.GateWarning},
			{Code: "not_https", Level: checklist.GateError},
		}
	}, []string{"not_https"}},
	"gate of an optional step that is open": {func(f *bundleFacts) {
		f.steps[3].Gates = []checklist.Gate{{Code: "not_https", Level: checklist.GateError}}
	}, nil},
	"not tested": {func(f *bundleFacts) { f.bundle.Test = TestResult{} }, []string{"not_tested"}},
	"rolled back to, so tested before": {func(f *bundleFacts) {
		f.bundle.Test, f.bundle.State, f.bundle.ActivatedAt = TestResult{}, Superseded, time.Unix(1, 0)
	}, nil},
	"in use: steps and tests no longer count": {func(f *bundleFacts) {
		f.bundle.Test, f.bundle.State, f.steps[0].State = TestResult{}, Active, checklist.Todo
	}, nil},
	"QWAC without clientAuth": {withoutClientAuth, []string{"no_client_auth"}},
	"QWAC without clientAuth, with a reason": {func(f *bundleFacts) {
		withoutClientAuth(f)
		f.bundle.NoClientAuth = "the bank does not look"
	}, nil},
	"in use: clientAuth no longer counts": {func(f *bundleFacts) {
		withoutClientAuth(f)
		f.bundle.State = Active
	}, nil},
	"in use: content does": {func(f *bundleFacts) {
		f.bundle.State, f.qwac.findings = Active, failing("expired")
	}, []string{"expired"}},
}

func withoutClientAuth(f *bundleFacts) { f.qwac.leaf.ExtKeyUsage = []string{"1.3.6.1.5.5.7.3.1"} }

func TestReadiness(t *testing.T) {
	for name, test := range readinessCases {
		t.Run(name, func(t *testing.T) {
			f := ready()
			test.change(&f)
			var codes []string
			for _, b := range readiness(f) {
				codes = append(codes, b.Code)
			}
			if diff := cmp.Diff(test.want, codes); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestABlockerSaysWhatRemovesIt(t *testing.T) {
	open := func(check string) func(f *bundleFacts) {
		return func(f *bundleFacts) {
			f.steps[0].Step = &catalogue.Step{ID: "application", Check: check}
			f.steps[0].State, f.steps[0].Subject = checklist.Todo, "e1"
		}
	}
	step := func(kind RemedyKind) Remedy {
		return Remedy{Kind: kind, RegistrationID: "r1", Subject: "e1", StepID: "application"}
	}
	edit := step(EditApplication)
	edit.ApplicationID = "a1"
	for name, test := range map[string]struct {
		change func(f *bundleFacts)
		want   Remedy
	}{
		"nothing chosen": {func(f *bundleFacts) { f.qwac = certificateFacts{} },
			Remedy{Kind: SaveBundle, RegistrationID: "r1"}},
		"certificates that do not go together": {func(f *bundleFacts) {
			f.pair = failing("organizations_differ")
		}, Remedy{Kind: SaveBundle, RegistrationID: "r1"}},
		"certificate with an error": {func(f *bundleFacts) {
			f.qwac.findings = failing("expired")
		}, Remedy{Kind: InspectCertificate, RegistrationID: "r1", CertificateID: "q"}},
		"exportable key": {func(f *bundleFacts) {
			f.qsealc.notLive = &refusal{"key_exportable", "The key is exportable."}
		}, Remedy{Kind: AllowExport, RegistrationID: "r1", CertificateID: "s"}},
		"step that a person does":      {open(""), step(SetStep)},
		"step that waits for the bank": {open(catalogue.CheckBankAnswer), step(RecordAnswer)},
		"step about the application":   {open(catalogue.CheckClientURIs), edit},
		"not tested": {func(f *bundleFacts) { f.bundle.Test = TestResult{} },
			Remedy{Kind: TestConnection, RegistrationID: "r1"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := ready()
			test.change(&f)
			blockers := readiness(f)
			if len(blockers) != 1 {
				t.Fatalf("got %+v", blockers)
			}
			if diff := cmp.Diff(test.want, blockers[0].Remedy); diff != "" {
				t.Error(diff)
			}
		})
	}
}
