package registration

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/registration/email"
)

// Swap is what takes the place of what in a bundle: certificates by their ids, and a client secret by the reference
// under which custody has it. Where the old one is empty, that part of the bundle stays as it is.
type Swap struct {
	OldQWAC, NewQWAC     string
	OldQSealC, NewQSealC string
	OldSecret            string `json:",omitempty"`
	NewSecret            string `json:",omitempty"` // empty beside an old one: not recorded yet
}

// Before reports whether a bundle has what is replaced.
func (w Swap) Before(b Bundle) bool {
	return (w.OldQWAC == "" || b.QWACID == w.OldQWAC) && (w.OldQSealC == "" || b.QSealCID == w.OldQSealC) &&
		(w.OldSecret == "" || b.CredentialsRef == w.OldSecret)
}

// After reports whether a bundle has what takes its place.
func (w Swap) After(b Bundle) bool {
	return (w.OldQWAC == "" || b.QWACID == w.NewQWAC) && (w.OldQSealC == "" || b.QSealCID == w.NewQSealC) &&
		(w.OldSecret == "" || b.CredentialsRef == w.NewSecret)
}

// Half reports whether a bundle has two certificates, and one of them alone is replaced.
func (w Swap) Half(b Bundle) bool {
	return b.QWACID != "" && b.QSealCID != "" && (w.OldQWAC == "") != (w.OldQSealC == "")
}

// back is the way back.
func (w Swap) back() Swap {
	return Swap{
		OldQWAC:   w.NewQWAC,
		NewQWAC:   w.OldQWAC,
		OldQSealC: w.NewQSealC,
		NewQSealC: w.OldQSealC,
		OldSecret: w.NewSecret,
		NewSecret: w.OldSecret,
	}
}

// only reports whether b is a with nothing else swapped.
func (w Swap) only(a, b Bundle) bool {
	return w.Before(a) && w.After(b) &&
		(w.OldQWAC != "" || a.QWACID == b.QWACID) && (w.OldQSealC != "" || a.QSealCID == b.QSealCID) &&
		(w.OldSecret != "" || a.CredentialsRef == b.CredentialsRef) &&
		a.ClientID == b.ClientID && maps.Equal(a.Credentials, b.Credentials) &&
		slices.Equal(a.TrustAnchors, b.TrustAnchors)
}

// Versions returns the versions of a registration's bundle, the newest first.
func (s *Service) Versions(ctx context.Context, caller access.Caller, registrationID string) ([]Bundle, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.RegistrationRead, registrationID); err != nil {
		return nil, err
	}
	return s.versions(ctx, registrationID)
}

// PrepareSwap makes the draft that differs from the version in use by nothing but the certificates, and returns its
// number. One that is there already is left as it is; another draft is somebody's work, and a Conflict. A draft with
// another client secret is made by RecordSecret alone.
func (s *Service) PrepareSwap(
	ctx context.Context, caller access.Caller, registrationID string, w Swap,
) (version int, err error) {
	versions, err := s.versions(ctx, registrationID)
	if err != nil {
		return 0, err
	}
	v := View{Bundles: versions}
	active, draft := v.Active(), v.Draft()
	switch {
	case active == nil || !w.Before(*active):
		return 0, notWhatWasAgreed()
	case draft == nil:
	case w.only(*active, *draft):
		return draft.Version, nil
	default:
		return 0, fault.New(fault.Conflict, "draft_in_the_way",
			"Version %d is a draft that changes something else; activate it or make it like the version in use first.",
			draft.Version)
	}
	if w.OldSecret != "" {
		return 0, fault.New(fault.Conflict, "secret_draft_gone",
			"The draft with the new client secret is no longer there; record the secret again.")
	}
	saved, err := s.SaveBundle(ctx, caller, registrationID, BundleInput{
		QWACID:   w.NewQWAC,
		QSealCID: w.NewQSealC,
		Revision: v.Revision(),
	})
	if err == nil && !w.only(*active, saved) {
		err = notWhatWasAgreed()
	}
	return saved.Version, err
}

func notWhatWasAgreed() error {
	return fault.New(fault.Conflict, "not_what_was_agreed",
		"The version in use, or the one that takes its place, is no longer the one that was agreed to: it needs an "+
			"approval of its own.")
}

// CarryOut takes the draft into use that was agreed to: it differs from the version in use by the certificates alone.
// agreed is the request that two people have decided. Everything that can block an activation blocks it.
func (s *Service) CarryOut(
	ctx context.Context, by access.Caller, registrationID string, w Swap, agreed approval.Request,
) error {
	return s.swap(ctx, by, access.BundleActivate, registrationID, w, agreed)
}

// GoBack takes the former version into use again, from which CarryOut led away.
func (s *Service) GoBack(
	ctx context.Context, by access.Caller, registrationID string, w Swap, agreed approval.Request,
) error {
	return s.swap(ctx, by, access.BundleRollback, registrationID, w.back(), agreed)
}

