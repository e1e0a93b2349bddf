package api

import (
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/types/api"
)

func institutionOf(in catalogue.Institution) api.Institution {
	return api.Institution{
		ID:            in.ID,
		Name:          in.Name,
		Group:         in.Group.ID,
		Country:       in.Group.Country,
		Segment:       in.Segment,
		Environment:   string(in.Environment),
		Standard:      in.Group.Standard,
		Registration:  in.Group.Registration,
		Scopes:        listed(in.Scopes),
		Features:      api.Features(in.Group.Features),
		APIs:          each(in.APIs, func(a catalogue.API) api.BankAPI { return api.BankAPI(a) }),
		Tokens:        tokensOf(in),
		SCAUsers:      each(in.SCAUsers, func(u catalogue.SCAUser) api.SCAUser { return api.SCAUser(u) }),
		Portal:        in.Group.Portal,
		SupportEmail:  in.Group.SupportEmail,
		Profile:       in.Profile,
		Acceptance:    acceptanceOf(in.Acceptance),
		Credentials:   each(in.Credentials, credentialOf),
		SupportedKeys: keysOf(in.Group.Keys),
		Links:         each(in.Links, linkOf),
		Products:      each(in.Products, productOf),
		KeyPoints:     each(in.KeyPoints(), func(p catalogue.KeyPoint) api.Text { return textOf(p.Text) }),
		Facts:         factsOf(in.Facts),
		Source:        in.Group.Source,
		Verified:      in.Group.Verified,
	}
}

func credentialOf(c catalogue.Credential) api.Credential {
	return api.Credential{
		ID:       c.ID,
		Label:    textOf(c.Label),
		Secret:   c.Secret,
		Optional: c.Optional,
		Pattern:  c.Pattern,
		Where:    textOf(c.Where),
	}
}

func textOf(t catalogue.Text) api.Text { return api.Text(t) }

func factOf(f catalogue.Fact) api.Fact {
	return api.Fact{Value: f.Value, Source: f.Source.EN, Verified: f.Verified, Note: f.Note.EN, Recorded: f.Recorded}
}

func factsOf(facts map[string]catalogue.Fact) map[string]api.Fact {
	out := make(map[string]api.Fact, len(facts))
	for name, f := range facts {
		out[name] = factOf(f)
	}
	return out
}

func keysOf(k catalogue.SupportedKeys) api.SupportedKeys {
	return api.SupportedKeys{Transport: keyOf(k.Transport), Signing: keyOf(k.Signing)}
}

func keyOf(k catalogue.KeyFact) api.KeyFact {
	return api.KeyFact{
		Algorithms: listed(k.Algorithms),
		Source:     k.Source.EN,
		Verified:   k.Verified,
		Note:       k.Note.EN,
	}
}

func acceptanceOf(a catalogue.Acceptance) api.Acceptance {
	return api.Acceptance{
		RecognisesBy:  factOf(a.RecognisesBy),
		Overlap:       factOf(a.Overlap),
		Channel:       factOf(a.Channel),
		LeadTime:      factOf(a.LeadTime),
		ConsentImpact: factOf(a.ConsentImpact),
		Effect:        factOf(a.Effect),
		Together:      factOf(a.Together),
		TokenBinding:  factOf(a.TokenBinding),
		SecretOverlap: factOf(a.SecretOverlap),
	}
}

func tokensOf(in catalogue.Institution) api.TokenRules {
	t := in.Tokens
	out := api.TokenRules{
		AccessMinutes: t.AccessMinutes,
		Refresh:       t.Refresh,
		RefreshDays:   t.RefreshDays,
		Note:          textOf(t.Note),
		Source:        t.Source,
		Verified:      t.Verified,
	}
	if a := t.Announced; a != nil {
		out.Announced = &api.AnnouncedTokenRules{
			RefreshHours:           a.RefreshHours,
			AccessTokensPerRefresh: a.AccessTokensPerRefresh,
			AccessMinutesPerDay:    a.AccessMinutesPerDay,
			InForce:                in.AnnouncedInForce(),
		}
	}
	return out
}

func linkOf(l catalogue.Link) api.Link {
	return api.Link{
		ID:          l.ID,
		Title:       textOf(l.Title),
		URL:         l.URL,
		Environment: string(l.Environment),
		Note:        textOf(l.Note),
	}
}

func productOf(p catalogue.Product) api.Product {
	return api.Product{Role: p.Role, Name: p.Name, Version: p.Version, Link: p.Link, Note: textOf(p.Note)}
}

func (a *API) institutions(r request[none]) ([]api.Institution, error) {
	all, err := a.Registrations.Institutions(r.echo.Request().Context(), r.caller)
	return each(all, institutionOf), err
}

func (a *API) institution(r request[none]) (api.Institution, error) {
	in, err := a.Registrations.Institution(r.echo.Request().Context(), r.caller, r.echo.Param("id"))
	if err != nil {
		return api.Institution{}, err
	}
	return institutionOf(in), nil
}

func bankFactOf(f registration.BankFact) api.BankFact {
	return api.BankFact{
		ID:          f.ID,
		Subject:     f.Subject,
		Key:         f.Key,
		Value:       f.Value,
		Source:      f.Source,
		SaidOn:      f.SaidOn,
		Evidence:    f.Evidence,
		RecordedBy:  f.RecordedBy,
		RecordedAt:  f.RecordedAt,
		WithdrawnBy: f.WithdrawnBy,
		WithdrawnAt: moment(f.WithdrawnAt),
	}
}

func (a *API) bankFacts(r request[none]) ([]api.BankFact, error) {
	all, err := a.Registrations.BankFacts(r.echo.Request().Context(), r.caller, r.echo.Param("id"))
	return each(all, bankFactOf), err
}

func (a *API) recordBankFact(r request[api.NewBankFact]) (api.BankFact, error) {
	f, err := a.Registrations.RecordBankFact(r.echo.Request().Context(), r.caller, r.echo.Param("id"),
		r.body.WholeBank, registration.BankFact{
			Key:      r.body.Key,
			Value:    r.body.Value,
			Source:   r.body.Source,
			SaidOn:   r.body.SaidOn,
			Evidence: r.body.Evidence,
		})
	return bankFactOf(f), err
}

func (a *API) withdrawBankFact(r request[none]) ([]api.BankFact, error) {
	err := a.Registrations.WithdrawBankFact(r.echo.Request().Context(), r.caller, r.echo.Param("id"),
		r.echo.Param("fact"))
	if err != nil {
		return nil, err
	}
	return a.bankFacts(r)
}
