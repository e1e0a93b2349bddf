package registration

// Environments of a bank's catalogue.
const (
	Sandbox = "sandbox"
	Live    = "live"
)

// Institution is one bank as a user chooses it: a segment of a bank group in one environment.
type Institution struct {
	ID          string
	Name        string
	Segment     string // "personal", "professional", "enterprise"
	Environment string // Sandbox or Live
	Scopes      []string
	APIs        []API
	Tokens      TokenRules
	SCAUsers    []SCAUser // published test logins, sandbox only
	Steps       []Step    // what people do at the bank, in order
	Group       Group
	Profile     map[string]any // decoded by whoever builds the connector; keys as in connector.Profile
}

// Group is what the institutions of one bank have in common.
type Group struct {
	ID           string
	Name         string
	Country      string // ISO 3166-1 alpha-2
	Standard     string
	Source       string // where the facts were read
	Verified     string // date they were last verified
	Portal       string
	SupportEmail string
	Registration string // "manual"
	Features     Features
	Acceptance   Acceptance
}

// Features are the products a bank offers.
type Features struct {
	Accounts []string `yaml:"accounts" json:"accounts"`
	Payments []string `yaml:"payments" json:"payments"`
}

// Acceptance says how the bank recognises a certificate and what a change takes.
type Acceptance struct {
	RecognisesBy  string `yaml:"recognises_by"`
	Overlap       string `yaml:"overlap"`
	Channel       string `yaml:"channel"`
	LeadTime      string `yaml:"lead_time"`
	ConsentImpact string `yaml:"consent_impact"`
}

// API is one product of the bank's catalogue.
type API struct {
	Product string `yaml:"product" json:"product"` // "ais" or "pis"
	Name    string `yaml:"name" json:"name"`
	Version string `yaml:"version" json:"version"`
	Link    string `yaml:"link" json:"link"`
}

// TokenRules are the bank's token lifetimes.
type TokenRules struct {
	AccessMinutes int              `yaml:"access_minutes" json:"access_minutes"`
	Refresh       string           `yaml:"refresh" json:"refresh"` // "rotating", "none", "unknown"
	RefreshDays   int              `yaml:"refresh_days" json:"refresh_days,omitempty"`
	Announced     *AnnouncedTokens `yaml:"announced" json:"announced,omitempty"`
}

// AnnouncedTokens are rules the bank has announced and not switched on.
type AnnouncedTokens struct {
	RefreshHours           int `yaml:"refresh_hours" json:"refresh_hours"`
	AccessTokensPerRefresh int `yaml:"access_tokens_per_refresh" json:"access_tokens_per_refresh"`
}

// SCAUser is a test login the bank publishes for its sandbox.
type SCAUser struct {
	User     string `yaml:"user" json:"user"`
	Password string `yaml:"password" json:"password"`
	Scope    string `yaml:"scope" json:"scope"`
}

// Text is a sentence in the languages of the console.
type Text struct {
	EN string `yaml:"en" json:"en"`
	FR string `yaml:"fr" json:"fr"`
}

// Step is something a person does at the bank.
type Step struct {
	ID       string   `yaml:"id"`
	Title    Text     `yaml:"title"`
	How      Text     `yaml:"how"`
	Link     string   `yaml:"link"`
	Needs    []string `yaml:"needs"`    // steps that come first
	Role     string   `yaml:"role"`     // PSD2 role the certificates must carry for it
	Optional bool     `yaml:"optional"` // readiness does not wait for it
}
