package wording_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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
			note.New("version", "version %s", "3").Agreed(true),
			wording.Sentence{Text: "version 3\u00a0; deux personnes"},
		},
		"a person's words":          {note.Words(" draft saved "), wording.Sentence{Text: "draft saved"}},
		"a code that nothing knows": {note.New("x", "so so"), wording.Sentence{Text: "so so", Lang: i18n.English}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, translators[i18n.French].Note(test.note)); diff != "" {
				t.Error(diff)
			}
			if got := translators[i18n.English].Note(test.note); got.Text != test.note.Text || got.Lang != "" {
				t.Errorf("in English: %+v", got)
			}
		})
	}
}
