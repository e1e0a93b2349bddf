package api

import (
	"context"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/service"
	"github.com/sealkeeper/sealkeeper/internal/usage"
	"github.com/sealkeeper/sealkeeper/types/api"
)

// serviceRoutes are about programs that work with registrations, and for them.
func (a *API) serviceRoutes(g *echo.Group) {
	g.GET("/service-accounts", list(service.Listed, a.serviceAccounts))
	g.POST("/service-accounts", create(a.addServiceAccount))
	g.GET("/service-accounts/:id", serve(a.serviceAccount))
	g.PUT("/service-accounts/:id", serve(a.changeServiceAccount))
	g.DELETE("/service-accounts/:id", serve(a.endServiceAccount))
	g.POST("/service-accounts/:id/tokens", create(a.issueServiceToken))
	g.DELETE("/service-accounts/:id/tokens/:token", serve(a.revokeServiceToken))
	g.POST("/service-accounts/:id/identities", create(a.addServiceIdentity))
	g.DELETE("/service-accounts/:id/identities/:identity", serve(a.removeServiceIdentity))
	g.GET("/registrations/:id/services", serve(a.registrationServices))

	g.GET("/tls", a.listTLS)
	g.GET("/tls/lookup", a.lookUpTLS, taking("application", "institution"))
	g.GET("/tls/events", a.watchTLS, taking("cursor", "wait"))
	g.POST("/tls/reports", serve(a.reportTLS))
	g.GET("/tls/:registration", a.getTLS)
	g.GET("/tls/:registration/credentials", serve(a.tlsCredentials))
	g.POST("/tls/:registration/handshakes", serve(a.signHandshake))
	g.POST("/tls/:registration/signatures", serve(a.signDigests))
	g.POST("/tls/:registration/http-signatures", serve(a.signHTTPRequest))
	g.POST("/tls/:registration/bank-tokens", serve(a.lendBankToken))
	g.POST("/tls/:registration/export", serve(a.exportTLS))
}

func (a *API) accountOf(s service.Account, waiting map[string]string) api.ServiceAccount {
	out := api.ServiceAccount{
		ID:          s.ID,
		Name:        s.Name,
		Owner:       s.Owner,
		Description: s.Description,
		Purposes:    purposesOf(s.Grant.Purposes),
		Bindings:    []api.ServiceBinding{},
		Limits:      api.ServiceLimits{PerSecond: s.Grant.Limits.PerSecond, PerDay: s.Grant.Limits.PerDay},
		Tokens:      each(s.Tokens, tokenOf),
		Identities:  each(s.Identities, identityOf),
		ApprovalID:  waiting[s.ID],
		CreatedBy:   s.CreatedByName,
		CreatedAt:   s.CreatedAt,
		EndedAt:     moment(s.EndedAt),
		LastUsedAt:  moment(s.LastUsedAt()),
	}
	for _, b := range s.Grant.Bindings {
		out.Bindings = append(out.Bindings, api.ServiceBinding{
			ApplicationID: b.ApplicationID,
			InstitutionID: b.InstitutionID,
			Environment:   string(a.Accounts.EnvironmentOf(b)),
		})
	}
	return out
}

func purposesOf(purposes []access.Purpose) []api.ServicePurpose {
	return each(purposes, func(p access.Purpose) api.ServicePurpose { return api.ServicePurpose(p) })
}

func tokenOf(t service.Token) api.ServiceToken {
	return api.ServiceToken{
		ID:         t.ID,
		Hint:       t.Hint,
		CreatedBy:  t.CreatedBy,
		CreatedAt:  t.CreatedAt,
		ExpiresAt:  t.ExpiresAt,
		LastUsedAt: moment(t.LastUsedAt),
	}
}

