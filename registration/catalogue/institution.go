package catalogue

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/sealkeeper/sealkeeper/internal/environment"
)

// Institution is one bank as a user chooses it: a segment of a bank group in one environment.
type Institution struct {
	ID          string
	Name        string
	Segment     string // "personal", "professional", "enterprise"
	Environment environment.Name
	Scopes      []string
	APIs        []API
	Tokens      TokenRules
	SCAUsers    []SCAUser // published test logins, sandbox only
	Steps       []Step    // the checklist, in order
	Acceptance  Acceptance
	Credentials []Credential // that the bank gives for an application

	// whether the announced rules of Tokens are in force, where that was recorded; otherwise the profile says so
	AnnouncedTokens Fact

	Links    []Link // of the group and its environment
	Products []Product
	Group    Group
	Profile  map[string]any  // decoded by whoever builds the connector; keys as in connector.Profile
	Facts    map[string]Fact // where keys of the profile were read, and how sure they are

	Gone bool `json:"-"` // the catalogue no longer describes it

	zone *time.Location // that of the profile, looked up once
}

// Gone stands for an institution that the catalogue no longer describes, for what is recorded of it. It may have been
// one of live.
func Gone(id string) Institution {
	return Institution{ID: id, Name: id, Environment: environment.Live, Credentials: standard, Gone: true}
}

// AnnouncedInForce reports whether it is recorded that the token rules the bank has announced are in force.
func (in Institution) AnnouncedInForce() bool {
	oauth, _ := in.Profile["oauth"].(map[string]any)
	inForce, _ := oauth["announced_tokens"].(bool)
	return inForce
}

// TrustAnchors counts the trust anchors of the institution's own profile.
func (in Institution) TrustAnchors() int {
	connection, _ := in.Profile["connection"].(map[string]any)
	anchors, _ := connection["trust_anchors"].([]any)
	return len(anchors)
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
	Keys         SupportedKeys

	keyPoints []KeyPoint
}

// KeyPoint is a sentence to know before starting.
type KeyPoint struct {
	Text     `yaml:",inline"`
	Segments []string `yaml:"segments"` // of customers that it is about; empty: of all
	About    string   `yaml:"about"`    // what of the segment's tokens it says, AboutAccess or AboutRefresh; or nothing
}

// What key points say of tokens.
const (
	AboutAccess  = "access"  // how long an access token lasts
	AboutRefresh = "refresh" // whether there are refresh tokens, and how long they last
)

// KeyPoints are what to know before starting with the institution.
func (in Institution) KeyPoints() []KeyPoint {
	return slices.DeleteFunc(slices.Clone(in.Group.keyPoints), func(p KeyPoint) bool {
		return len(p.Segments) > 0 && !slices.Contains(p.Segments, in.Segment)
	})
}

// Says reports whether a key point says this of its tokens.
func (in Institution) Says(about string) bool {
	return slices.ContainsFunc(in.KeyPoints(), func(p KeyPoint) bool { return p.About == about })
}

// Features are the products a bank offers.
type Features struct {
	Accounts []string `yaml:"accounts" json:"accounts"`
	Payments []string `yaml:"payments" json:"payments"`
}

// Fact is something known about a bank, with where and when it was read.
type Fact struct {
	Value    string     `yaml:"value" json:"value"`
	Source   Annotation `yaml:"source" json:"source"`     // address, or words that say how it was concluded
	Verified string     `yaml:"verified" json:"verified"` // day, as in 2026-11-01
	Note     Annotation `yaml:"note" json:"note"`

	// id of what our people have recorded in place of the file; empty: the file says so
	Recorded string `yaml:"-" json:"-"`
}

// Unknown is the value of a fact nobody has found out yet.
const Unknown = "unknown"

// Acceptance says how the bank recognises a certificate and what a change takes.
type Acceptance struct {
	RecognisesBy  Fact `yaml:"recognises_by" json:"recognises_by"`
	Channel       Fact `yaml:"channel" json:"channel"`
	LeadTime      Fact `yaml:"lead_time" json:"lead_time"` // working days
	Effect        Fact `yaml:"effect" json:"effect"`
	Overlap       Fact `yaml:"overlap" json:"overlap"` // two certificates may be valid at once
	Together      Fact `yaml:"both_certificates" json:"both_certificates"`
	ConsentImpact Fact `yaml:"consent_impact" json:"consent_impact"`
	TokenBinding  Fact `yaml:"token_binding" json:"token_binding"`
	SecretOverlap Fact `yaml:"secret_overlap" json:"secret_overlap"` // two client secrets may be valid at once
}

// SupportedKeys says which kinds of key the bank takes.
type SupportedKeys struct {
	Transport KeyFact `yaml:"transport" json:"transport"`
	Signing   KeyFact `yaml:"signing" json:"signing"`
}

// KeyFact names kinds of key: "rsa-2048", "ecdsa-p256". None: it is not known.
type KeyFact struct {
	Algorithms []string   `yaml:"algorithms" json:"algorithms"`
	Source     Annotation `yaml:"source" json:"source"`
	Verified   string     `yaml:"verified" json:"verified"`
	Note       Annotation `yaml:"note" json:"note"`
}

// Link is a page of the bank's portal.
type Link struct {
	ID          string           `yaml:"id" json:"id"`
	Title       Text             `yaml:"title" json:"title"`
	URL         string           `yaml:"url" json:"url"`
	Environment environment.Name `yaml:"environment" json:"environment"` // where it works; empty: everywhere
	Note        Text             `yaml:"note" json:"note"`
}

// Product is what an application subscribes to on the portal.
type Product struct {
	Role    string `yaml:"role" json:"role"` // PSP_AI, PSP_PI
	Name    string `yaml:"name" json:"name"`
	Version string `yaml:"version" json:"version"`
	Link    string `yaml:"link" json:"link"`
	Note    Text   `yaml:"note" json:"note"`
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
	Note          Text             `yaml:"note" json:"note"`
	Source        string           `yaml:"source" json:"source"`
	Verified      string           `yaml:"verified" json:"verified"`
}

// AnnouncedTokens are rules the bank has announced and not switched on.
type AnnouncedTokens struct {
	RefreshHours int `yaml:"refresh_hours" json:"refresh_hours"`
	// the first one included
	AccessTokensPerRefresh int `yaml:"access_tokens_per_refresh" json:"access_tokens_per_refresh"`
	AccessMinutesPerDay    int `yaml:"access_minutes_per_day" json:"access_minutes_per_day"`
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

// Annotation is a Text that a catalogue file may also give as one text, an address or
// what only programs read, and that the API gives in English.
type Annotation struct{ Text }

// UnmarshalYAML implements yaml.Unmarshaler.
func (a *Annotation) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind != yaml.MappingNode {
		return node.Decode(&a.EN)
	}
	for i := 0; i < len(node.Content); i += 2 {
		if key := node.Content[i]; key.Value != "en" && key.Value != "fr" {
			return fmt.Errorf("line %d: a text is said in en and fr, not in %q", key.Line, key.Value)
		}
	}
	return node.Decode(&a.Text)
}

// MarshalJSON implements json.Marshaler.
func (a Annotation) MarshalJSON() ([]byte, error) { return json.Marshal(a.EN) }
