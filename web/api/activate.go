package api

import (
	"strconv"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/registration"
)

type askInput struct {
	Reason  string `json:"reason"`  // for the second person
	Content string `json:"content"` // of the bundle as it was read; empty: not compared
}

func (askInput) optional() {}

type activation struct {
	// Activated is false while a second person has to approve.
	Activated    bool             `json:"activated"`
	ApprovalID   string           `json:"approval_id"` // of the request that waits
	Registration registrationJSON `json:"registration"`
}

func (a *API) activate(r request[askInput]) (activation, error) {
	waits, done, view, err := a.ask(r, false)
	return activation{Activated: done, ApprovalID: waits, Registration: view}, err
}

type retirement struct {
	// Retired is false while a second person has to approve.
	Retired      bool             `json:"retired"`
	ApprovalID   string           `json:"approval_id"` // of the request that waits
	Registration registrationJSON `json:"registration"`
}

func (a *API) retire(r request[askInput]) (retirement, error) {
	waits, done, view, err := a.ask(r, true)
	return retirement{Retired: done, ApprovalID: waits, Registration: view}, err
}

func (a *API) ask(r request[askInput], retire bool) (waits string, done bool, view registrationJSON, err error) {
	id := r.echo.Param("id")
	version, err := strconv.Atoi(r.echo.Param("version"))
	if err != nil {
		return "", false, view, fault.New(fault.NotFound, "bundle_unknown", "Bundle versions are numbers: 1, 2, 3.")
	}
	ctx := r.echo.Request().Context()
	asked, done, err := a.Registrations.RequestChange(ctx, r.caller, id, registration.ChangeRequest{
		Version: version,
		Retire:  retire,
		Reason:  r.body.Reason,
		Content: r.body.Content,
	})
	if err != nil {
		return "", false, view, err
	}
	if !done {
		waits = asked.ID
	}
	view, err = a.view(r.echo, r.caller, id)
	return waits, done, view, err
}
