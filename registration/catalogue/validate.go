package catalogue

import (
	"cmp"
	"maps"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/environment"
)

var (
	idForm     = regexp.MustCompile(`^[a-z0-9]+([-_][a-z0-9]+)*$`)
	algorithms = []string{"rsa-2048", "rsa-3072", "rsa-4096", "ecdsa-p256", "ecdsa-p384", "ecdsa-p521", "ed25519"}
	segments   = []string{"personal", "professional", "enterprise"}
	roles      = []string{"PSP_AI", "PSP_PI", "PSP_IC", "PSP_AS"}
)

// mostOfID bounds the id of a bank group: custody has a document named after it.
const mostOfID = 32

// validate finds everything a decoder cannot: what is missing, what is none of
// the values there are, what points nowhere.
func (g groupFile) validate(v *validator, known map[string]Institution) {
	v.check(idForm.MatchString(g.ID), path{"id"},
		"a bank group needs an id of small letters, digits and hyphens, not %q", g.ID)
	v.check(len(g.ID) <= mostOfID, path{"id"}, "the id of a bank group has at most %d characters", mostOfID)
	v.check(g.Name != "", path{"name"}, "a bank group needs a name")
	v.check(IsCountry(g.Country), path{"country"}, "country is two capital letters, as in FR, not %q", g.Country)
	v.oneOf(path{"registration"}, g.Registration, "manual")
	v.source(nil, g.Source, g.Verified, false)
	v.link(path{"portal"}, g.Portal, false)
	v.check(g.SupportEmail == "" || IsEmail(g.SupportEmail), path{"support_email"}, "%q is no e-mail address",
		g.SupportEmail)
	for i, l := range g.Links {
		at := path{"links", i}
		v.check(idForm.MatchString(l.ID), at.with("id"), "a link needs an id")
		v.both(at.with("title"), l.Title, "a link needs a title")
		v.link(at.with("url"), l.URL, true)
		v.check(l.Environment == "" || slices.Contains(environments, l.Environment), at.with("environment"),
			"environment %q is not sandbox or live", l.Environment)
	}
	for i, p := range g.KeyPoints {
		at := path{"key_points", i}
		v.both(at, p.Text, "a key point is a sentence")
		v.oneOf(at.with("about"), cmp.Or(p.About, AboutAccess), AboutAccess, AboutRefresh)
		for _, s := range p.Segments {
			v.oneOf(at.with("segments"), s, segments...)
		}
	}
	v.keys(path{"supported_keys", "transport"}, g.Keys.Transport)
	v.keys(path{"supported_keys", "signing"}, g.Keys.Signing)
	v.acceptance(path{"acceptance"}, g.Acceptance)
	v.facts(path{"facts"}, g.Facts)
	v.credentials(path{"credentials"}, g.Credentials)
	for _, name := range slices.Sorted(maps.Keys(g.Environments)) {
		at := path{"environments", string(name)}
		g.Environments[name].validate(v, at, name)
		v.sent(path{"profile"}, g.Profile, g.given(name))
		v.sent(at.with("profile"), g.Environments[name].Profile, g.given(name))
	}
	for _, name := range slices.Sorted(maps.Keys(g.Segments)) {
		g.Segments[name].validate(v, path{"segments", name}, name)
	}
	for name, users := range g.SCAUsers {
		v.check(slices.Contains(environments, name), path{"sca_users", string(name)},
			"environment %q is not sandbox or live", name)
		for i, u := range users {
			v.check(u.User != "", path{"sca_users", string(name), i}, "a test login needs a user")
			v.oneOf(path{"sca_users", string(name), i, "scope"}, u.Scope, "ais", "pis")
		}
	}
	g.validateInstitutions(v, known)
}

var environments = []environment.Name{environment.Sandbox, environment.Live}

func (g groupFile) validateInstitutions(v *validator, known map[string]Institution) {
	v.check(len(g.Institutions) > 0, path{"institutions"}, "a bank group needs at least one institution")
	seen := map[string]bool{}
	for i, f := range g.Institutions {
		at := path{"institutions", i}
		v.check(idForm.MatchString(f.ID), at.with("id"),
			"an institution needs an id of small letters, digits and hyphens, not %q", f.ID)
		v.check(f.Name != "", at.with("name"), "the institution %s needs a name", f.ID)
		_, before := known[f.ID]
		v.check(!before && !seen[f.ID], at.with("id"), "the institution %s is described twice", f.ID)
		seen[f.ID] = true
		_, described := g.Environments[f.Environment]
		v.check(described, at.with("environment"), "institution %s: environment %q is not described under environments",
			f.ID, f.Environment)
		_, described = g.Segments[f.Segment]
		v.check(described, at.with("segment"), "institution %s: segment %q is not described under segments", f.ID,
			f.Segment)
		v.check(len(f.Scopes) > 0, at.with("scopes"), "institution %s: scopes is a list of ais and pis", f.ID)
		for k, s := range f.Scopes {
			v.oneOf(at.with("scopes", k), s, "ais", "pis")
		}
		v.acceptance(at.with("acceptance"), f.Acceptance)
		v.facts(at.with("facts"), f.Facts)
		v.sent(at.with("profile"), f.Profile, g.given(f.Environment))
		profile := merge(merge(g.Profile, g.Environments[f.Environment].Profile), f.Profile)
		v.tokenAuth(at, profile, g.given(f.Environment))
	}
}

