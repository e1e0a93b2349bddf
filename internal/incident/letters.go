package incident

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/registration/email"
	"github.com/sealkeeper/sealkeeper/vault"
)

// Letter writes what the QTSP is to be told, or the bank of a registration that used the certificate, whose id is the
// recipient; in English ("en") or French ("fr"). It is not sent: a person does that.
func (s *Service) Letter(
	ctx context.Context, caller access.Caller, id, recipient, language string,
) (email.Draft, error) {
	if language != "en" && language != "fr" {
		return email.Draft{}, fault.New(fault.Invalid, "language_unknown",
			"The e-mail can be written in English (en) or French (fr).")
	}
	if err := s.cfg.Audit.Permit(ctx, caller, access.CertRead, id); err != nil {
		return email.Draft{}, err
	}
	i, err := s.cfg.Store.Incident(ctx, id)
	if err != nil {
		return email.Draft{}, err
	}
	if !i.Standing() {
		return email.Draft{}, withdrawn()
	}
	r, err := s.cfg.Certificates.Get(ctx, caller, i.CertificateID)
	if err != nil {
		return email.Draft{}, err
	}
	content := email.Content{
		Template: &toQTSP,
		Language: language,
		Blanks:   i.blanks(r, language),
		QWAC:     r.Leaf,
		Chain:    r.Chain,
	}
	if err := s.address(ctx, caller, i, recipient, r, &content); err != nil {
		return email.Draft{}, err
	}
	draft, err := email.Compose(content)
	draft.CertificateID = r.ID
	return draft, err
}

// address fills in who writes, and to whom.
func (s *Service) address(
	ctx context.Context, caller access.Caller, i Incident, recipient string, r vault.Record, content *email.Content,
) error {
	if recipient == QTSP { // whose address nobody has told us
		if err := s.also(ctx, caller, i, content); err != nil {
			return err
		}
		o, err := s.cfg.Registrations.OrganizationNamed(ctx, caller, r.Leaf.OrganizationIdentifier)
		if errors.Is(err, fault.NotFound) {
			return nil
		}
		content.From, content.Blanks["legal_name"] = o.ContactEmail, o.LegalName
		return err
	}
	used, err := s.cfg.Store.UsedBy(ctx, i.ID, recipient)
	if err != nil {
		return err
	}
	if !used {
		return fault.New(fault.NotFound, "not_found", "There is no such %s.", "registration")
	}
	v, err := s.cfg.Registrations.Registration(ctx, caller, recipient)
	if err != nil {
		return err
	}
	content.Template = &toBank
	content.To, content.From = v.Institution.Group.SupportEmail, v.Organization.ContactEmail
	content.Blanks["legal_name"] = v.Organization.LegalName
	content.Blanks["institution"], content.Blanks["application"] = v.Institution.Name, v.Application.Name
	return nil
}

// also names the other certificates of a compromised key, which are as little worth.
func (s *Service) also(ctx context.Context, caller access.Caller, i Incident, content *email.Content) error {
	content.Blanks["also"] = ""
	key, err := s.cfg.Copies.OfCertificate(ctx, caller, i.CertificateID)
	if err != nil {
		return err
	}
	others, err := s.others(ctx, caller, i, key)
	if err != nil || len(others) == 0 {
		return err
	}
	var text strings.Builder
	text.WriteString(alsoOfKey[content.Language])
	for _, o := range others {
		r, err := s.cfg.Certificates.Get(ctx, caller, o.ID)
		if err != nil {
			return err
		}
		fmt.Fprintf(&text, "- %s, %s, SHA-256 %s\n", r.Leaf.Serial, r.Leaf.Issuer, r.Leaf.SHA256)
	}
	content.Blanks["also"] = text.String()
	return nil
}

var alsoOfKey = map[string]string{
	"en": "\nThe same key is in the following certificates. Please revoke those that you have issued " +
		"(serial number, issuer):\n",
	"fr": "\nLa même clé figure dans les certificats suivants. Merci de révoquer ceux que vous avez émis " +
		"(numéro de série, émetteur) :\n",
}

// means say a reason in words.
var means = map[string]map[string]string{
	"en": {
		KeyCompromise:          "the private key may be in other hands",
		"cACompromise":         "the key of the issuing authority may be in other hands",
		"affiliationChanged":   "the organization or its names have changed",
		"superseded":           "another certificate takes its place",
		"cessationOfOperation": "it is no longer needed",
		"privilegeWithdrawn":   "a right stated in it was withdrawn",
	},
	"fr": {
		KeyCompromise:          "la clé privée peut être en d'autres mains",
		"cACompromise":         "la clé de l'autorité émettrice peut être en d'autres mains",
		"affiliationChanged":   "l'organisation ou ses noms ont changé",
		"superseded":           "un autre certificat le remplace",
		"cessationOfOperation": "il n'est plus nécessaire",
		"privilegeWithdrawn":   "un droit qu'il mentionne a été retiré",
	},
}

