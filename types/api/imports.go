package api

import "time"

// RegistrationImportCheck is what is to be said of a list of registrations. Nothing of it is stored.
type RegistrationImportCheck struct {
	SHA256        string                   `json:"sha256"` // of the list
	Refused       bool                     `json:"refused"`
	Registrations []CheckedRegistration    `json:"registrations"`
	Problems      []RegistrationListFault  `json:"problems"`      // in the order of the file
	Organizations []string                 `json:"organizations"` // organizationIdentifiers of those that would be made
	Applications  []string                 `json:"applications"`  // names of those that would be made
	Missing       []MissingListCertificate `json:"missing"`       // not in custody
}

// CheckedRegistration is one registration of a list.
type CheckedRegistration struct {
	Position      int    `json:"position"` // in the list, from 1
	Line          int    `json:"line"`     // of the file
	InstitutionID string `json:"institution_id"`
	Application   string `json:"application"`
	Verdict       string `json:"verdict"` // new, there or refused
	Steps         int    `json:"steps"`   // that would count as done before
	Lacking       bool   `json:"lacking"` // a certificate of it is not in custody
}

// RegistrationListFault is one thing that is wrong with a list.
type RegistrationListFault struct {
	Line    int    `json:"line"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// MissingListCertificate is a certificate that a list names and custody does not have.
type MissingListCertificate struct {
	SHA256        string `json:"sha256"`
	Kind          string `json:"kind"`          // qwac or qsealc
	Registrations int    `json:"registrations"` // that name it
}

// RegistrationImportRow is one import in the list of them.
type RegistrationImportRow struct {
	ID         string     `json:"id"`
	Name       string     `json:"name"`
	SHA256     string     `json:"sha256"` // of the list
	State      string     `json:"state"`  // requested, approved, done or dropped
	Reason     string     `json:"reason"`
	CreatedBy  string     `json:"created_by"`
	CreatedAt  time.Time  `json:"created_at"`
	ApprovedBy string     `json:"approved_by"` // empty: nobody, or nobody had to
	ApprovedAt *time.Time `json:"approved_at"`
}

// RegistrationImport is an import and how far it is.
type RegistrationImport struct {
	RegistrationImportRow
	ApprovalID string         `json:"approval_id"` // of the request that waits for a second person; empty: none does
	States     map[string]int `json:"states"`      // how many registrations are in each
	Lacking    int            `json:"lacking"`     // that lack a certificate still
}

// ImportedRegistration is one registration of an import.
type ImportedRegistration struct {
	Position       int    `json:"position"` // in the list, from 1
	Line           int    `json:"line"`     // of the file
	InstitutionID  string `json:"institution_id"`
	Application    string `json:"application"`
	State          string `json:"state"`           // pending, there, done or failed
	RegistrationID string `json:"registration_id"` // that it is, or will be
	QWAC           string `json:"qwac"`            // SHA-256
	QSealC         string `json:"qsealc"`          // SHA-256; empty: none
	Lacking        bool   `json:"lacking"`
	FailedCode     string `json:"failed_code"`
	FailedText     string `json:"failed_text"`
}
