package evidence_test

import (
	"testing"

	"github.com/sealkeeper/sealkeeper/registration/evidence"
)

func FuzzSniff(f *testing.F) {
	f.Add([]byte("From: a@b.example\r\nSubject: x\r\n\r\n"))
	f.Add([]byte("%PDF-"))
	f.Fuzz(func(_ *testing.T, content []byte) { _, _ = evidence.Sniff(content) })
}

func TestCleanName(t *testing.T) {
	for given, want := range map[string]string{
		"answer.pdf":             "answer.pdf",
		`C:\mails\answer.eml`:    "answer.eml",
		"../../etc/passwd":       "passwd",
		"folder/":                "evidence",
		"..":                     "evidence",
		"":                       "evidence",
		"gpj.\u202efdp.pdf":      "gpj._fdp.pdf",
		"two\r\nlines.txt":       "two__lines.txt",
		`a"quoted"<name>|.txt`:   "a_quoted__name__.txt",
		"not UTF-8 \xff\xfe.txt": "not UTF-8 .txt",
	} {
		t.Run(given, func(t *testing.T) {
			if got := evidence.CleanName(given); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}
