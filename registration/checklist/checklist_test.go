package checklist_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
	"github.com/sealkeeper/sealkeeper/registration/email"
	"github.com/sealkeeper/sealkeeper/registration/evidence"
)

var (
	now       = time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	yesterday = now.AddDate(0, 0, -1)

	// qwac is of the organization, with a key that the bank takes and without a role.
	qwac = &certs.Certificate{
		OrganizationIdentifier: "PSDFR-ACPR-12345",
		Key:                    certs.PublicKeyInfo{Algorithm: "RSA", Bits: 2048},
	}
)

// facts are those of a registration of which nothing is done yet.
func facts() checklist.Facts {
	return checklist.Facts{
		Institution: catalogue.Institution{
			Environment: environment.Live,
			Group: catalogue.Group{Keys: catalogue.SupportedKeys{
				Transport: catalogue.KeyFact{Algorithms: []string{"rsa-2048"}},
			}},
			Steps: []catalogue.Step{
				{ID: "account", Scope: catalogue.EnrolmentScope},
				{
					ID:       "organization",
					Scope:    catalogue.EnrolmentScope,
					Check:    catalogue.CheckBankAnswer,
					Tells:    []string{catalogue.TellsAgreement},
					Reminder: 7,
				},
				{
					ID:    "application",
					Scope: catalogue.RegistrationScope,
					Needs: []string{"account"},
					Tells: []string{catalogue.TellsRedirectURIs},
				},
				{ID: "accounts", Scope: catalogue.RegistrationScope, Role: "PSP_AI", Optional: true},
				{ID: "uris", Scope: catalogue.RegistrationScope, Check: catalogue.CheckClientURIs},
				{ID: "uploaded", Scope: catalogue.RegistrationScope, Check: catalogue.CheckCertificatesUploaded},
				{ID: "selected", Scope: catalogue.RegistrationScope, Check: catalogue.CheckCertificatesSelected},
				{ID: "saved", Scope: catalogue.RegistrationScope, Check: catalogue.CheckBundleSaved},
				{ID: "tested", Scope: catalogue.RegistrationScope, Check: catalogue.CheckConnectionTested},
				{ID: "active", Scope: catalogue.RegistrationScope, Check: catalogue.CheckActivated},
			},
		},
		EnrolmentID:    "e1",
		RegistrationID: "r1",
		ApplicationID:  "a1",
		Particulars: checklist.Particulars{
			AgreementNumber: "PSDFR-ACPR-12345",
			RedirectURIs:    []string{"https://exemple.example/callback"},
		},
		Now: now,
	}
}

// noted has a step of the enrolment or of the registration in a state.
func noted(subject string, r checklist.Record) func(f *checklist.Facts) {
	return func(f *checklist.Facts) { f.Records = map[string][]checklist.Record{subject: {r}} }
}

func sent(e email.Email) func(f *checklist.Facts) {
	return func(f *checklist.Facts) {
		e.Step = "organization"
		f.Emails = append(f.Emails, e)
	}
}