func (e environmentFile) validate(v *validator, at path, name environment.Name) {
	v.check(slices.Contains(environments, name), at, "environment %q is not sandbox or live", name)
	v.acceptance(at.with("acceptance"), e.Acceptance)
	v.facts(at.with("facts"), e.Facts)
	v.credentials(at.with("credentials"), e.Credentials)
	for i, p := range e.Products {
		v.oneOf(at.with("products", i, "role"), p.Role, roles...)
		v.check(p.Name != "", at.with("products", i), "a product needs a name")
		v.link(at.with("products", i, "link"), p.Link, false)
	}
	v.steps(at.with("steps"), e.Steps)
}

func (s segmentFile) validate(v *validator, at path, name string) {
	v.oneOf(at, name, segments...)
	for i, a := range s.APIs {
		v.oneOf(at.with("apis", i, "product"), a.Product, "ais", "pis")
		v.check(a.Name != "" && a.Version != "", at.with("apis", i), "an API needs a name and a version")
		v.link(at.with("apis", i, "link"), a.Link, false)
	}
	v.oneOf(at.with("tokens", "refresh"), s.Tokens.Refresh, "rotating", "none", Unknown)
	v.check(s.Tokens.AccessMinutes > 0, at.with("tokens", "access_minutes"),
		"tokens need access_minutes, the minutes an access token lives")
	v.source(at.with("tokens"), s.Tokens.Source, s.Tokens.Verified, true)
	v.check(s.Tokens.RefreshDays == 0 || s.Tokens.Refresh == "rotating", at.with("tokens", "refresh_days"),
		"refresh_days is for refresh: rotating")
}

// acceptance checks the values that its facts can have.
func (v *validator) acceptance(at path, a Acceptance) {
	for _, key := range AcceptanceKeys {
		f := a.Fact(key)
		if f == (Fact{}) {
			continue
		}
		v.fact(at.with(key), f)
		v.shown(at.with(key), f.Source, f.Note)
		if err := CheckFact(key, f.Value); err != nil {
			v.wrong(at.with(key, "value"), "%s", err)
		}
	}
}

func (v *validator) facts(at path, facts map[string]Fact) {
	for _, key := range slices.Sorted(maps.Keys(facts)) {
		v.fact(at.with(key), facts[key])
		v.oneOf(at.with(key, "value"), facts[key].Value, "published", "observed", "inferred", Unknown)
	}
}

func (v *validator) fact(at path, f Fact) {
	v.check(f.Value != "", at, "a fact needs a value; %q is one", Unknown)
	v.source(at, f.Source.EN, f.Verified, f.Value != Unknown)
}

func (v *validator) keys(at path, k KeyFact) {
	for i, a := range k.Algorithms {
		v.oneOf(at.with("algorithms", i), a, algorithms...)
	}
	v.source(at, k.Source.EN, k.Verified, len(k.Algorithms) > 0)
	v.shown(at, k.Source, k.Note)
}

// source checks where and when something was read. What is known has a source and a day.
func (v *validator) source(at path, source, verified string, needed bool) {
	if needed {
		v.check(source != "", at.with("source"), "say where it was read (source), or how it was concluded")
		v.check(verified != "", at.with("verified"), "say on which day it was last verified, as in 2026-11-01")
	}
	if verified != "" {
		_, err := time.Parse(time.DateOnly, verified)
		v.check(err == nil, at.with("verified"), "%q is not a day, as in 2026-11-01", verified)
	}
}

// shown checks what people read beside a fact: an address, or words in both languages.
func (v *validator) shown(at path, source, note Annotation) {
	for key, said := range map[string]Annotation{"source": source, "note": note} {
		if said.EN != "" && !strings.HasPrefix(said.EN, "https://") {
			v.both(at.with(key), said.Text, "what is said beside a fact is said")
		}
	}
}

// link accepts https, and mailto where it helps.
func (v *validator) link(at path, link string, needed bool) {
	if link == "" {
		v.check(!needed, at, "the address is missing")
		return
	}
	u, err := url.Parse(link)
	mail := err == nil && u.Scheme == "mailto" && IsEmail(u.Opaque)
	v.check(mail || (err == nil && u.Scheme == "https" && u.Host != ""), at, "%q is not an https address", link)
}

func (v *validator) both(at path, t Text, what string) {
	v.check(t.EN != "" && t.FR != "", at, "%s in English (en) and French (fr)", what)
}

func (v *validator) oneOf(at path, value string, values ...string) {
	v.check(slices.Contains(values, value), at, "%q is none of %s", value, strings.Join(values, ", "))
}

// IsCountry reports whether a code has the form of ISO 3166-1 alpha-2.
func IsCountry(code string) bool {
	return len(code) == 2 && strings.ToUpper(code) == code && strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// IsEmail reports whether text is an e-mail address and nothing else.
func IsEmail(text string) bool {
	parsed, err := mail.ParseAddress(text)
	return err == nil && parsed.Name == "" && parsed.Address == text
}
