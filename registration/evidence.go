package registration

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/mail"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
)

// MaxEvidence bounds an evidence file, in bytes.
const MaxEvidence = 5 << 20

// maxEvidenceFiles bounds how many files one step may have.
const maxEvidenceFiles = 50

// Evidence is a file that shows how a step was done: the bank's e-mail, a
// picture of its portal. Its content is kept encrypted.
type Evidence struct {
	ID      string
	Subject string // id of the enrolment or registration
	Step    string
	Name    string // of the file, for people
	Type    string // what the content is: application/pdf, image/png, image/jpeg, message/rfc822, text/plain
	Size    int
	SHA256  string // of the content, hex
	AddedBy string
	AddedAt time.Time
}

// Sealer encrypts with a key that custody keeps. about binds the result to what it
// belongs to: it opens with the same text only. HoldsKey says of a file whether a private key can be read in it,
// a few files at a time and within bounds.
type Sealer interface {
	HoldsKey(ctx context.Context, content []byte) (bool, error)
	SealFile(ctx context.Context, caller access.Caller, id, about string, plain []byte) ([]byte, error)
	OpenFile(ctx context.Context, caller access.Caller, id, about string, sealed []byte) ([]byte, error)
}

// about is what the encryption of the file is bound to: a row whose facts were
// altered, or whose content was exchanged for another's, does not open.
func (e Evidence) about() string {
	return strings.Join([]string{"evidence", e.ID, e.Subject, e.Step, e.Type, e.SHA256}, "\n")
}

// AddEvidence keeps a file with a step.
func (s *Service) AddEvidence(
	ctx context.Context, caller access.Caller, subject, stepID, name string, content []byte,
) (Evidence, error) {
	e := Evidence{Step: stepID, Name: fileName(name), Size: len(content), AddedBy: caller.ID}
	e.ID, e.AddedAt = s.stamp()
	sum := sha256.Sum256(content)
	e.SHA256 = hex.EncodeToString(sum[:])
	err := s.write(ctx, caller, subject, "evidence "+e.SHA256+" for step "+stepID, func() error {
		_, v, err := s.stepOf(ctx, subject, stepID)
		if err != nil {
			return err
		}
		e.Subject = v.Subject
		if e.Type, err = sniff(content); err != nil {
			return err
		}
		held, err := s.cfg.Sealer.HoldsKey(ctx, content)
		if err != nil {
			return err
		}
		if held {
			return fault.New(fault.Invalid, "evidence_holds_key",
				"The file holds a private key; keys belong into custody and nowhere else.")
		}
		if len(v.Evidence) >= maxEvidenceFiles {
			return fault.New(fault.Conflict, "evidence_too_many",
				"The step has %d files already; that is all it can have.", maxEvidenceFiles)
		}
		sealed, err := s.cfg.Sealer.SealFile(ctx, caller, e.ID, e.about(), content)
		if err != nil {
			return err
		}
		return s.cfg.Evidence.AddEvidence(ctx, e, sealed,
			s.entry(caller, v.Subject, stepID, "evidence", "", e.Name, e.SHA256))
	})
	return e, err
}

// OpenEvidence returns a file's content, as it was given. Every reading is
// authorised and audited where the key is.
func (s *Service) OpenEvidence(ctx context.Context, caller access.Caller, id string) (Evidence, []byte, error) {
	if err := s.cfg.Audit.Permit(ctx, caller, access.EvidenceRead, id); err != nil {
		return Evidence{}, nil, err
	}
	e, sealed, err := s.cfg.Evidence.EvidenceFile(ctx, id)
	if err != nil {
		return Evidence{}, nil, err
	}
	content, err := s.cfg.Sealer.OpenFile(ctx, caller, e.ID, e.about(), sealed)
	if err != nil {
		return e, nil, err
	}
	if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != e.SHA256 {
		return e, nil, fault.New(fault.Internal, "evidence_damaged",
			"The file %s is not what was uploaded; restore the database from a backup.", e.Name)
	}
	return e, content, nil
}

// sniff says what a file is by its content; its name and what the browser says prove nothing.
func sniff(content []byte) (string, error) {
	switch {
	case len(content) == 0:
		return "", fault.New(fault.Invalid, "evidence_empty", "The file is empty.")
	case len(content) > MaxEvidence:
		return "", fault.New(fault.TooLarge, "evidence_too_large", "The file is larger than %d MB.", MaxEvidence>>20)
	case bytes.HasPrefix(content, []byte("%PDF-")):
		return "application/pdf", nil
	case bytes.HasPrefix(content, []byte("\x89PNG\r\n\x1a\n")):
		return "image/png", nil
	case bytes.HasPrefix(content, []byte("\xff\xd8\xff")):
		return "image/jpeg", nil
	case isMail(content):
		return "message/rfc822", nil
	case isText(content):
		return "text/plain", nil
	}
	return "", fault.New(fault.Invalid, "evidence_type",
		"Only PDF, PNG, JPEG, e-mail (.eml) and plain text can be kept as evidence.")
}

func isText(content []byte) bool {
	return utf8.Valid(content) && !bytes.ContainsFunc(content, func(r rune) bool {
		return unicode.IsControl(r) && !strings.ContainsRune("\r\n\t\f", r)
	})
}

func isMail(content []byte) bool {
	m, err := mail.ReadMessage(bytes.NewReader(content))
	return err == nil && m.Header.Get("From") != "" && (m.Header.Get("Subject") != "" ||
		m.Header.Get("Received") != "" || m.Header.Get("Date") != "") &&
		!bytes.ContainsRune(content, 0)
}

func baseName(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }

// fileName is the last part of what was given, without what could lead a reader astray.
func fileName(name string) string {
	name = baseName(strings.ReplaceAll(strings.ToValidUTF8(name, ""), `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune(`/\:"<>|?*`, r) {
			return '_'
		}
		return r
	}, name)
	if runes := []rune(name); len(runes) > 100 {
		name = string(runes[:100])
	}
	if name == "" || name == "." || name == ".." {
		return "evidence"
	}
	return name
}

// Disposition is the Content-Disposition header for a download: never shown inline.
func (e Evidence) Disposition() string {
	ascii := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '"' || r == '\\' || r == '%' {
			return '_'
		}
		return r
	}, e.Name)
	return fmt.Sprintf(`attachment; filename="%s"`, ascii)
}
