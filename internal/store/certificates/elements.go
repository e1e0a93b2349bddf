package certificates

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/revocation"
	"github.com/sealkeeper/sealkeeper/vault"
)

// elementRow is a certificate on which a stored one depends: itself, or one of its chain.
type elementRow struct {
	CertificateID string
	Position      int
	SHA256        string `gorm:"column:sha256"`
}

func (elementRow) TableName() string { return "chain_elements" }

// forget has a certificate depend on nothing: whether it was revoked is not asked any more.
func forget(tx *gorm.DB, id string) error {
	return tx.Where("certificate_id = ?", id).Delete(&elementRow{}).Error
}

// setElements notes what a certificate depends on, and that it is due to be asked whether that was revoked. It belongs
// in the transaction that writes the certificate or its chain. A root is never revoked: it is taken out of stores.
func setElements(tx *gorm.DB, r vault.Record, now time.Time) error {
	if err := forget(tx, r.ID); err != nil || r.State != vault.Pending && r.State != vault.Stored {
		return err
	}
	for i, c := range elementsOf(r) {
		element := elementRow{CertificateID: r.ID, Position: i, SHA256: c.SHA256}
		if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&element).Error; err != nil {
			return err
		}
		if err := addCheck(tx, revocation.NewCheck(c, issuerOf(c, r.Chain), now)); err != nil {
			return err
		}
	}
	return nil
}

func elementsOf(r vault.Record) []*certs.Certificate {
	all := append([]*certs.Certificate{r.Leaf}, r.Chain...)
	return slices.DeleteFunc(all, func(c *certs.Certificate) bool { return c != r.Leaf && c.SelfIssued() })
}

func issuerOf(c *certs.Certificate, chain []*certs.Certificate) *certs.Certificate {
	if found := certs.ChainOf(c, chain); len(found) > 0 {
		return found[0]
	}
	return nil
}

// addCheck adds a check. To one that is there it adds its issuer, and has it asked again if it was not any more.
func addCheck(tx *gorm.DB, c revocation.Check) error {
	answer, _ := json.Marshal(c.Answer) // texts and times
	attempt, _ := json.Marshal(c.Attempt)
	issuer, due := append([]byte{}, c.Issuer...), c.AskAt.UnixMicro()
	added := tx.Table(checks).Clauses(clause.OnConflict{DoNothing: true}).Create(map[string]any{
		"sha256":      c.SHA256,
		"certificate": c.Certificate,
		"issuer":      issuer,
		"lists":       strings.Join(c.Lists, "\n"),
		"ask_at":      due,
		"status":      string(c.Answer.Status),
		"answer":      string(answer),
		"attempt":     string(attempt),
		"failures":    0,
		"revision":    0,
	})
	if added.Error != nil || added.RowsAffected > 0 || c.AskAt.Equal(revocation.Never) {
		return added.Error
	}
	again := map[string]any{"ask_at": due, "revision": gorm.Expr("revision + 1")}
	there := tx.Table(checks).Where("sha256 = ?", c.SHA256)
	if len(issuer) == 0 {
		return there.Where("ask_at = ?", revocation.Never.UnixMicro()).Updates(again).Error
	}
	again["issuer"] = issuer
	return there.Where("ask_at = ? OR length(issuer) = 0", revocation.Never.UnixMicro()).Updates(again).Error
}

const checks = "revocation_checks"

// withoutElements are those of the judged records of which it was not noted yet what they depend on: records from
// before it was.
func withoutElements(tx *gorm.DB, judged []vault.Judged) (map[string]bool, error) {
	missing := make(map[string]bool, len(judged))
	ids := make([]string, len(judged))
	for i, one := range judged {
		missing[one.ID], ids[i] = true, one.ID
	}
	for part := range slices.Chunk(ids, namedAtOnce) {
		var there []string
		err := tx.Model(&elementRow{}).Where("certificate_id IN ? AND position = 0", part).
			Pluck("certificate_id", &there).Error
		if err != nil {
			return nil, err
		}
		for _, id := range there {
			delete(missing, id)
		}
	}
	return missing, nil
}