func serviceInput(in api.NewServiceAccount) service.Input {
	out := service.Input{
		Name:        in.Name,
		Owner:       in.Owner,
		Description: in.Description,
		Reason:      in.Reason,
		Grant: service.Grant{
			Limits: service.Limits{PerSecond: in.Limits.PerSecond, PerDay: in.Limits.PerDay},
		},
	}
	for _, p := range in.Purposes {
		out.Grant.Purposes = append(out.Grant.Purposes, access.Purpose(p))
	}
	for _, b := range in.Bindings {
		out.Grant.Bindings = append(out.Grant.Bindings, service.Binding{
			ApplicationID: b.ApplicationID,
			InstitutionID: b.InstitutionID,
			Environment:   environment.Name(b.Environment),
		})
	}
	return out
}

func (a *API) serviceAccounts(r request[none], q listing.Query) (listing.Page[api.ServiceAccount], error) {
	ctx := r.echo.Request().Context()
	page, err := a.Accounts.Page(ctx, r.caller, q)
	if err != nil {
		return listing.Page[api.ServiceAccount]{}, err
	}
	waiting, err := a.Accounts.Waiting(ctx, "")
	return listing.Map(page, func(s service.Account) api.ServiceAccount { return a.accountOf(s, waiting) }), err
}

func (a *API) serviceAccount(r request[none]) (api.ServiceAccount, error) {
	ctx := r.echo.Request().Context()
	s, err := a.Accounts.Get(ctx, r.caller, r.echo.Param("id"))
	if err != nil {
		return api.ServiceAccount{}, err
	}
	return a.accountNow(ctx, s)
}

func (a *API) accountNow(ctx context.Context, s service.Account) (api.ServiceAccount, error) {
	waiting, err := a.Accounts.Waiting(ctx, s.ID)
	return a.accountOf(s, waiting), err
}

func (a *API) accountChange(
	ctx context.Context, s service.Account, asked approval.Request, done bool,
) (api.ServiceAccountChange, error) {
	account, err := a.accountNow(ctx, s)
	out := api.ServiceAccountChange{Done: done, Account: account}
	if !done {
		out.ApprovalID = asked.ID
	}
	return out, err
}

func (a *API) addServiceAccount(r request[api.NewServiceAccount]) (api.ServiceAccountChange, error) {
	ctx := r.echo.Request().Context()
	s, asked, done, err := a.Accounts.Add(ctx, r.caller, serviceInput(r.body))
	if err != nil {
		return api.ServiceAccountChange{}, err
	}
	return a.accountChange(ctx, s, asked, done)
}

func (a *API) changeServiceAccount(r request[api.NewServiceAccount]) (api.ServiceAccountChange, error) {
	ctx := r.echo.Request().Context()
	s, asked, done, err := a.Accounts.Change(ctx, r.caller, r.echo.Param("id"), serviceInput(r.body))
	if err != nil {
		return api.ServiceAccountChange{}, err
	}
	return a.accountChange(ctx, s, asked, done)
}

func (a *API) endServiceAccount(r request[none]) (api.ServiceAccount, error) {
	ctx := r.echo.Request().Context()
	s, err := a.Accounts.End(ctx, r.caller, r.echo.Param("id"))
	if err != nil {
		return api.ServiceAccount{}, err
	}
	return a.accountNow(ctx, s)
}

// issuedToken is an api.IssuedServiceToken on its way out: its token hides the one that would print as [redacted].
type issuedToken struct {
	Token string `json:"token"`
	api.ServiceToken
}

func (a *API) issueServiceToken(r request[api.NewServiceToken]) (issuedToken, error) {
	ctx := r.echo.Request().Context()
	made, text, err := a.Accounts.IssueToken(ctx, r.caller, r.echo.Param("id"), r.body.ExpiresAt)
	if err != nil {
		return issuedToken{}, err
	}
	r.echo.Response().Header().Set("Cache-Control", "no-store")
	return issuedToken{Token: text.Reveal(), ServiceToken: tokenOf(made)}, nil
}

