package api

import (
	"time"
)

// Installation is what an installation is made of, and how it is.
type Installation struct {
	Version  string                `json:"version"`
	Commit   string                `json:"commit"`
	Go       string                `json:"go"`
	Database string                `json:"database"` // sqlite or postgres
	Schema   int64                 `json:"schema"`
	Custody  string                `json:"custody"`  // vault or embedded
	Settings []Setting             `json:"settings"` // secrets are redacted
	LookedAt *time.Time            `json:"looked_at"`
	Findings []InstallationFinding `json:"findings"` // of the last look by the process that answers
}

// Setting is one thing that can be configured.
type Setting struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Source string `json:"source"` // default, file or environment
}

// InstallationFinding is what was found of a part; without either, all is well.
type InstallationFinding struct {
	Part    string `json:"part"`
	Problem string `json:"problem"`
	Warning string `json:"warning"`
}

// Policy is what the firm has decided about how Sealkeeper keeps its promises; every process works by it.
type Policy struct {
	Settings    []PolicySetting    `json:"settings"`    // by name
	Differences []PolicyDifference `json:"differences"` // of the configuration of the process that answers
}

// PolicySetting is one setting of the policy.
type PolicySetting struct {
	Name    string `json:"name"`    // four_eyes.live, four_eyes.sandbox, four_eyes.expires_after or institutions.ID
	Value   string `json:"value"`   // of institutions.ID: JSON of what is corrected, empty for nothing
	Version int    `json:"version"` // counts the decisions; 0: it is the default, which nobody has decided
	// first_start, approval, alone (one person, where nothing took two) or break_glass (without a second person); empty
	// for a default
	Way           string     `json:"way"`
	Reason        string     `json:"reason"`
	ChangedBy     string     `json:"changed_by"`
	ChangedByName string     `json:"changed_by_name"`
	ChangedAt     *time.Time `json:"changed_at"`
}

// PolicyDifference is a setting of which a configuration states another value than is in force.
type PolicyDifference struct {
	Name    string `json:"name"`
	Stated  string `json:"stated"`
	InForce string `json:"in_force"`
}

// ChangePolicy requests another value of a setting.
type ChangePolicy struct {
	Value  string `json:"value"`
	Reason string `json:"reason"`
}

// PolicyChange is the policy after a change that may take two people.
type PolicyChange struct {
	Changed    bool   `json:"changed"`     // false: a second person has to approve it
	ApprovalID string `json:"approval_id"` // of the request that waits; empty when it is done
	Policy     Policy `json:"policy"`
}