// stateCases change facts of which nothing is done.
var stateCases = map[string]struct {
	given func(f *checklist.Facts)
	step  string
	want  checklist.State
}{
	"nothing noted": {func(*checklist.Facts) {}, "account", checklist.Todo},
	"as noted": {
		noted("e1", checklist.Record{Step: "account", State: checklist.Waiting}), "account", checklist.Waiting,
	},
	"noted of another subject": {
		noted("r1", checklist.Record{Step: "account", State: checklist.Done}), "account", checklist.Todo,
	},
	"its need is open": {
		noted("r1", checklist.Record{Step: "application", State: checklist.Done}), "application", checklist.Todo,
	},
	"its need is met": {func(f *checklist.Facts) {
		f.Records = map[string][]checklist.Record{
			"e1": {{Step: "account", State: checklist.Done}},
			"r1": {{Step: "application", State: checklist.Done}},
		}
	}, "application", checklist.Done},
	"what a person notes of a checked step": {
		noted("r1", checklist.Record{Step: "uris", State: checklist.Done}), "uris", checklist.Todo,
	},
	"half of a check": {func(f *checklist.Facts) {
		f.Particulars.ClientURI = "https://e.example"
	}, "uris", checklist.InProgress},
	"certificates in custody": {func(f *checklist.Facts) {
		f.Holdings = checklist.Holdings{QWAC: "q", QSealC: "s"}
	}, "uploaded", checklist.Done},
	"one certificate chosen": {func(f *checklist.Facts) {
		f.Bundle.QWACID = "q"
	}, "selected", checklist.InProgress},
	"bundle without secret": {func(f *checklist.Facts) {
		f.Bundle.QWACID, f.Bundle.QSealCID = "q", "s"
	}, "saved", checklist.InProgress},
	"bundle complete": {func(f *checklist.Facts) {
		f.Bundle = checklist.Bundle{QWACID: "q", QSealCID: "s", Credentials: true}
	}, "saved", checklist.Done},
	"tested":           {func(f *checklist.Facts) { f.Bundle.Tested = true }, "tested", checklist.Done},
	"a version in use": {func(f *checklist.Facts) { f.Bundle.InUse = true }, "active", checklist.Done},
	"bank written to":  {sent(email.Email{SentAt: yesterday}), "organization", checklist.Waiting},
	"bank has confirmed": {
		sent(email.Email{SentAt: yesterday, Answer: email.Answer{At: now, Confirmed: true}}),
		"organization", checklist.Done,
	},
	"bank has refused": {
		sent(email.Email{SentAt: yesterday, Answer: email.Answer{At: now}}), "organization", checklist.InProgress,
	},
	"newest e-mail counts": {func(f *checklist.Facts) {
		sent(email.Email{SentAt: now})(f)
		sent(email.Email{SentAt: yesterday, Answer: email.Answer{At: now}})(f)
	}, "organization", checklist.Waiting},
}

func TestStateOfAStep(t *testing.T) {
	for name, test := range stateCases {
		t.Run(name, func(t *testing.T) {
			f := facts()
			test.given(&f)
			step, found := checklist.Find(f.Steps(), test.step)
			if !found || step.State != test.want {
				t.Errorf("%s is %q, want %q", test.step, step.State, test.want)
			}
		})
	}
}

func TestOverdue(t *testing.T) {
	for name, test := range map[string]struct {
		record checklist.Record
		want   bool
	}{
		"no day":                     {checklist.Record{State: checklist.Todo}, false},
		"its day has come":           {checklist.Record{State: checklist.Todo, DueAt: now}, true},
		"its day is tomorrow":        {checklist.Record{State: checklist.Todo, DueAt: now.AddDate(0, 0, 1)}, false},
		"done before its day":        {checklist.Record{State: checklist.Done, DueAt: now}, false},
		"the bank is to be asked":    {checklist.Record{State: checklist.Waiting, RemindAt: now}, true},
		"no longer waiting for them": {checklist.Record{State: checklist.InProgress, RemindAt: now}, false},
	} {
		t.Run(name, func(t *testing.T) {
			f := facts()
			test.record.Step = "account"
			noted("e1", test.record)(&f)
			if got := f.Steps()[0].Overdue; got != test.want {
				t.Errorf("overdue %v", got)
			}
		})
	}
}

// told has the bank know a redirect URI.
func told(uri string) func(f *checklist.Facts) {
	return noted("r1", checklist.Record{
		Step:  "application",
		State: checklist.Done,
		Told:  map[string]string{catalogue.TellsRedirectURIs: uri},
	})
}

// chosen has the QWAC in the bundle, and then changes what else there is.
func chosen(change func(f *checklist.Facts)) func(f *checklist.Facts) {
	return func(f *checklist.Facts) {
		f.QWAC, f.Bundle.QWACID = qwac, "q"
		change(f)
	}
}

