package certificates

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

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

// setElements notes what certificates depend on, and that it is due to be asked whether that was revoked: since they
// were stored, so that it is at once. It belongs in the transaction that writes them or their chains. A root is never
// revoked: it is taken out of stores.
func setElements(tx *gorm.DB, all ...vault.Record) error {
	var ids []string
	for _, r := range all {
		ids = append(ids, r.ID)
	}
	if len(ids) > 0 {
		if err := tx.Where("certificate_id IN ?", ids).Delete(&elementRow{}).Error; err != nil {
			return err
		}
	}
	return addElements(tx, all...)
}

// addElements is setElements for certificates that are new.
func addElements(tx *gorm.DB, all ...vault.Record) error {
	var elements []elementRow
	needed := map[string]revocation.Check{}
	for _, r := range all {
		if r.State != vault.Pending && r.State != vault.Stored {
			continue
		}
		for i, c := range elementsOf(r) {
			elements = append(elements, elementRow{CertificateID: r.ID, Position: i, SHA256: c.SHA256})
			if known, there := needed[c.SHA256]; !there || len(known.Issuer) == 0 {
				needed[c.SHA256] = revocation.NewCheck(c, issuerOf(c, r.Chain), r.CreatedAt)
			}
		}
	}
	if len(elements) == 0 {
		return nil
	}
	err := tx.Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(&elements, namedAtOnce).Error
	if err != nil {
		return err
	}
	return addChecks(tx, needed)
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

// addChecks adds checks, by fingerprint. To one that is there it adds its issuer, and has it asked again if it was not
// any more.
func addChecks(tx *gorm.DB, needed map[string]revocation.Check) error {
	for part := range slices.Chunk(slices.Sorted(maps.Keys(needed)), checksAtOnce) {
		var there []string
		err := tx.Table(checks).Where("sha256 IN ? AND (ask_at = ? OR length(issuer) = 0)", part,
			revocation.Never.UnixMicro()).Pluck("sha256", &there).Error
		if err != nil {
			return err
		}
		rows := make([]checkRow, len(part))
		for i, sha256 := range part {
			rows[i] = checkRowOf(needed[sha256])
		}
		if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&rows).Error; err != nil {
			return err
		}
		for _, sha256 := range there {
			if err := renewCheck(tx, needed[sha256]); err != nil {
				return err
			}
		}
	}
	return nil
}

// checksAtOnce bounds the parameters and the bytes of a statement.
const checksAtOnce = 200

// checkRow is a new check.
type checkRow struct {
	SHA256      string `gorm:"column:sha256;primaryKey"`
	Certificate []byte
	Issuer      []byte
	Lists       string
	AskAt       int64
	Status      string
	Answer      string
	Attempt     string
	Failures    int
	Revision    int
}

func (checkRow) TableName() string { return checks }

func checkRowOf(c revocation.Check) checkRow {
	answer, _ := json.Marshal(c.Answer) // texts and times
	attempt, _ := json.Marshal(c.Attempt)
	return checkRow{
		SHA256:      c.SHA256,
		Certificate: c.Certificate,
		Issuer:      append([]byte{}, c.Issuer...),
		Lists:       strings.Join(c.Lists, "\n"),
		AskAt:       c.AskAt.UnixMicro(),
		Status:      string(c.Answer.Status),
		Answer:      string(answer),
		Attempt:     string(attempt),
	}
}

// renewCheck has a check asked again that was not any more, or of which the issuer was not known.
func renewCheck(tx *gorm.DB, c revocation.Check) error {
	if c.AskAt.Equal(revocation.Never) {
		return nil
	}
	again := map[string]any{"ask_at": c.AskAt.UnixMicro(), "revision": gorm.Expr("revision + 1")}
	there := tx.Table(checks).Where("sha256 = ?", c.SHA256)
	if len(c.Issuer) == 0 {
		return there.Where("ask_at = ?", revocation.Never.UnixMicro()).Updates(again).Error
	}
	again["issuer"] = c.Issuer
	return there.Where("ask_at = ? OR length(issuer) = 0", revocation.Never.UnixMicro()).Updates(again).Error
}

const checks = "revocation_checks"
