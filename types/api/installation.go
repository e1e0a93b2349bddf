package api

import "time"

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
