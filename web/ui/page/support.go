package page

// Contact is whom people ask who get stuck. What is empty is not shown.
type Contact struct{ Name, Email, Link string }

// Support is the firm's contact, and those of single organizations by agreement number.
type Support struct {
	Contact
	Organizations map[string]Contact
}

// Of is the contact of an organization; "" is nobody's in particular.
func (s Support) Of(number string) Contact {
	if c, ok := s.Organizations[number]; ok {
		return c
	}
	return s.Contact
}
