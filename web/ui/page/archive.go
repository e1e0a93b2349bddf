package page

import (
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
)

// Archive is what a page says of its thing's being archived, and where the form goes that changes it.
type Archive struct {
	URL   string
	Since time.Time // zero: it is not archived
	May   bool
}

// ArchiveOf is the archive of the thing at an address, for the reader of its page.
func ArchiveOf(p Page, at string, since time.Time) Archive {
	return Archive{URL: at + "/archive", Since: since, May: p.May(access.RegistrationWrite)}
}

// Archived reports whether the thing is archived; nothing else about it can be changed then.
func (a Archive) Archived() bool { return !a.Since.IsZero() }

// ArchiveNotice is the key of what was just done.
func ArchiveNotice(archived bool) string {
	if archived {
		return "notice.archived"
	}
	return "notice.unarchived"
}
