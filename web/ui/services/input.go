package services

import (
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/environment"
	"github.com/sealkeeper/sealkeeper/internal/service"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/web/ui/choice"
	"github.com/sealkeeper/sealkeeper/web/ui/form"
)

// input is the form of an account: what it is, or what was typed.
type input struct {
	Name, Owner, Description string
	Purposes                 []access.Purpose
	Bindings                 []bound
	PerSecond, PerDay        string
	Reason                   string

	Known        []access.Purpose // that can be chosen
	Applications choice.Choice    // that a binding can name
	Institutions choice.Choice
	catalogue    []catalogue.Institution
	Environments []environment.Name
	More         []int // a row for each further binding
}

// moreBindings is how many bindings a form adds at a time.
const moreBindings = 3

// Has reports whether a purpose was chosen.
func (i input) Has(p access.Purpose) bool { return slices.Contains(i.Purposes, p) }

// bound is a binding in words.
type bound struct {
	Value       string // in the form: the application, and where
	Application string // its name
	Institution string // its name; "": all of the environment
	Environment environment.Name
}

// at is where a binding is, in the form.
func at(b service.Binding) string {
	if b.InstitutionID != "" {
		return b.InstitutionID
	}
	return string(b.Environment)
}

// binding reads what a form has of one.
func binding(application, at string) service.Binding {
	if env := environment.Name(at); env == environment.Sandbox || env == environment.Live {
		return service.Binding{ApplicationID: application, Environment: env}
	}
	return service.Binding{ApplicationID: application, InstitutionID: at}
}

// number is what was typed; what is no number is refused as any other wrong limit.
func number(text string) int {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil {
		return -1
	}
	return n
}

// read reads the form.
func read(c echo.Context) (service.Input, error) {
	values, err := form.Values(c)
	if err != nil {
		return service.Input{}, err
	}
	in := service.Input{
		Name:        form.Text(c, "name"),
		Owner:       form.Text(c, "owner"),
		Description: form.Text(c, "description"),
		Reason:      form.Text(c, "reason"),
		Grant: service.Grant{Limits: service.Limits{
			PerSecond: number(c.FormValue("per_second")),
			PerDay:    number(c.FormValue("per_day")),
		}},
	}
	for _, p := range values["purpose"] {
		in.Grant.Purposes = append(in.Grant.Purposes, access.Purpose(p))
	}
	for _, text := range values["binding"] {
		application, at, _ := strings.Cut(text, "@")
		in.Grant.Bindings = append(in.Grant.Bindings, binding(application, at))
	}
	places := values["at"]
	for i, application := range values["application"] {
		if application != "" && i < len(places) {
			in.Grant.Bindings = append(in.Grant.Bindings, binding(application, places[i]))
		}
	}
	return in, nil
}

// form is the form with what an account is, or with what was typed.
func (h *Handler) form(c echo.Context, caller access.Caller, path string, in service.Input) (input, error) {
	ctx := c.Request().Context()
	applications, err := choice.Application(c, caller, h.Registrations, choice.Ask{Field: "application", Path: path})
	if err != nil {
		return input{}, err
	}
	var ids []string
	for _, b := range in.Grant.Bindings {
		ids = append(ids, b.ApplicationID)
	}
	named, err := h.Registrations.ApplicationsByID(ctx, caller, ids)
	if err != nil {
		return input{}, err
	}
	institutions, err := h.Registrations.Institutions(ctx, caller)
	if err != nil {
		return input{}, err
	}
	f := input{
		Name:         in.Name,
		Owner:        in.Owner,
		Description:  in.Description,
		Purposes:     in.Grant.Purposes,
		PerSecond:    strconv.Itoa(in.Grant.Limits.PerSecond),
		PerDay:       strconv.Itoa(in.Grant.Limits.PerDay),
		Reason:       in.Reason,
		Known:        access.Purposes,
		Applications: applications,
		Institutions: choice.Institution(c, institutions, choice.Ask{Field: "at", Path: path}),
		catalogue:    institutions,
		Environments: []environment.Name{environment.Sandbox, environment.Live},
		More:         make([]int, moreBindings),
	}
	for _, b := range in.Grant.Bindings {
		f.Bindings = append(f.Bindings, f.say(b, named))
	}
	for i := range f.More {
		f.More[i] = i + 1
	}
	return f, nil
}

// say names what a binding is made of; what is not there any more keeps its id.
func (i input) say(b service.Binding, applications []registration.Application) bound {
	said := bound{
		Value:       b.ApplicationID + "@" + at(b),
		Application: b.ApplicationID,
		Institution: b.InstitutionID,
		Environment: b.Environment,
	}
	for _, a := range applications {
		if a.ID == b.ApplicationID {
			said.Application = a.Name
		}
	}
	for _, in := range i.catalogue {
		if in.ID == b.InstitutionID {
			said.Institution, said.Environment = in.Name, in.Environment
		}
	}
	return said
}
