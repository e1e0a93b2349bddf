package alerts

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"time"

	mail "github.com/wneessen/go-mail"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/secret"
)

// Server is the mail server that messages are handed to. TLS is demanded: implicit where Implicit is set, else by
// STARTTLS.
type Server struct {
	Host     string
	Port     int
	Implicit bool
	User     string                      // empty: it asks for none
	Password func() (secret.Text, error) // read for each message
	TLS      *tls.Config                 // nil: the system's roots
	From     string
	Domain   string        // of message ids
	Timeout  time.Duration // for one command; 0: 20 seconds
}

// Emails returns what sends to some addresses.
func (s Server) Emails(to []string) Sender { return emails{s, to} }

type emails struct {
	server Server
	to     []string
}

// mailTimeout is how long the server may take for one command.
const mailTimeout = 20 * time.Second

// Send implements Sender.
func (e emails) Send(ctx context.Context, m Message) error {
	letter, err := e.letter(m)
	if err != nil {
		return err
	}
	client, err := e.client()
	if err != nil {
		return err
	}
	if err := client.DialAndSendWithContext(ctx, letter); err != nil {
		if refusal, ok := errors.AsType[*mail.SendError](err); ok && !refusal.IsTemp() {
			return fault.Wrap(err, fault.Unavailable, "mail_refused",
				"The mail server does not take the message; see whether it knows sender and recipients.")
		}
		return fault.Wrap(err, fault.Unavailable, "mail_failed",
			"The mail server could not be reached over TLS, or does not take our login.")
	}
	return nil
}

func (e emails) letter(m Message) (*mail.Msg, error) {
	letter := mail.NewMsg()
	if err := letter.From(e.server.From); err != nil {
		return nil, fault.Wrap(err, fault.Conflict, "mail_address", "The sender's address is not right.")
	}
	if err := letter.To(e.to...); err != nil {
		return nil, fault.Wrap(err, fault.Conflict, "mail_address", "A recipient's address is not right.")
	}
	letter.Subject(m.subject())
	letter.SetMessageIDWithValue(m.ID + "@" + e.server.Domain)
	letter.SetDateWithValue(m.At)
	// RFC 3834: no answer of a machine comes back. RFC 2919: by which filters know the messages.
	letter.SetGenHeader("Auto-Submitted", "auto-generated")
	letter.SetGenHeader("List-Id", "<alerts."+e.server.Domain+">")
	if len(m.Items) == 1 { // what is about one case is one conversation
		thread := "<case-" + m.Items[0].Case.ID + "@" + e.server.Domain + ">"
		letter.SetGenHeader("In-Reply-To", thread)
		letter.SetGenHeader("References", thread)
	}
	letter.SetBodyString(mail.TypeTextPlain, m.text())
	return letter, nil
}

func (e emails) client() (*mail.Client, error) {
	s := e.server
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if s.TLS != nil {
		config = s.TLS.Clone()
	}
	config.ServerName = s.Host
	options := []mail.Option{
		mail.WithPort(s.Port), mail.WithTimeout(cmp.Or(s.Timeout, mailTimeout)), mail.WithTLSConfig(config),
	}
	if s.Implicit {
		options = append(options, mail.WithSSL())
	} else {
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if s.User != "" {
		password, err := s.Password()
		if err != nil {
			return nil, err
		}
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(s.User),
			mail.WithPassword(password.Reveal()))
	}
	client, err := mail.NewClient(s.Host, options...)
	if err != nil {
		return nil, fault.Wrap(err, fault.Conflict, "mail_settings", "The settings of the mail server are not right.")
	}
	return client, nil
}