func (i Incident) blanks(r vault.Record, language string) map[string]string {
	return map[string]string{
		"kind":        strings.ToUpper(string(r.Leaf.Kind)),
		"serial":      r.Leaf.Serial,
		"issuer":      r.Leaf.Issuer,
		"subject":     r.Leaf.Subject,
		"legal_name":  r.Owner(),
		"reason":      i.Reason,
		"means":       means[language][i.Reason],
		"happened_on": i.HappenedAt.Format(time.DateOnly),
		"declared_at": i.DeclaredAt.UTC().Format("2006-01-02 15:04 UTC"),
	}
}

// toQTSP asks for the revocation (ETSI EN 319 411-1 clause 6.2.4). What has happened stays out of it: it names people.
var toQTSP = catalogue.EmailTemplate{
	Subject: catalogue.Text{
		EN: "URGENT: request to revoke certificate {serial} ({reason})",
		FR: "URGENT : demande de révocation du certificat {serial} ({reason})",
	},
	Body: catalogue.Text{
		EN: `Dear Sir or Madam,

we request that you revoke the following certificate of {legal_name} at once.

Type: {kind}
Subject: {subject}
Issuer: {issuer}
Serial number (hexadecimal): {serial}
SHA-256 fingerprint: {fingerprint}
Reason (RFC 5280, section 5.3.1): {reason}: {means}
Date of the event, or of its discovery: {happened_on}
{also}
The public certificate is attached. Please confirm the revocation and its
time, and tell us what you need to verify this request.

Yours faithfully,
{legal_name}
`,
		FR: `Madame, Monsieur,

nous vous demandons de révoquer immédiatement le certificat suivant de {legal_name}.

Type : {kind}
Sujet : {subject}
Émetteur : {issuer}
Numéro de série (hexadécimal) : {serial}
Empreinte SHA-256 : {fingerprint}
Motif (RFC 5280, section 5.3.1) : {reason} : {means}
Date de l'événement, ou de sa découverte : {happened_on}
{also}
Le certificat public est joint. Merci de confirmer la révocation et son
heure, et de nous indiquer ce qu'il vous faut pour vérifier cette demande.

Veuillez agréer, Madame, Monsieur, nos salutations distinguées.
{legal_name}
`,
	},
}

var toBank = catalogue.EmailTemplate{
	Subject: catalogue.Text{
		EN: "URGENT: compromised certificate of {legal_name}, {application}: {institution}",
		FR: "URGENT : certificat compromis de {legal_name}, {application} : {institution}",
	},
	Body: catalogue.Text{
		EN: `Dear Sir or Madam,

the following certificate, by which you know our application {application} at {institution}, must no longer be
relied on: {means}.

Type: {kind}
Subject: {subject}
Issuer: {issuer}
Serial number (hexadecimal): {serial}
SHA-256 fingerprint: {fingerprint}
Reason (RFC 5280, section 5.3.1): {reason}
Date of the event, or of its discovery: {happened_on}
Declared: {declared_at}

We are asking its issuer to revoke it and will present another certificate.
Please tell us how we can replace it fastest, whether you have seen unusual
requests with the old one since that date, and from when on you no longer
accept it.

Yours faithfully,
{legal_name}
`,
		FR: `Madame, Monsieur,

le certificat suivant, par lequel vous reconnaissez notre application {application} chez {institution}, ne doit plus
être considéré comme fiable : {means}.

Type : {kind}
Sujet : {subject}
Émetteur : {issuer}
Numéro de série (hexadécimal) : {serial}
Empreinte SHA-256 : {fingerprint}
Motif (RFC 5280, section 5.3.1) : {reason}
Date de l'événement, ou de sa découverte : {happened_on}
Déclaré : {declared_at}

Nous demandons sa révocation à son émetteur et présenterons un autre
certificat. Merci de nous indiquer comment le remplacer au plus vite, si
vous avez vu depuis cette date des requêtes inhabituelles avec l'ancien, et
à partir de quand vous ne l'acceptez plus.

Veuillez agréer, Madame, Monsieur, nos salutations distinguées.
{legal_name}
`,
	},
}
