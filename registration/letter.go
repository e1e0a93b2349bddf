package registration

import "time"

// Letter is an e-mail to the bank, ready to be sent by a person.
type Letter struct {
	To            string
	From          string
	Subject       string
	Body          string
	Language      string // en or fr
	CertificateID string // of the QWAC attached
	Attachments   []Attachment
	EML           []byte // the whole, as an unsent message (RFC 5322)
}

// Attachment is one file of a letter. None ever holds a private key.
type Attachment struct {
	Name string
	Type string
	Data []byte
}

// Correspondence is one e-mail to the bank and its answer.
type Correspondence struct {
	ID            string
	Subject       string // id of the enrolment or registration
	Step          string
	SentAt        time.Time
	SentBy        string
	CertificateID string // which QWAC the bank was sent
	Note          string
	Answer        Answer
}

// Open reports whether the bank has not answered yet.
func (c Correspondence) Open() bool { return c.Answer.At.IsZero() }

// Answer is what the bank said.
type Answer struct {
	At        time.Time // zero: nothing yet
	From      string    // who at the bank
	Confirmed bool      // else it refused
	Note      string
	By        string // who recorded it
}

// Sent says that a letter went out.
type Sent struct {
	At            time.Time // zero: now
	CertificateID string    // the QWAC it was about
	Note          string
}
