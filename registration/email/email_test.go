package email_test

import (
	"bytes"
	"mime"
	"net/mail"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/registration/email"
)

var now = time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)

func TestNoValueBeginsALine(t *testing.T) {
	authority, err := qtsp.New(now)
	if err != nil {
		t.Fatal(err)
	}
	qwac := authority.MustIssue(t, qtsp.Request{}).Certificate
	draft, err := email.Compose(email.Content{
		Template: &catalogue.EmailTemplate{
			Subject: catalogue.Text{EN: "{legal_name} at {bank}"},
			Body:    catalogue.Text{EN: "We are {legal_name}.\nUntil {valid_until}."},
		},
		Language: "en",
		To:       "support@bank.example",
		From:     "psd2@exemple.example\r\nBcc: eve@evil.example",
		Blanks:   map[string]string{"legal_name": "Exemple\r\nBcc: eve@evil.example\u2028", "bank": "Banque"},
		QWAC:     qwac,
	})
	if err != nil {
		t.Fatal(err)
	}
	if draft.Subject != "Exemple  Bcc: eve@evil.example at Banque" {
		t.Errorf("subject %q", draft.Subject)
	}
	lines := strings.Split(draft.Body, "\n")
	if len(lines) != 2 || lines[1] != qwac.NotAfter.Format("Until 2006-01-02.") {
		t.Errorf("body %q", lines)
	}
	m, err := mail.ReadMessage(bytes.NewReader(draft.EML(now)))
	if err != nil {
		t.Fatal(err)
	}
	if m.Header.Get("Bcc") != "" || m.Header.Get("To") != "<support@bank.example>" {
		t.Errorf("headers %v", m.Header)
	}
}

// Whatever a subject is made of, no line of the header is too long for a mail server, and it reads as it was.
func TestLongHeadersAreFolded(t *testing.T) {
	for name, subject := range map[string]string{
		"plain":          strings.Repeat("Exemple Paiements agreement ", 40) + "end",
		"without spaces": strings.Repeat("A", 499) + " at " + strings.Repeat("1", 491),
		"not ASCII":      strings.Repeat("Société de paiement ", 50) + "fin",
		"one long word":  strings.Repeat("é", 600),
		"many spaces":    "a" + strings.Repeat(" ", 1200) + "b",
		"short":          "Exemple at Banque",
		"encoded word":   "=?utf-8?q?Exemple?= is ASCII",
	} {
		eml := email.Draft{
			To:       strings.Repeat("t", 64) + "@" + strings.Repeat("t", 180) + ".example",
			From:     "psd2@exemple.example",
			Subject:  subject,
			Language: "en",
		}.EML(now)
		head, _, _ := bytes.Cut(eml, []byte("\r\n\r\n"))
		for line := range strings.SplitSeq(string(head), "\r\n") {
			if len(line) > 78 && strings.Contains(strings.TrimSpace(line), " ") || len(line) > 998 ||
				strings.TrimSpace(line) == "" {
				t.Errorf("%s: a line of %d characters: %.80q", name, len(line), line)
			}
		}
		m, err := mail.ReadMessage(bytes.NewReader(eml))
		if err != nil {
			t.Fatal(err)
		}
		got, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
		if want := strings.Join(strings.Fields(subject), " "); err != nil || got != want {
			t.Errorf("%s: reads as %.80q, %v", name, got, err)
		}
	}
}

// TestAnswerOnADayOfTheBank: at half past ten in the evening in UTC it is tomorrow at the bank.
func TestAnswerOnADayOfTheBank(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 6, 15, 22, 30, 0, 0, time.UTC)
	day := func(n int) time.Time { return time.Date(2026, 6, n, 0, 0, 0, 0, time.UTC) }
	for name, test := range map[string]struct {
		sent, answered time.Time
		want           bool
	}{
		"today at the bank":           {day(15), day(16), true},
		"tomorrow at the bank":        {day(15), day(17), false},
		"sent and answered today":     {now, day(16), true},
		"the day before it was sent":  {now, day(15), false},
		"at once, in one moment":      {now, now, true},
		"the day it was sent, by day": {day(15), day(15), true},
	} {
		t.Run(name, func(t *testing.T) {
			answer := email.Answer{At: test.answered, From: "support", Confirmed: true}
			if err := answer.Check(test.sent, now, paris); (err == nil) != test.want {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestAnswerIsChecked(t *testing.T) {
	sent := now.AddDate(0, 0, -3)
	for name, test := range map[string]struct {
		answer email.Answer
		code   string
	}{
		"confirmed":              {email.Answer{At: now, From: "support", Confirmed: true}, ""},
		"refused with a reason":  {email.Answer{At: now, From: "support", Note: "wrong number"}, ""},
		"on the day it was sent": {email.Answer{At: sent.Add(-10 * time.Hour), From: "support", Confirmed: true}, ""},
		"of nobody":              {email.Answer{At: now, From: " ", Confirmed: true}, "answer_from_missing"},
		"refused without reason": {email.Answer{At: now, From: "support"}, "reason_missing"},
		"tomorrow": {
			email.Answer{At: now.AddDate(0, 0, 1), From: "support", Confirmed: true}, "answer_day",
		},
		"before it was sent": {
			email.Answer{At: sent.AddDate(0, 0, -2), From: "support", Confirmed: true}, "answer_day",
		},
	} {
		t.Run(name, func(t *testing.T) {
			var code string
			if err := test.answer.Check(sent, now, time.UTC); err != nil {
				code = fault.Code(err)
			}
			if code != test.code {
				t.Errorf("got %q, want %q", code, test.code)
			}
		})
	}
}