// gateCases have a code and a level per gate.
var gateCases = map[string]struct {
	given func(f *checklist.Facts)
	step  string
	want  []string // code and level
}{
	"no QWAC to compare the number with": {
		func(*checklist.Facts) {}, "organization", []string{"agreement_not_compared unknown"},
	},
	"number of the QWAC": {func(f *checklist.Facts) {
		f.QWAC = qwac
	}, "organization", []string{"agreement_agrees ok"}},
	"another number": {func(f *checklist.Facts) {
		f.QWAC, f.Particulars.AgreementNumber = qwac, "PSDFR-ACPR-99999"
	}, "organization", []string{"agreement_differs warning"}},
	"no number": {func(f *checklist.Facts) {
		f.Particulars.AgreementNumber = "12345"
	}, "organization", []string{"agreement_number_invalid error"}},
	"redirect to TLS": {func(*checklist.Facts) {}, "application", []string{"redirect_uris_exact ok"}},
	"redirect in clear, on live": {func(f *checklist.Facts) {
		f.Particulars.RedirectURIs = []string{"http://127.0.0.1/cb"}
	}, "application", []string{"redirect_uri_not_https error"}},
	"redirect in clear, in a sandbox": {func(f *checklist.Facts) {
		f.Institution.Environment = environment.Sandbox
		f.Particulars.RedirectURIs = []string{"http://127.0.0.1/cb"}
	}, "application", []string{"redirect_uris_exact ok"}},
	"told what is so": {
		told("https://exemple.example/callback"), "application", []string{"redirect_uris_exact ok"},
	},
	"told otherwise": {
		told("https://old.example/"), "application", []string{"redirect_uris_exact ok", "told_otherwise warning"},
	},
	"role without QWAC": {func(*checklist.Facts) {}, "accounts", []string{"role_not_checked unknown"}},
	"role not in the QWAC": {func(f *checklist.Facts) {
		f.QWAC = qwac
	}, "accounts", []string{"role_missing error"}},
	"key that the bank takes": {chosen(func(*checklist.Facts) {}), "selected", nil},
	"key that the bank is not known to take": {chosen(func(f *checklist.Facts) {
		f.QWAC = &certs.Certificate{Key: certs.PublicKeyInfo{Algorithm: "ECDSA", Curve: "P-256"}}
	}), "selected", []string{"key_not_supported warning"}},
	"QWAC the bank was sent": {chosen(sent(email.Email{CertificateID: "q"})), "selected", nil},
	"QWAC the bank was not sent": {
		chosen(sent(email.Email{CertificateID: "other"})), "selected", []string{"qwac_not_announced warning"},
	},
}

