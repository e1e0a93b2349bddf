package access

import "slices"

// Reach is what a caller may read of a list: everything, or what belongs to some organizations or lies at some
// institutions. Whatever lists things that are divided takes one. The zero Reach is nothing.
type Reach struct {
	whole         bool
	Organizations []string // ids
	Institutions  []string // ids
	Banks         []string // bank groups in an environment, "group.environment": where enrolments lie
}

// Whole is the reach of the program itself, and of those whose role holds everywhere.
func Whole() Reach { return Reach{whole: true} }

// IsWhole reports whether nothing lies outside of it.
func (r Reach) IsWhole() bool { return r.whole }

// Has reports whether what belongs to the organization or lies at the institution is in the reach. What is empty is
// nowhere.
func (r Reach) Has(organizationID, institutionID string) bool {
	return r.whole || organizationID != "" && slices.Contains(r.Organizations, organizationID) ||
		institutionID != "" && slices.Contains(r.Institutions, institutionID)
}
