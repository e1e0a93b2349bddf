package registrations

import (
	"context"
	"database/sql"

	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
	"github.com/sealkeeper/sealkeeper/registration"
)

// belonging finds a thing by its id among all that belong somewhere, or a certificate by its fingerprint. Ids are
// random, so there is one at most. A certificate is the organization's whose identifier it has.
const belonging = `
SELECT a.organization_id AS organization, r.institution_id AS institution, '' AS "of"
	FROM registrations r JOIN applications a ON a.id = r.application_id WHERE r.id = @id
UNION ALL SELECT organization_id, '', '' FROM applications WHERE id = @id
UNION ALL SELECT o.id, '', ''
	FROM certificates c JOIN organizations o ON o.organization_identifier = c.organization_identifier WHERE c.id = @id
UNION ALL SELECT o.id, '', ''
	FROM certificates c JOIN organizations o ON o.organization_identifier = c.organization_identifier
	WHERE c.sha256 = @id
UNION ALL SELECT id, '', '' FROM organizations WHERE organization_identifier = @id
UNION ALL SELECT id, '', '' FROM organizations WHERE id = @id
UNION ALL SELECT '', '', registration_id FROM consents WHERE id = @id
UNION ALL SELECT '', '', registration_id FROM payments WHERE id = @id
UNION ALL SELECT '', '', subject FROM evidence WHERE id = @id
UNION ALL SELECT '', '', subject FROM bank_emails WHERE id = @id
UNION ALL SELECT '', '', object FROM approvals WHERE id = @id
UNION ALL SELECT '', '', subject FROM cases WHERE id = @id
UNION ALL SELECT '', '', certificate_id FROM incidents WHERE id = @id`

// Belonging implements registration.Belongings.
func (s *Store) Belonging(ctx context.Context, id string) (found registration.Belonging, err error) {
	err = s.db.WithContext(ctx).Raw(belonging+" LIMIT 1", sql.Named("id", id)).Scan(&found).Error
	return found, sqldb.Wrap(err, "place")
}
