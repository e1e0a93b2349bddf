package app

import (
	"github.com/sealkeeper/sealkeeper/internal/config"
	"github.com/sealkeeper/sealkeeper/web/ui/page"
)

// supportOf is whom the console names to those who get stuck.
func supportOf(c config.Support) page.Support {
	s := page.Support{
		Contact:       page.Contact{Name: c.Name, Email: c.Email, Link: c.Link},
		Organizations: map[string]page.Contact{},
	}
	for number, contact := range c.Organizations {
		s.Organizations[number] = page.Contact(contact)
	}
	return s
}
