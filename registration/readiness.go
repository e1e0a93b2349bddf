package registration

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/fault"
)

// Blocker is one reason why a bundle cannot be used yet.
type Blocker struct {
	Code    string `json:"code"`    // stable, snake_case
	Message string `json:"message"` // what is wrong and what to do
	Object  string `json:"object"`  // id of the certificate or step it is about; empty: the bundle
}

// notReady is the one error that names every blocker.
func notReady(blockers []Blocker) error {
	sentences := make([]string, len(blockers))
	for i, b := range blockers {
		sentences[i] = b.Message
	}
	return fault.New(fault.Conflict, "not_ready", "This cannot be used yet. %s", strings.Join(sentences, " "))
}

// ActiveBundle returns what the connector is to use, or an error that names
// everything that is in the way. It is the readiness that the console shows as
// View.InUse. What must be so before an activation (steps, a test) no longer
// blocks a version that is active: one failed test, or a step opened again, must not cut live off.
func (s *Service) ActiveBundle(ctx context.Context, registrationID string) (View, Bundle, error) {
	v, err := s.view(ctx, registrationID)
	if err != nil {
		return View{}, Bundle{}, err
	}
	active := v.Active()
	if active == nil {
		blockers, err := s.activationBlockers(ctx, v, v.candidate())
		if err != nil {
			return View{}, Bundle{}, err
		}
		return View{}, Bundle{}, notReady(append(blockers, Blocker{Code: "not_active", Message: "No bundle is active; activate one."}))
	}
	blockers, err := s.contentBlockers(ctx, v, *active)
	if err != nil {
		return View{}, Bundle{}, err
	}
	if len(blockers) > 0 {
		return View{}, Bundle{}, notReady(blockers)
	}
	return v, *active, nil
}

// TestableBundle returns the version a connection test is about, the draft if
// there is one, provided it has everything a connection needs.
func (s *Service) TestableBundle(ctx context.Context, registrationID string) (View, Bundle, error) {
	v, err := s.view(ctx, registrationID)
	if err != nil {
		return View{}, Bundle{}, err
	}
	b := v.candidate()
	blockers, err := s.contentBlockers(ctx, v, b)
	if err == nil && len(blockers) > 0 {
		err = notReady(blockers)
	}
	return v, b, err
}

// activationBlockers is everything that must be true before version b may be
// activated. A version that was in use before needs no test to be rolled back to.
func (s *Service) activationBlockers(ctx context.Context, v View, b Bundle) ([]Blocker, error) {
	found, err := s.contentBlockers(ctx, v, b)
	if err != nil {
		return nil, err
	}
	for _, step := range v.Steps {
		if !step.Settled() && !step.Optional {
			found = append(found, Blocker{Code: "step_open", Object: step.ID, Message: fmt.Sprintf("The step %q is not done.", step.Title.EN)})
		}
	}
	if !b.Test.Passed && b.ActivatedAt.IsZero() {
		found = append(found, Blocker{Code: "not_tested", Message: "The connection has not been tested successfully with this version; test it."})
	}
	return found, nil
}

// contentBlockers checks what is in the bundle.
func (s *Service) contentBlockers(ctx context.Context, v View, b Bundle) ([]Blocker, error) {
	qwac, found, err := s.slot(ctx, b.QWACID, certs.QWAC)
	if err != nil {
		return nil, err
	}
	qsealc, more, err := s.slot(ctx, b.QSealCID, certs.QSealC)
	if err != nil {
		return nil, err
	}
	found = append(found, more...)
	if qwac != nil && qsealc != nil {
		found = append(found, errorFindings(certs.JudgePair(qwac, qsealc, s.cfg.Now()), b.QSealCID)...)
	}
	if qwac != nil {
		found = append(found, missingRoles(v, b, qwac)...)
		if qwac.OrganizationIdentifier != v.Organization.OrganizationIdentifier {
			found = append(found, Blocker{Code: "other_organization", Object: b.QWACID, Message: fmt.Sprintf(
				"The QWAC is of %s, the registration of %s; choose a certificate of the same organization.", qwac.OrganizationIdentifier, v.Organization.OrganizationIdentifier)})
		}
	}
	if b.ClientID == "" || b.CredentialsRef == "" {
		found = append(found, Blocker{Code: "credentials_missing", Message: "Client id and client secret are missing; record what the bank's portal shows."})
	}
	return found, nil
}

// slot judges the certificate in one slot of the bundle. The certificate is nil if there is none.
func (s *Service) slot(ctx context.Context, id string, kind certs.Kind) (*certs.Certificate, []Blocker, error) {
	name := map[certs.Kind]string{certs.QWAC: "QWAC", certs.QSealC: "QSealC"}[kind]
	if id == "" {
		return nil, []Blocker{{Code: string(kind) + "_missing", Message: fmt.Sprintf("The %s is missing; choose one.", name)}}, nil
	}
	leaf, chain, err := s.cfg.Certificates.Certificate(ctx, access.SystemCaller("readiness"), id)
	if errors.Is(err, fault.NotFound) || errors.Is(err, fault.Conflict) {
		_, _, message := fault.Public(err)
		return nil, []Blocker{{Code: string(kind) + "_unusable", Object: id, Message: message}}, nil
	}
	if err != nil {
		return nil, nil, err
	}
	if leaf.Kind != kind {
		return nil, []Blocker{{Code: string(kind) + "_wrong_kind", Object: id,
			Message: fmt.Sprintf("The certificate chosen as %s is a %s; choose a %s.", name, leaf.Kind, name)}}, nil
	}
	return leaf, errorFindings(certs.Judge(leaf, chain, s.cfg.Now()), id), nil
}

func errorFindings(findings []certs.Finding, object string) []Blocker {
	var found []Blocker
	for _, f := range findings {
		if f.Severity == certs.SeverityError {
			found = append(found, Blocker{Code: f.Code, Object: object, Message: strings.TrimSpace(f.Message + " " + f.Remedy)})
		}
	}
	return found
}

// missingRoles compares the subscriptions made with the roles in the certificate.
func missingRoles(v View, b Bundle, qwac *certs.Certificate) []Blocker {
	var found []Blocker
	for _, step := range v.Steps {
		if step.Role != "" && step.Record.State == StepDone && !qwac.HasRole(step.Role) {
			found = append(found, Blocker{Code: "role_missing", Object: b.QWACID, Message: fmt.Sprintf(
				"%q needs the role %s, which the QWAC does not carry; use a certificate that does.", step.Title.EN, step.Role)})
		}
	}
	return found
}
