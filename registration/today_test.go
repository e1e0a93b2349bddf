package registration_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs/rules"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/checklist"
)

func TestToday(t *testing.T) {
	s := stack.New(t)
	soon := s.QTSP.MustIssue(t, qtsp.Request{NotAfter: s.Now.AddDate(0, 0, 20)})
	r := s.ActivateWith(soon, s.QTSP.MustIssue(t, qtsp.Request{Kind: certs.QSealC}))
	next, err := s.Registrations.Register(t.Context(), stack.Engineer, viewOf(t, s, r.ID).Application.ID,
		"soc-gen-business-sandbox")
	must(t, err)
	due, owner := s.Now.AddDate(0, 0, -1), "Grace"
	must(t, s.Registrations.EditStep(t.Context(), stack.Engineer, next.ID, "application", checklist.Edit{
		DueAt: &due,
		Owner: &owner,
	}))
	tasks, err := s.Registrations.Today(t.Context(), stack.Engineer)
	must(t, err)
	var kinds []string
	for _, task := range tasks.Tasks {
		kinds = append(kinds, string(task.Kind))
		if task.Title == "" || task.Object == "" {
			t.Errorf("%+v", task)
		}
	}
	is(t, "tasks", strings.Join(kinds, " "), "step_due certificate_expiring step_next")
	s.Now = s.Now.Add(21 * 24 * time.Hour)
	tasks, err = s.Registrations.Today(t.Context(), stack.Officer)
	must(t, err)
	if len(tasks.Tasks) == 0 || tasks.Tasks[0].Kind != registration.InUseBlocked {
		t.Errorf("after the certificate has ended: %+v", tasks)
	}
}

// What a coming rule touches is a task while it is near: once for a certificate, with the registrations that use it.
func TestTodayTellsOfComingRules(t *testing.T) {
	s := stack.New(t)
	s.Now = time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	short := s.QTSP.MustIssue(t, qtsp.Request{
		KeyType:   qtsp.RSA2048,
		NotBefore: s.Now.AddDate(0, -1, 0),
		NotAfter:  s.Now.AddDate(0, 11, 0),
	})
	seal := s.QTSP.MustIssue(t, qtsp.Request{Kind: certs.QSealC, NotBefore: s.Now.AddDate(0, -1, 0)})
	r := s.ActivateWith(short, seal)
	tasks, err := s.Registrations.Today(t.Context(), stack.Engineer)
	must(t, err)
	var ahead []registration.Task
	for _, task := range tasks.Tasks {
		if task.Kind == registration.RuleAhead {
			ahead = append(ahead, task)
		}
	}
	if len(ahead) != 1 || ahead[0].Step != rules.RSAOrder || ahead[0].Object != viewOf(t, s, r.ID).Active().QWACID ||
		!slices.Equal(ahead[0].Registrations, []string{r.ID}) ||
		!ahead[0].At.Equal(short.Certificate.NotAfter) || !strings.Contains(ahead[0].Title, "2048 bits") {
		t.Errorf("%+v", ahead)
	}
}