func TestGatesOfAStep(t *testing.T) {
	for name, test := range gateCases {
		t.Run(name, func(t *testing.T) {
			f := facts()
			test.given(&f)
			step, _ := checklist.Find(f.Steps(), test.step)
			var got []string
			for _, g := range step.Gates {
				got = append(got, g.Code+" "+string(g.Level))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAnEnrolmentOnItsOwnHasNoStepsOfARegistration(t *testing.T) {
	f := facts()
	f.RegistrationID = ""
	f.Evidence = map[string][]evidence.File{"e1": {{ID: "f1", Step: "account"}, {ID: "f2", Step: "organization"}}}
	steps := f.Steps()
	if len(steps) != 2 || steps[1].ID != "organization" || len(steps[0].Evidence) != 1 {
		t.Errorf("got %+v", steps)
	}
}

func TestNextIsWhatAPersonCanDoNow(t *testing.T) {
	f := facts()
	f.Records = map[string][]checklist.Record{"e1": {{Step: "account", State: checklist.Done}}}
	sent(email.Email{SentAt: now})(&f) // so the bank is waited for
	if next := checklist.Next(f.Steps()); next == nil || next.ID != "application" {
		t.Errorf("got %+v", next)
	}
}

// TestDaysComeByTheBanksClock: midnight is in Paris, an hour before it is in UTC.
func TestDaysComeByTheBanksClock(t *testing.T) {
	day := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	for name, record := range map[string]checklist.Record{
		"due":      {Step: "account", State: checklist.Todo, DueAt: day},
		"reminder": {Step: "account", State: checklist.Waiting, RemindAt: day},
		"a moment": {Step: "account", State: checklist.Waiting, RemindAt: day.Add(-30 * time.Minute)},
	} {
		t.Run(name, func(t *testing.T) {
			f := facts()
			noted("e1", record)(&f)
			for now, want := range map[time.Time]bool{day.Add(-61 * time.Minute): false, day.Add(-time.Hour): true} {
				f.Now = now
				if got := f.Steps()[0].Overdue; got != want {
					t.Errorf("at %s: overdue %v", now, got)
				}
			}
		})
	}
}

func TestEditsThatAreRefused(t *testing.T) {
	state := func(s checklist.State) checklist.Edit { return checklist.Edit{State: &s} }
	with := func(s checklist.State, note string) checklist.Edit { return checklist.Edit{State: &s, Note: &note} }
	for name, test := range map[string]struct {
		step string
		edit checklist.Edit
		want string
	}{
		"done":                    {"account", state(checklist.Done), ""},
		"only a note":             {"uris", checklist.Edit{Note: new(string)}, ""},
		"no such state":           {"account", state("finished"), "step_state_unknown"},
		"the bank decides":        {"organization", state(checklist.Done), "step_checked"},
		"the program decides":     {"uris", state(checklist.Done), "step_checked"},
		"required":                {"account", with(checklist.NotNeeded, "why"), "step_required"},
		"not needed, no reason":   {"accounts", with(checklist.NotNeeded, " "), "reason_missing"},
		"not needed, with reason": {"accounts", with(checklist.NotNeeded, "payments only"), ""},
		"locked":                  {"application", state(checklist.Done), "step_locked"},
		"locked, taken back":      {"application", state(checklist.Todo), ""},
		"a gate is shut":          {"accounts", state(checklist.Done), "role_missing"},
	} {
		t.Run(name, func(t *testing.T) {
			f := facts()
			f.QWAC = &certs.Certificate{} // without a role
			step, _ := checklist.Find(f.Steps(), test.step)
			if got := fault.Code(step.Allows(test.edit)); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestEmailsThatAreRefused(t *testing.T) {
	today := calendar.Of(now, time.UTC)
	for name, test := range map[string]struct {
		step checklist.Step
		sent calendar.Date
		want string
	}{
		"sent today":            {checklist.Step{}, today, ""},
		"sent tomorrow":         {checklist.Step{}, today.AddDays(1), "sent_in_future"},
		"step locked":           {checklist.Step{Locked: true}, today, "step_locked"},
		"last one not answered": {checklist.Step{State: checklist.Waiting}, today, "email_open"},
	} {
		t.Run(name, func(t *testing.T) {
			test.step.Step = &catalogue.Step{}
			if got := fault.Code(test.step.AllowsEmail(test.sent, today)); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestWhatAnEditChanges(t *testing.T) {
	done, waiting, todo, owner := checklist.Done, checklist.Waiting, checklist.Todo, " Grace "
	due := now.AddDate(0, 0, 3)
	told := map[string]string{catalogue.TellsAgreement: "PSDFR-ACPR-12345"}
	before := checklist.Record{Step: "account", State: checklist.Waiting, WaitingSince: now, RemindAt: due}
	for name, test := range map[string]struct {
		before  checklist.Record
		edit    checklist.Edit
		want    checklist.Record
		changes []checklist.Change
	}{
		"nothing": {before, checklist.Edit{State: &waiting}, before, nil},
		"it begins to wait": {
			checklist.Record{State: checklist.Todo},
			checklist.Edit{State: &waiting},
			checklist.Record{State: checklist.Waiting, WaitingSince: now, RemindAt: now.AddDate(0, 0, 7)},
			[]checklist.Change{{What: "state", From: "todo", To: "waiting"}},
		},
		"it is done": {
			before,
			checklist.Edit{State: &done},
			checklist.Record{Step: "account", State: checklist.Done, Told: told},
			[]checklist.Change{{What: "state", From: "waiting", To: "done"}},
		},
		"it is taken back, and what the bank was told stays": {
			checklist.Record{State: checklist.Done, Told: map[string]string{"legal_name": "Exemple"}},
			checklist.Edit{State: &todo},
			checklist.Record{State: checklist.Todo, Told: map[string]string{"legal_name": "Exemple"}},
			[]checklist.Change{{What: "state", From: "done", To: "todo"}},
		},
		"owner and day": {
			checklist.Record{State: checklist.Todo},
			checklist.Edit{Owner: &owner, DueAt: &due},
			checklist.Record{State: checklist.Todo, Owner: "Grace", DueAt: due},
			[]checklist.Change{{What: "owner", To: "Grace"}, {What: "due", To: "2026-11-23T10:00:00Z"}},
		},
		"day taken away": {
			before,
			checklist.Edit{RemindAt: &time.Time{}},
			checklist.Record{Step: "account", State: checklist.Waiting, WaitingSince: now},
			[]checklist.Change{{What: "remind", From: "2026-11-23T10:00:00Z"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			step := checklist.Step{Step: &catalogue.Step{ID: "account"}, Record: test.before}
			record, changes := step.Apply(test.edit, told, now)
			if diff := cmp.Diff(test.want, record); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(test.changes, changes); diff != "" {
				t.Error(diff)
			}
		})
	}
}
