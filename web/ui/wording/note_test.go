package wording_test

import (
	"cmp"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/web/ui/i18n"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

func TestNotes(t *testing.T) {
	translators, err := wording.Load(time.Now)
	if err != nil {
		t.Fatal(err)
	}
	english := map[string]string{ // what is not the text of the note
		"a step of a bank of one's own": "step “first call”",
		"rights by groups": "rights on parts by groups were: none; are: Engineer, Environment Sandbox " +
			"(group psd2)",
		"how long a terminal may act":        "the terminal ada may act for 7 days",
		"another policy":                     "before: two people; since then: one person is enough; two people",
		"the policy without a second person": "before: 3 days; since then: 1 day; without a second person: x",
		"the policy of the first start": "Changes of what is in use in the sandbox: one person is enough; Correction " +
			"of the catalogue for sg-live; When a certificate in use on live is revoked: its use stops by itself",
		"a configuration that differs": "in force, where the configuration differs: Changes of what is in use on " +
			"live: two people (one person is enough)",
		"what a bank said":              "Is told by: the bank's portal, said Zoé",
		"what was read of the log":      "act: Store a certificate, outcome: denied, from 1 December 2026",
		"a value of a set":              "step “Create the application”: waiting for the bank",
		"the first of two values":       "Activate a bundle: requested",
		"the first and the third value": "Roll back to an earlier version: found after a crash, Expired",
		"several values":                "QWAC of A, SHA-256 ab, version 2 of line c",
		"a part by its name":            "role Engineer granted until 1 December 2026, 00:00 UTC, Organization Exemple",
		"everywhere":                    "role Engineer revoked, Everywhere",
		"a code among the values": "not permitted: 3 more from 1 December 2026, 00:00 UTC to 1 December " +
			"2026, 00:01 UTC",
	}
	for name, test := range map[string]struct {
		note note.Note
		want wording.Sentence
	}{
		"no value": {note.New("draft_saved", "draft saved"), wording.Sentence{Text: "brouillon enregistré"}},
		"a value of a set": {
			note.New("step_state", "step %s: %s", "application", "waiting"),
			wording.Sentence{Text: "étape «\u00a0Créer l'application\u00a0»\u00a0: en attente de la banque"},
		},
		"the first of two values": {
			note.New("request_opened", "%s of %s: requested", "bundle.activate", "0199-1"),
			wording.Sentence{Text: "Activer un dossier d'accès\u00a0: demandé"},
		},
		"the first and the third value": {
			note.New("request_found", "%s of %s: found %s after a crash", "bundle.rollback", "0199-1", "expired"),
			wording.Sentence{
				Text: "Revenir à une version antérieure\u00a0: trouvé après une panne, Expirée",
			},
		},
		"several values": {
			note.New("imported_successor", "%s of %s, SHA-256 %s, version %d of line %s", "qwac", "A", "ab", 2, "c"),
			wording.Sentence{Text: "QWAC de A, SHA-256 ab, version 2 de la lignée c"},
		},
		"a failure with an alert": {
			note.Of(fault.New(fault.Conflict, "tls_refused", "The bank refused the TLS connection (%s): %s.",
				"unknown_ca", "x")),
			wording.Sentence{Text: "La banque a refusé la connexion TLS (unknown_ca)\u00a0: la banque ne connaît " +
				"pas l'émetteur du certificat client\u00a0; vérifiez que le QWAC vient " +
				"d'un émetteur qualifié, et complétez sa chaîne."},
		},
		"what took two people": {
			note.New("version", "version %s", "3").Agreed(note.TwoPeople),
			wording.Sentence{Text: "version 3\u00a0; deux personnes"},
		},
		"a part by its name": {
			note.New("role_granted", "role %[1]s granted, %[2]s %[3]s, until %[4]s", "engineer", "organization",
				"Exemple", "2026-12-01T00:00:00Z", "0199-1"),
			wording.Sentence{Text: "rôle Ingénieur accordé jusqu'au 1er décembre 2026 à 00:00 UTC, Organisation " +
				"Exemple"},
		},
		"everywhere": {
			note.New("grant_revoked", "role %[1]s revoked, %[2]s %[3]s", "engineer", "everywhere", "", ""),
			wording.Sentence{Text: "rôle Ingénieur retiré, Partout"},
		},
		"a code among the values": {
			note.New("repeated", "%s: %d more from %s to %s", "not_permitted", 3, "2026-12-01T00:00:00Z",
				"2026-12-01T00:01:00Z"),
			wording.Sentence{Text: "Votre rôle ne le permet pas\u00a0; adressez-vous à un administrateur\u00a0: " +
				"encore 3 fois, du 1er décembre 2026 à 00:00 UTC au 1er décembre 2026 à 00:01 UTC"},
		},
		"a step of a bank of one's own": {
			note.New("step", "step %s", "first_call"),
			wording.Sentence{Text: "étape «\u00a0first call\u00a0»"},
		},
		"rights by groups": {
			note.New("group_grants_changed", "%[1]s; %[2]s", "-", "-", "[]",
				`[{"role":"engineer","scope":"environment","on":"sandbox","group":"psd2"}]`),
			wording.Sentence{Text: "les droits sur des parties venant des groupes étaient\u00a0: aucun\u00a0; ils " +
				"sont\u00a0: Ingénieur, Environnement Bac à sable (groupe psd2)"},
		},
		"how long a terminal may act": {
			note.New("terminal_allowed", "the terminal %[1]s may act for %[3]s", "ada", 168*time.Hour, "7 days"),
			wording.Sentence{Text: "le terminal ada peut agir pendant 7 jours"},
		},
		"another policy": {
			note.New("policy_changed", "%[3]s: %[1]s to %[2]s", "true", "false", "four_eyes.live").
				Agreed(note.TwoPeople),
			wording.Sentence{Text: "avant\u00a0: deux personnes\u00a0; depuis\u00a0: une personne suffit\u00a0; deux " +
				"personnes"},
		},
		"the policy without a second person": {
			note.New("policy_broken", "%[4]s: %[1]s to %[2]s; %[3]s", "72h0m0s", "24h0m0s", "x",
				"four_eyes.expires_after"),
			wording.Sentence{Text: "avant\u00a0: 3 jours\u00a0; depuis\u00a0: 1 jour\u00a0; sans les " +
				"deux personnes\u00a0: x"},
		},
		"the policy of the first start": {
			note.New("policy_began", "%s", "four_eyes.sandbox false, institutions.sg-live, stop_revoked.live true"),
			wording.Sentence{Text: "Changements de ce qui sert en sandbox\u00a0: une personne suffit\u00a0; " +
				"Correction du catalogue pour sg-live\u00a0; Quand un certificat utilisé en production est " +
				"révoqué\u00a0: son utilisation cesse d'elle-même"},
		},
		"a configuration that differs": {
			note.New("configuration_differs", "in force, where the configuration differs: %s",
				"four_eyes.live true (false)"),
			wording.Sentence{Text: "en vigueur, là où la configuration diffère\u00a0: Changements de ce qui sert " +
				"en production\u00a0: deux personnes (une personne suffit)"},
		},
		"what a bank said": {
			note.New("bank_said", "%s is %s, said %s", "channel", "portal", "Zoé"),
			wording.Sentence{Text: "Est prévenue par\u00a0: le portail de la banque, dit par Zoé"},
		},
		"what was read of the log": {
			note.New("log_read_part", "%s", "action=cert.import outcome=denied from=2026-12-01"),
			wording.Sentence{Text: "acte\u00a0: Enregistrer un certificat, issue\u00a0: refusé, du 1er décembre " +
				"2026"},
		},
		"a failure without its values": {
			note.OfCode(fault.New(fault.Invalid, "expired_unconfirmed",
				"The certificate of %s ended on %s: confirm that it is stored all the same.", "x", "y")),
			wording.Sentence{Text: "Un certificat a expiré : confirmez qu'il doit tout de même être enregistré."},
		},
		"a person's words":          {note.Words(" draft saved "), wording.Sentence{Text: "draft saved"}},
		"a code that nothing knows": {note.New("x", "so so"), wording.Sentence{Text: "so so", Lang: i18n.English}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := gocmp.Diff(test.want, translators[i18n.French].Note(test.note)); diff != "" {
				t.Error(diff)
			}
			said := cmp.Or(english[name], test.note.Text)
			if got := translators[i18n.English].Note(test.note); got.Text != said || got.Lang != "" {
				t.Errorf("in English: %+v, want %q", got, said)
			}
		})
	}
}

// Every step of the catalogue that ships with the program has a name that records say.
func TestStepsHaveNames(t *testing.T) {
	translators, err := wording.Load(time.Now)
	if err != nil {
		t.Fatal(err)
	}
	banks, err := catalogue.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range banks.All() {
		for _, step := range in.Steps {
			for lang, tr := range translators {
				if !tr.Has("step_name." + step.ID) {
					t.Errorf("%s: nothing says step_name.%s", lang, step.ID)
				}
			}
		}
	}
}

// Why a bank could not be reached is told apart.
func TestUnreachableIsToldApart(t *testing.T) {
	translators, err := wording.Load(time.Now)
	if err != nil {
		t.Fatal(err)
	}
	for reason, says := range map[string]string{
		"":            "réessayez plus tard",
		"dns":         "le nom de son serveur ne mène nulle part",
		"unreachable": "personne ne répond à son adresse",
	} {
		n := note.Note{Code: "bank_unreachable", Text: "x"}
		if reason != "" {
			n.Args = []string{reason}
		}
		if said := translators[i18n.French].Note(n); !strings.Contains(said.Text, says) {
			t.Errorf("%q is said as %q", reason, said.Text)
		}
	}
}
