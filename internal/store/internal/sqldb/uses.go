package sqldb

import "gorm.io/gorm"

// ActiveUses selects which registrations use certificates, as certificate_id and registration_id. It takes the ids of
// the certificates twice.
const ActiveUses = `SELECT qwac_id AS certificate_id, registration_id FROM bundles
	WHERE state = 'active' AND qwac_id IN ?
	UNION SELECT qsealc_id, registration_id FROM bundles WHERE state = 'active' AND qsealc_id IN ?`

// InstitutionsUsing returns at which institutions certificates are in use, by the ids of these.
func InstitutionsUsing(db *gorm.DB, certificateIDs []string) (map[string][]string, error) {
	var rows []struct{ CertificateID, InstitutionID string }
	err := db.Raw("SELECT DISTINCT u.certificate_id, r.institution_id FROM ("+ActiveUses+`) u
		JOIN registrations r ON r.id = u.registration_id ORDER BY u.certificate_id, r.institution_id`,
		certificateIDs, certificateIDs).Scan(&rows).Error
	uses := map[string][]string{}
	for _, r := range rows {
		uses[r.CertificateID] = append(uses[r.CertificateID], r.InstitutionID)
	}
	return uses, Wrap(err, "bundle")
}
