package api

import (
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
)

type institutionJSON struct {
	ID            string                    `json:"id"`
	Name          string                    `json:"name"`
	Group         string                    `json:"group"`
	Country       string                    `json:"country"`
	Segment       string                    `json:"segment"`
	Environment   string                    `json:"environment"`
	Standard      string                    `json:"standard"`
	Registration  string                    `json:"registration"`
	Scopes        []string                  `json:"scopes"`
	Features      catalogue.Features        `json:"features"`
	APIs          []catalogue.API           `json:"apis"`
	Tokens        catalogue.TokenRules      `json:"tokens"`
	SCAUsers      []catalogue.SCAUser       `json:"sca_users"`
	Portal        string                    `json:"portal"`
	SupportEmail  string                    `json:"support_email"`
	Profile       map[string]any            `json:"profile"`
	Acceptance    catalogue.Acceptance      `json:"acceptance"`
	SupportedKeys catalogue.SupportedKeys   `json:"supported_keys"`
	Links         []catalogue.Link          `json:"links"`
	Products      []catalogue.Product       `json:"products"`
	KeyPoints     []catalogue.Text          `json:"key_points"`
	Facts         map[string]catalogue.Fact `json:"facts"` // where keys of the profile were read
	Source        string                    `json:"source"`
	Verified      string                    `json:"verified"`
}

func institutionOf(in catalogue.Institution) institutionJSON {
	return institutionJSON{
		ID:            in.ID,
		Name:          in.Name,
		Group:         in.Group.ID,
		Country:       in.Group.Country,
		Segment:       in.Segment,
		Environment:   string(in.Environment),
		Standard:      in.Group.Standard,
		Registration:  in.Group.Registration,
		Scopes:        in.Scopes,
		Features:      in.Group.Features,
		APIs:          in.APIs,
		Tokens:        in.Tokens,
		SCAUsers:      append([]catalogue.SCAUser{}, in.SCAUsers...),
		Portal:        in.Group.Portal,
		SupportEmail:  in.Group.SupportEmail,
		Profile:       in.Profile,
		Acceptance:    in.Acceptance,
		SupportedKeys: in.Group.Keys.Listed(),
		Links:         append([]catalogue.Link{}, in.Links...),
		Products:      append([]catalogue.Product{}, in.Products...),
		KeyPoints:     append([]catalogue.Text{}, in.Group.KeyPoints...),
		Facts:         in.Facts,
		Source:        in.Group.Source,
		Verified:      in.Group.Verified,
	}
}

func (a *API) institutions(r request[none]) ([]institutionJSON, error) {
	all, err := a.Registrations.Institutions(r.echo.Request().Context(), r.caller)
	return each(all, institutionOf), err
}

func (a *API) institution(r request[none]) (institutionJSON, error) {
	in, err := a.Registrations.Institution(r.echo.Request().Context(), r.caller, r.echo.Param("id"))
	if err != nil {
		return institutionJSON{}, err
	}
	return institutionOf(in), nil
}

type auditJSON struct {
	Seq      int64         `json:"seq"`
	At       time.Time     `json:"at"`
	CallerID string        `json:"caller_id"`
	Caller   string        `json:"caller"`
	Action   access.Action `json:"action"`
	Object   string        `json:"object"`
	Outcome  audit.Outcome `json:"outcome"`
	Detail   string        `json:"detail"`
	Hash     string        `json:"hash"`
}

// auditEntries is how many of the newest entries GET /v1/audit gives.
const auditEntries = 500

func (a *API) audit(r request[none]) ([]auditJSON, error) {
	entries, err := a.Audit.Latest(r.echo.Request().Context(), r.caller, auditEntries)
	return each(entries, func(e audit.Entry) auditJSON {
		return auditJSON{
			Seq:      e.Seq,
			At:       e.At,
			CallerID: e.CallerID,
			Caller:   e.CallerName,
			Action:   e.Action,
			Object:   e.Object,
			Outcome:  e.Outcome,
			Detail:   e.Detail,
			Hash:     e.Hash,
		}
	}), err
}
