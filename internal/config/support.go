package config

import (
	"net/mail"
	"net/url"

	"github.com/sealkeeper/sealkeeper/internal/loopback"
)

// Support is whom people ask who get stuck: shown at sign-in, at refusals, in checklists and in the footer.
type Support struct {
	// The name of a person or a team, an e-mail address and a page; each may be empty.
	Name  string `yaml:"name" env:"SEALKEEPER_SUPPORT_NAME"`
	Email string `yaml:"email" env:"SEALKEEPER_SUPPORT_EMAIL"`
	Link  string `yaml:"link" env:"SEALKEEPER_SUPPORT_LINK"`
	// Others for some organizations, by agreement number (PSDFR-ACPR-12345).
	Organizations map[string]Contact `yaml:"organizations"`
}

// Contact is somebody to ask.
type Contact struct {
	Name  string `yaml:"name"`
	Email string `yaml:"email"`
	Link  string `yaml:"link"`
}

// maxContact bounds a name, an address or a link.
const maxContact = 200

func (s Support) check() error {
	if err := (Contact{s.Name, s.Email, s.Link}).check("support"); err != nil {
		return err
	}
	for number, c := range s.Organizations {
		if err := c.check("support.organizations." + number); err != nil {
			return err
		}
	}
	return nil
}

func (c Contact) check(where string) error {
	if max(len(c.Name), len(c.Email), len(c.Link)) > maxContact {
		return contradiction(where + " has a name, an email or a link that is longer than 200 characters")
	}
	if parsed, err := mail.ParseAddress(c.Email); c.Email != "" && (err != nil || parsed.Address != c.Email) {
		return contradiction(where + ".email is an address such as certificates@firm.example")
	}
	if c.Link == "" {
		return nil
	}
	u, err := url.Parse(c.Link)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" &&
		(u.Scheme != "http" || !loopback.Host(u.Hostname())) {
		return contradiction(where + ".link is an https:// address")
	}
	return nil
}