func (a *API) revokeServiceToken(r request[none]) (api.ServiceAccount, error) {
	ctx, id := r.echo.Request().Context(), r.echo.Param("id")
	if err := a.Accounts.RevokeToken(ctx, r.caller, id, r.echo.Param("token")); err != nil {
		return api.ServiceAccount{}, err
	}
	s, err := a.Accounts.Get(ctx, r.caller, id)
	if err != nil {
		return api.ServiceAccount{}, err
	}
	return a.accountNow(ctx, s)
}

// registrationServices says which services use a registration.
func (a *API) registrationServices(r request[none]) (api.RegistrationServices, error) {
	ctx, id := r.echo.Request().Context(), r.echo.Param("id")
	view, err := a.Registrations.Registration(ctx, r.caller, id)
	if err != nil {
		return api.RegistrationServices{}, err
	}
	o, err := a.Usage.Overview(ctx, r.caller, view)
	if err != nil {
		return api.RegistrationServices{}, err
	}
	over, total := o.Count()
	return api.RegistrationServices{
		RegistrationID: id,
		Version:        o.Version,
		ActivatedAt:    moment(o.ActivatedAt),
		Finished:       o.Finished(),
		Over:           over,
		Total:          total,
		Services:       each(o.Services, progressOf),
	}, nil
}

func progressOf(s usage.Service) api.RegistrationService {
	return api.RegistrationService{
		AccountID: s.AccountID,
		Account:   s.Account,
		Instance:  s.Instance,
		State:     api.ServiceProgress(s.State),
		Version:   s.Version,
		SHA256:    s.SHA256,
		Hosts:     s.Hosts,
		UsedAt:    moment(s.UsedAt),
		ToldAt:    moment(s.ToldAt),
		Problem:   s.Problem,
	}
}

// reportTLS takes what an instance of a service says that it presents.
func (a *API) reportTLS(r request[api.ServiceReport]) (api.ReportAnswer, error) {
	ctx := r.echo.Request().Context()
	if r.caller.Grant == nil {
		return api.ReportAnswer{}, a.Audit.Permit(ctx, r.caller, access.TLSReport, "")
	}
	var reports []usage.Report
	var asked []string
	for _, u := range r.body.InUse {
		reports = append(reports, usage.Report{
			RegistrationID: u.RegistrationID,
			Host:           u.Host,
			Version:        u.Version,
			SHA256:         u.SHA256,
			UsedAt:         u.LastUsedAt,
			Problem:        u.Problem,
			Server:         serverSaid(u.Server),
		})
		asked = append(asked, u.RegistrationID)
	}
	if err := a.Usage.Report(ctx, r.caller, r.body.Instance, reports, r.body.Stopped); err != nil {
		return api.ReportAnswer{}, err
	}
	answer := api.ReportAnswer{Versions: []api.TLSEvent{}, Every: int(usage.Every / time.Second)}
	if err := a.Feed.CatchUp(ctx); err != nil {
		return answer, err
	}
	told := map[string]bool{}
	for _, id := range asked {
		if told[id] {
			continue
		}
		told[id] = true
		event := api.TLSEvent{Kind: api.TLSGone, RegistrationID: id}
		if r.caller.Knows(id) {
			event = api.TLSEvent{Kind: api.TLSChanged, RegistrationID: id, Version: a.Feed.Version(id)}
		}
		answer.Versions = append(answer.Versions, event)
	}
	return answer, nil
}

func serverSaid(s *api.ServerSeen) usage.Server {
	if s == nil {
		return usage.Server{}
	}
	return usage.Server{
		SHA256:   s.SHA256,
		Issuer:   s.Issuer,
		NotAfter: s.NotAfter,
		Sent:     s.Sent,
		Reason:   s.Reason,
		SeenAt:   s.SeenAt,
	}
}

// noStore is the answer of what no cache may keep.
func noStore(c echo.Context) { c.Response().Header().Set("Cache-Control", "no-store") }
