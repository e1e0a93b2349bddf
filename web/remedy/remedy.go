// Package remedy says where a blocker is removed on the web: on which page of the
// console, and by which operation of the API.
package remedy

import (
	"fmt"

	"github.com/sealkeeper/sealkeeper/registration"
)

// Page returns the address of the console's page on which a blocker is removed.
func Page(r registration.Remedy) string {
	page := "/registrations/" + r.RegistrationID
	switch r.Kind {
	case registration.SaveBundle:
		return page + "#bundle"
	case registration.SetStep, registration.RecordAnswer:
		return page + "#step-" + r.StepID
	case registration.EditApplication:
		return "/applications/" + r.ApplicationID
	case registration.TestConnection:
		return page + "#test"
	case registration.ActivateVersion:
		return page + "#versions"
	case registration.InspectCertificate, registration.AllowExport:
		return "/certificates/" + r.CertificateID
	case registration.TakeCatalogueFile:
		return "/catalogue-files"
	}
	return page
}

// Operation returns the operation of the API that removes a blocker, as method and path.
func Operation(r registration.Remedy) string {
	path := "/v1/registrations/" + r.RegistrationID
	switch r.Kind {
	case registration.SaveBundle:
		return "PUT " + path + "/bundle"
	case registration.SetStep:
		return "PUT " + path + "/steps/" + r.StepID
	case registration.RecordAnswer:
		return "POST /v1/checklists/" + r.Subject + "/steps/" + r.StepID + "/answer"
	case registration.EditApplication:
		return "PUT /v1/applications/" + r.ApplicationID
	case registration.TestConnection:
		return "POST " + path + "/test"
	case registration.ActivateVersion:
		return fmt.Sprintf("POST %s/bundles/%d/activate", path, r.Version)
	case registration.InspectCertificate:
		return "GET /v1/certificates/" + r.CertificateID
	case registration.AllowExport:
		return "POST /v1/certificates/" + r.CertificateID + "/allow-export"
	case registration.TakeCatalogueFile:
		return "GET /v1/catalogue-files"
	}
	return "GET " + path
}