func (s *Service) swap(
	ctx context.Context, by access.Caller, kind access.Action, registrationID string, w Swap, agreed approval.Request,
) error {
	if err := s.cfg.Audit.Permit(ctx, by, kind, registrationID); err != nil {
		return err
	}
	versions, err := s.versions(ctx, registrationID)
	if err != nil {
		return err
	}
	wanted := map[access.Action]BundleState{access.BundleActivate: Draft, access.BundleRollback: Superseded}[kind]
	active := View{Bundles: versions}.Active()
	i := slices.IndexFunc(versions, func(b Bundle) bool {
		return active != nil && b.State == wanted && w.only(*active, b)
	})
	if i < 0 {
		return notWhatWasAgreed()
	}
	r := agreed
	r.Kind, r.Object = kind, registrationID
	r.Payload = map[string]string{"version": strconv.Itoa(versions[i].Version)}
	c, err := s.versionChange(ctx, r)
	if err != nil {
		return err
	}
	if c.from == nil || !w.only(*c.from, *c.to) { // changed since it was read
		return notWhatWasAgreed()
	}
	r.Fingerprint = c.fingerprint()
	return changeHandler{s}.Apply(ctx, by, r)
}

// PrepareSwapEmail writes the e-mail by which the bank is told of new certificates, in English ("en") or French
// ("fr"). It is not sent: a person does that.
func (s *Service) PrepareSwapEmail(
	ctx context.Context, caller access.Caller, registrationID, language string, w Swap,
) (email.Draft, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.RegistrationRead, registrationID); err != nil {
		return email.Draft{}, err
	}
	if language != "en" && language != "fr" {
		return email.Draft{}, fault.New(fault.Invalid, "language_unknown",
			"The e-mail can be written in English (en) or French (fr).")
	}
	v, err := s.view(ctx, registrationID)
	if err != nil {
		return email.Draft{}, err
	}
	id := cmp.Or(w.NewQWAC, w.NewQSealC)
	leaf, chain, err := s.cfg.Certificates.Certificate(ctx, caller, id)
	if err != nil {
		return email.Draft{}, err
	}
	content := email.Content{
		Template: &swapEmail,
		Language: language,
		To:       v.Institution.Group.SupportEmail,
		From:     v.Organization.ContactEmail,
		Blanks:   v.blanks(),
		QWAC:     leaf,
		Chain:    chain,
	}
	content.Blanks["institution"], content.Blanks["application"] = v.Institution.Name, v.Application.Name
	content.Blanks["kind"] = map[bool]string{true: "QWAC", false: "QSealC"}[w.NewQWAC != ""]
	content.Blanks["new"] = map[string]string{"en": "New ", "fr": "Nouveau "}[language] + content.Blanks["kind"]
	content.Blanks["other"] = "-"
	if w.NewQWAC != "" && w.NewQSealC != "" {
		seal, sealChain, err := s.cfg.Certificates.Certificate(ctx, caller, w.NewQSealC)
		if err != nil {
			return email.Draft{}, err
		}
		content.QSealC, content.QSealCChain = seal, sealChain
		content.Blanks["new"] = map[string]string{
			"en": "New QWAC and QSealC",
			"fr": "Nouveaux QWAC et QSealC",
		}[language]
		content.Blanks["other"] = "QSealC, SHA-256 " + seal.SHA256
	}
	draft, err := email.Compose(content)
	draft.CertificateID = id
	return draft, err
}

// swapEmail is what a bank is written whose catalogue file has no text of its own for it.
var swapEmail = catalogue.EmailTemplate{
	Subject: catalogue.Text{
		EN: "{new} of {legal_name}, {agreement_number}: {institution}",
		FR: "{new} de {legal_name}, {agreement_number} : {institution}",
	},
	Body: catalogue.Text{
		EN: `Dear Sir or Madam,

the certificate with which {legal_name} reaches {institution} is about to be replaced.

Agreement number: {agreement_number}
Application: {application}
New {kind}: attached with its chain (PEM and PKCS#7), valid until {valid_until}
SHA-256 of the new {kind}: {fingerprint}
Also new: {other}

Please tell us from when on you accept it, whether the former certificate is accepted beside it and
for how long, and whether customers' consents stay valid.

Contact: {contact_name} <{contact_email}>
The attachments hold public certificates only.

Kind regards
{legal_name}
`,
		FR: `Madame, Monsieur,

le certificat avec lequel {legal_name} accède à {institution} va être remplacé.

Numéro d'agrément : {agreement_number}
Application : {application}
Nouveau {kind} : en pièce jointe avec sa chaîne (PEM et PKCS#7), valable jusqu'au {valid_until}
SHA-256 du nouveau {kind} : {fingerprint}
Nouveau aussi : {other}

Merci de nous dire à partir de quand vous l'acceptez, si l'ancien certificat reste accepté
à côté de lui et pendant combien de temps, et si les consentements des clients restent valables.

Contact : {contact_name} <{contact_email}>
Les pièces jointes ne contiennent que des certificats publics.

Cordialement
{legal_name}
`,
	},
}
