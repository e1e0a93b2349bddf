package remedy_test

import (
	"testing"

	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/web/remedy"
)

func TestEveryRemedyHasAPageAndAnOperation(t *testing.T) {
	for kind, want := range map[registration.RemedyKind]struct{ page, operation string }{
		registration.SaveBundle:         {"/registrations/r1#bundle", "PUT /v1/registrations/r1/bundle"},
		registration.SetStep:            {"/registrations/r1#step-s1", "PUT /v1/registrations/r1/steps/s1"},
		registration.RecordAnswer:       {"/registrations/r1#step-s1", "POST /v1/checklists/o.b.live/steps/s1/answer"},
		registration.EditApplication:    {"/applications/a1", "PUT /v1/applications/a1"},
		registration.TestConnection:     {"/registrations/r1#test", "POST /v1/registrations/r1/test"},
		registration.ActivateVersion:    {"/registrations/r1#versions", "POST /v1/registrations/r1/bundles/3/activate"},
		registration.InspectCertificate: {"/certificates/c1", "GET /v1/certificates/c1"},
		registration.AllowExport:        {"/certificates/c1", "POST /v1/certificates/c1/allow-export"},
		registration.TakeCatalogueFile:  {"/catalogue-files", "GET /v1/catalogue-files"},
	} {
		t.Run(string(kind), func(t *testing.T) {
			r := registration.Remedy{
				Kind:           kind,
				RegistrationID: "r1",
				ApplicationID:  "a1",
				CertificateID:  "c1",
				Subject:        "o.b.live",
				StepID:         "s1",
				Version:        3,
			}
			if got := remedy.Page(r); got != want.page {
				t.Errorf("page %s, want %s", got, want.page)
			}
			if got := remedy.Operation(r); got != want.operation {
				t.Errorf("operation %s, want %s", got, want.operation)
			}
		})
	}
}
