package registrations

import (
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/internal/store/internal/sqldb"
	"github.com/sealkeeper/sealkeeper/registration/existing"
)

type importRow struct {
	ID             string `gorm:"primaryKey"`
	Name           string
	SHA256         string `gorm:"column:sha256"`
	List           string
	Sealed         []byte
	State          string
	Reason         string
	CreatedBy      string
	CreatedByName  string
	CreatedAt      int64 `gorm:"autoCreateTime:false"`
	ApprovedBy     string
	ApprovedByName string
	ApprovedAt     int64
}

func (importRow) TableName() string { return "registration_imports" }

func toImportRow(i existing.Import) importRow {
	return importRow{
		ID:             i.ID,
		Name:           i.Name,
		SHA256:         i.SHA256,
		List:           string(i.List),
		Sealed:         append([]byte{}, i.Sealed...),
		State:          string(i.State),
		Reason:         i.Reason,
		CreatedBy:      i.CreatedBy,
		CreatedByName:  i.CreatedByName,
		CreatedAt:      sqldb.Micros(i.CreatedAt),
		ApprovedBy:     i.ApprovedBy,
		ApprovedByName: i.ApprovedByName,
		ApprovedAt:     sqldb.Micros(i.ApprovedAt),
	}
}

func (r importRow) domain() existing.Import {
	return existing.Import{
		ID:             r.ID,
		Name:           r.Name,
		SHA256:         r.SHA256,
		List:           []byte(r.List),
		Sealed:         r.Sealed,
		State:          existing.State(r.State),
		Reason:         r.Reason,
		CreatedBy:      r.CreatedBy,
		CreatedByName:  r.CreatedByName,
		CreatedAt:      sqldb.FromMicros(r.CreatedAt),
		ApprovedBy:     r.ApprovedBy,
		ApprovedByName: r.ApprovedByName,
		ApprovedAt:     sqldb.FromMicros(r.ApprovedAt),
	}
}

type importLineRow struct {
	ImportID       string `gorm:"primaryKey"`
	Position       int    `gorm:"primaryKey;autoIncrement:false"`
	Line           int
	InstitutionID  string
	Application    string
	State          string
	RegistrationID string
	BundleID       string
	CredentialsRef string
	QWAC           string `gorm:"column:qwac"`
	QSealC         string `gorm:"column:qsealc"`
	Lacking        bool
	FailedCode     string
	FailedArgs     string
	FailedText     string
}

func (importLineRow) TableName() string { return "registration_import_lines" }

func toImportLineRow(l existing.Line) importLineRow {
	return importLineRow{
		ImportID:       l.ImportID,
		Position:       l.Position,
		Line:           l.Line,
		InstitutionID:  l.InstitutionID,
		Application:    l.Application,
		State:          string(l.State),
		RegistrationID: l.RegistrationID,
		BundleID:       l.BundleID,
		CredentialsRef: l.CredentialsRef,
		QWAC:           l.QWAC,
		QSealC:         l.QSealC,
		Lacking:        l.Lacking,
		FailedCode:     l.Failure.Code,
		FailedArgs:     sqldb.List(l.Failure.Args),
		FailedText:     l.Failure.Text,
	}
}

func (r importLineRow) line() existing.Line {
	return existing.Line{
		ImportID:       r.ImportID,
		Position:       r.Position,
		Line:           r.Line,
		InstitutionID:  r.InstitutionID,
		Application:    r.Application,
		State:          existing.LineState(r.State),
		RegistrationID: r.RegistrationID,
		BundleID:       r.BundleID,
		CredentialsRef: r.CredentialsRef,
		QWAC:           r.QWAC,
		QSealC:         r.QSealC,
		Lacking:        r.Lacking,
		Failure:        note.Note{Code: r.FailedCode, Args: sqldb.FromList(r.FailedArgs), Text: r.FailedText},
	}
}
