package existing

import (
	"maps"
	"slices"

	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/secret"
)

// judgeCredentialNames refuses what the bank does not give.
func (j *judgement) judgeCredentialNames(l *JudgedLine) {
	e := l.entry
	for _, id := range slices.Sorted(maps.Keys(e.credentials)) {
		_, known := l.in.Credential(id)
		line := e.credentials[id].line
		if !known || id == catalogue.ClientID || id == catalogue.ClientSecret {
			j.say(line, "import_credential_unknown",
				"The institution %s gives nothing of one of these names; its page lists what it gives.", l.in.ID)
		}
	}
}

// judgeCredentials judges what a line says of what the bank gives. What is secret is in the other file, under the name
// that the line gives, which may be a secret that somebody put there: neither is repeated. Without secrets it is not
// asked whether they are all there.
func (j *judgement) judgeCredentials(l *JudgedLine, secrets map[string]string) {
	e := l.entry
	for _, c := range l.in.Credentials {
		given, line := e.textOf(c.ID), e.lineOf(c.ID)
		if c.Secret && given != "" {
			if secrets == nil {
				continue
			}
			if given = secrets[given]; given == "" {
				j.say(line, "import_secret_missing",
					"The file with the secrets has none under the name that this registration gives.")
				continue
			}
		}
		switch {
		case given == "" && (c.Optional || c.ID == catalogue.ClientID || c.ID == catalogue.ClientSecret):
		case given == "":
			j.say(line, "import_credential_missing", "The institution %s gives %q too; add it below credentials.",
				l.in.ID, c.ID)
		case !c.Takes(given):
			j.say(line, "import_credential_form",
				"What is given as %q does not look like what this bank gives; copy it again from the bank's portal.",
				c.ID)
		}
	}
}

// textOf is what a line says of a credential.
func (e registrationEntry) textOf(id string) string {
	switch id {
	case catalogue.ClientID:
		return e.clientID
	case catalogue.ClientSecret:
		return e.secretName
	}
	return e.credentials[id].text
}

// lineOf is where it says so.
func (e registrationEntry) lineOf(id string) int {
	if c, given := e.credentials[id]; given {
		return c.line
	}
	return e.first
}

// credentials are the further ones of a line as a version has them: secrets are empty.
func (l *JudgedLine) credentials() map[string]string {
	all := map[string]string{}
	for _, c := range l.in.Further() {
		text := l.entry.credentials[c.ID].text
		switch {
		case text == "":
		case c.Secret:
			all[c.ID] = ""
		default:
			all[c.ID] = text
		}
	}
	return all
}

// others are the further credentials that a line gives otherwise than a version has them. Secrets are not compared.
func (l *JudgedLine) others(b registration.Bundle) []string {
	all := l.credentials()
	maps.DeleteFunc(all, func(id, shown string) bool { return shown == "" || shown == b.Credentials[id] })
	return slices.Sorted(maps.Keys(all))
}

// hidden are the further secrets of a line.
func (l *JudgedLine) hidden(secrets map[string]string) map[string]secret.Text {
	all := map[string]secret.Text{}
	for id, shown := range l.credentials() {
		if shown == "" {
			all[id] = secret.NewTextString(secrets[l.entry.credentials[id].text])
		}
	}
	return all
}

// shown names the further credentials of a line to whoever agrees to it; secrets by their names alone.
func (l *JudgedLine) shown() string {
	text, all := "", l.credentials()
	for _, id := range slices.Sorted(maps.Keys(all)) {
		text += "\n" + id + " " + all[id]
	}
	return text
}
