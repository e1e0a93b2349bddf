package api

import (
	"time"
)

// Institution is a bank as a user chooses it: a segment of a bank group in one environment.
type Institution struct {
	ID            string         `json:"id"`
	Name          string         `json:"name"`
	Group         string         `json:"group"`        // id of the bank it belongs to
	Country       string         `json:"country"`      // ISO 3166-1 alpha-2
	Segment       string         `json:"segment"`      // personal, professional or enterprise
	Environment   string         `json:"environment"`  // sandbox or live
	Standard      string         `json:"standard"`     // of its interface
	Registration  string         `json:"registration"` // how applications are registered with it: manual
	Scopes        []string       `json:"scopes"`       // of OAuth 2
	Features      Features       `json:"features"`
	APIs          []BankAPI      `json:"apis"`
	Tokens        TokenRules     `json:"tokens"`
	SCAUsers      []SCAUser      `json:"sca_users"`
	Portal        string         `json:"portal"` // address
	SupportEmail  string         `json:"support_email"`
	Profile       map[string]any `json:"profile"` // settings of the connector, as in connector.Profile
	Acceptance    Acceptance     `json:"acceptance"`
	Credentials   []Credential   `json:"credentials"` // that the bank gives for an application
	SupportedKeys SupportedKeys  `json:"supported_keys"`
	Links         []Link         `json:"links"`
	Products      []Product      `json:"products"`
	KeyPoints     []Text         `json:"key_points"` // what to know before starting
	// where keys of the profile were read; the value is published, observed, inferred or unknown
	Facts    map[string]Fact `json:"facts"`
	Source   string          `json:"source"`   // where these facts were read
	Verified string          `json:"verified"` // the day they were last verified: 2026-11-01
}

// Credential is something that the bank gives for an application.
type Credential struct {
	ID       string `json:"id"`
	Label    Text   `json:"label"` // as the bank's portal calls it; may be empty for client_id and client_secret
	Secret   bool   `json:"secret"`
	Optional bool   `json:"optional"`
	Pattern  string `json:"pattern"` // RE2 of the whole value; empty: any line
	Where    Text   `json:"where"`   // where people find it; may be empty
}

// Text is a sentence in the languages of the console.
type Text struct {
	EN string `json:"en"`
	FR string `json:"fr"`
}

// Features are the products a bank offers.
type Features struct {
	Accounts []string `json:"accounts"`
	Payments []string `json:"payments"`
}

// Fact is something known about a bank.
type Fact struct {
	Value    string `json:"value"`    // unknown: nobody has found out yet
	Source   string `json:"source"`   // where it was read, or how it was concluded
	Verified string `json:"verified"` // the day it was last verified
	Note     string `json:"note"`
	Recorded string `json:"recorded"` // id of the bank fact that says so; empty: the catalogue's file does
}

// Acceptance is how a bank recognises a certificate, and what a change of certificate takes.
type Acceptance struct {
	RecognisesBy  Fact `json:"recognises_by"`
	Overlap       Fact `json:"overlap"` // two certificates may be valid at once: yes, no, for how many days
	Channel       Fact `json:"channel"`
	LeadTime      Fact `json:"lead_time"` // working days
	Effect        Fact `json:"effect"`    // when a change counts at the bank
	Together      Fact `json:"both_certificates"`
	ConsentImpact Fact `json:"consent_impact"`
	TokenBinding  Fact `json:"token_binding"`
	SecretOverlap Fact `json:"secret_overlap"`
}

// SupportedKeys says which kinds of key a bank takes.
type SupportedKeys struct {
	Transport KeyFact `json:"transport"`
	Signing   KeyFact `json:"signing"`
}

// KeyFact names kinds of key.
type KeyFact struct {
	Algorithms []string `json:"algorithms"` // rsa-3072, ecdsa-p256; none: it is not known
	Source     string   `json:"source"`
	Verified   string   `json:"verified"`
	Note       string   `json:"note"`
}

