package wording_test

import (
	"cmp"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/web/ui/i18n"
	"github.com/sealkeeper/sealkeeper/web/ui/wording"
)

func TestNotes(t *testing.T) {
	translators, err := wording.Load(time.Now)
	if err != nil {
		t.Fatal(err)
	}
	english := map[string]string{ // what is not the text of the note
		"a value of a set":              "step application: waiting for the bank",
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
			wording.Sentence{Text: "étape application\u00a0: en attente de la banque"},
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
