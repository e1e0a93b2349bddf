package catalogue

import (
	"cmp"
	"regexp"
	"slices"
)

// The credentials that every bank has a name for.
const (
	ClientID     = "client_id"
	ClientSecret = "client_secret"
)

// Credential is something that the bank gives for an application.
type Credential struct {
	ID       string `yaml:"id" json:"id"`
	Label    Text   `yaml:"label" json:"label"`   // as the bank's portal calls it
	Secret   bool   `yaml:"secret" json:"secret"` // custody keeps it, and nobody is shown it again
	Optional bool   `yaml:"optional" json:"optional"`
	Pattern  string `yaml:"pattern" json:"pattern"` // RE2 of the whole value; empty: any line
	Where    Text   `yaml:"where" json:"where"`     // where people find it
}

// standard are the credentials of a bank whose file lists none.
var standard = []Credential{{ID: ClientID}, {ID: ClientSecret, Secret: true}}

// maxCredentials is how many a bank gives, maxCredential how long the value of one is, and maxPattern a pattern.
const (
	maxCredentials = 10
	maxCredential  = 4096
	maxPattern     = 200
)

// Credential finds one of those that the bank gives; false: it gives none of that id.
func (in Institution) Credential(id string) (Credential, bool) {
	i := slices.IndexFunc(in.Credentials, func(c Credential) bool { return c.ID == id })
	if i < 0 {
		return Credential{}, false
	}
	return in.Credentials[i], true
}

// GivesSecret reports whether the bank gives a client secret.
func (in Institution) GivesSecret() bool {
	_, gives := in.Credential(ClientSecret)
	return gives
}

// Further are the credentials besides client id and client secret.
func (in Institution) Further() []Credential {
	return slices.DeleteFunc(slices.Clone(in.Credentials), func(c Credential) bool {
		return c.ID == ClientID || c.ID == ClientSecret
	})
}

// Takes reports whether a value can be one of this credential.
func (c Credential) Takes(value string) bool {
	if len(value) > maxCredential || control.MatchString(value) {
		return false
	}
	form, err := c.form()
	return err == nil && form.MatchString(value)
}

var control = regexp.MustCompile(`[\x00-\x1f\x7f]`)

func (c Credential) form() (*regexp.Regexp, error) {
	return regexp.Compile(`^(?:` + cmp.Or(c.Pattern, `.+`) + `)$`)
}

// credentials checks what a bank gives, and that its profile sends nothing else.
func (v *validator) credentials(at path, all []Credential) {
	v.check(len(all) <= maxCredentials, at, "a bank gives at most %d credentials", maxCredentials)
	seen := map[string]bool{}
	for i, c := range all {
		at := at.with(i)
		known := c.ID == ClientID || c.ID == ClientSecret
		v.check(idForm.MatchString(c.ID) && !seen[c.ID], at.with("id"),
			"a credential needs an id of its own, of small letters, digits and hyphens, not %q", c.ID)
		seen[c.ID] = true
		if !known || c.Label != (Text{}) {
			v.both(at.with("label"), c.Label, "a credential is called something")
		}
		if c.Where != (Text{}) {
			v.both(at.with("where"), c.Where, "where a credential is found is said")
		}
		v.check(c.ID != ClientID || !c.Secret, at.with("secret"), "a client id is no secret")
		v.check(c.ID != ClientSecret || c.Secret, at.with("secret"), "a client secret is a secret: true")
		v.check(!known || !c.Optional, at.with("optional"),
			"leave out %s if the bank gives none; it is not optional", c.ID)
		_, err := c.form()
		v.check(err == nil && len(c.Pattern) <= maxPattern, at.with("pattern"),
			"%q is no regular expression (RE2) of at most %d characters", c.Pattern, maxPattern)
	}
	v.check(len(all) == 0 || seen[ClientID], at, "a bank's credentials have a client_id among them")
}

var placeholder = regexp.MustCompile(`\{([^{}]*)\}`)

// sent checks that the headers of a profile name credentials that the bank gives.
func (v *validator) sent(at path, profile map[string]any, given []Credential) {
	headers, _ := profile["extra_headers"].(map[string]any)
	for name, value := range headers {
		text, _ := value.(string)
		for _, found := range placeholder.FindAllStringSubmatch(text, -1) {
			known := slices.ContainsFunc(given, func(c Credential) bool { return c.ID == found[1] })
			v.check(known && found[1] != ClientSecret, at.with("extra_headers", name),
				"{%s} is no credential that this bank gives", found[1])
		}
	}
}

// tokenAuth checks that an institution authenticates at the token endpoint with what its bank gives. Without a client
// secret, the default, which is basic, does not do.
func (v *validator) tokenAuth(at path, profile map[string]any, given []Credential) {
	oauth, _ := profile["oauth"].(map[string]any)
	way, said := oauth["token_auth"].(string)
	secret := slices.ContainsFunc(given, func(c Credential) bool { return c.ID == ClientSecret })
	v.check(secret || said && way != "basic", at,
		"a bank without a client_secret needs oauth: {token_auth: body} in its profile: basic sends a client secret")
}