// Link is a page of the bank's portal.
type Link struct {
	ID          string `json:"id"`
	Title       Text   `json:"title"`
	URL         string `json:"url"`
	Environment string `json:"environment"` // where it works; empty: everywhere
	Note        Text   `json:"note"`
}

// Product is what an application subscribes to on the portal.
type Product struct {
	Role    string `json:"role"` // PSP_AI, PSP_PI
	Name    string `json:"name"`
	Version string `json:"version"`
	Link    string `json:"link"`
	Note    Text   `json:"note"`
}

// BankAPI is one API of the bank's catalogue.
type BankAPI struct {
	Product string `json:"product"` // ais or pis
	Name    string `json:"name"`
	Version string `json:"version"`
	Link    string `json:"link"`
}

// TokenRules are the lifetimes of a bank's tokens.
type TokenRules struct {
	AccessMinutes int                  `json:"access_minutes"`
	Refresh       string               `json:"refresh"` // rotating, none or unknown
	RefreshDays   int                  `json:"refresh_days,omitempty"`
	Announced     *AnnouncedTokenRules `json:"announced,omitempty"`
	Note          Text                 `json:"note"`
	Source        string               `json:"source"`
	Verified      string               `json:"verified"`
}

// AnnouncedTokenRules are rules that a bank has announced. They count where they are in force.
type AnnouncedTokenRules struct {
	RefreshHours           int `json:"refresh_hours"`
	AccessTokensPerRefresh int `json:"access_tokens_per_refresh"`
	AccessMinutesPerDay    int `json:"access_minutes_per_day"`
	// as recorded of the bank, or as its profile has it
	InForce bool `json:"in_force"`
}

// SCAUser is a test login that the bank publishes for its sandbox.
type SCAUser struct {
	User     string `json:"user"`
	Password string `json:"password"`
	Scope    string `json:"scope"`
}

// CatalogueFiles is what the folder of catalogue files has, and what is in force of it.
type CatalogueFiles struct {
	Proposals []CatalogueProposal `json:"proposals"`
	Refusals  []CatalogueRefusal  `json:"refusals"`
	InForce   []CatalogueFile     `json:"in_force"`
	Declined  []CatalogueFile     `json:"declined"` // the last 50 of them
}

// CatalogueFile is a file that the folder has brought.
type CatalogueFile struct {
	Bank          string     `json:"bank"`   // id of the bank group
	SHA256        string     `json:"sha256"` // of the text
	Name          string     `json:"name"`   // in the folder
	Text          string     `json:"text"`   // empty in lists
	State         string     `json:"state"`  // proposed, in_force, declined or superseded
	FoundAt       time.Time  `json:"found_at"`
	DecidedBy     string     `json:"decided_by"` // user id; empty: nobody has decided
	DecidedByName string     `json:"decided_by_name"`
	DecidedAt     *time.Time `json:"decided_at"`
}

// CatalogueProposal is a file that waits for somebody to take it.
type CatalogueProposal struct {
	CatalogueFile
	New         bool                  `json:"new"`         // nothing describes the bank yet
	TwoPeople   bool                  `json:"two_people"`  // it changes a live environment
	ApprovalID  string                `json:"approval_id"` // of the request that waits for a second person; empty: none
	Differences []CatalogueDifference `json:"differences"`
}

// CatalogueDifference is a value that differs from what is in force.
type CatalogueDifference struct {
	Path   string `json:"path"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// CatalogueRefusal is a file of the folder that cannot be used.
type CatalogueRefusal struct {
	Name  string    `json:"name"`
	Why   string    `json:"why"` // each mistake on a line of its own, with its line in the file
	Since time.Time `json:"since"`
}

// TakeCatalogueFile says why a file should be taken.
type TakeCatalogueFile struct {
	Reason string `json:"reason"` // may be empty where one person is enough
}

// CatalogueTaken says what has become of a proposal.
type CatalogueTaken struct {
	Taken      bool   `json:"taken"`       // false: a second person has to agree
	ApprovalID string `json:"approval_id"` // of the request that waits; empty when it is done
}
