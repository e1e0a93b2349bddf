// Package segments answers one question: which institutions does the simulated bank
// stand for, and where is each of them?
package segments

import (
	"maps"
	"slices"
	"time"
)

// The bank's two worlds. Clients, tokens, consents and payments of one mean
// nothing in the other.
const (
	Sandbox = "sandbox"
	Live    = "live"
)

// TokenPath is the token endpoint on the mTLS listener.
const TokenPath = "/oauth2/token"

// Segment is one of the bank's three customer segments in one environment:
// what the catalogue calls an institution. Segments have paths, versions and
// token rules of their own.
type Segment struct {
	Institution     string // id in the catalogue
	Environment     string // Sandbox or Live
	Name            string // pri, pro or ent
	Pages           string // path of the customer's pages on the browser-facing listener
	AuthorizePath   string
	TokenPath       string
	AISPath         string
	PISPath         string
	LoginHost       string        // the real bank's host of the authorize page, answered too
	TokenHost       string        // the real bank's host of the token endpoint, answered too
	RefreshLifetime time.Duration // 0: no refresh token, the consent ends with the access token
	// 0: each refresh token once, with a new one in exchange; else it stays and is good for so many
	RefreshUses int
}

const ninetyDays = 90 * 24 * time.Hour

// All returns the six institutions of the catalogue.
func All() []Segment {
	return []Segment{
		segment("soc-gen-personal-sandbox", Sandbox, "pri", "v1.4.2.17", ninetyDays),
		segment("soc-gen-business-sandbox", Sandbox, "pro", "v1.4.2.4", ninetyDays),
		segment("soc-gen-corporate-sandbox", Sandbox, "ent", "v1.4.2.4", 0),
		segment("soc-gen-personal", Live, "pri", "v1.4.2.17", ninetyDays),
		segment("soc-gen-business", Live, "pro", "v1.4.2.4", ninetyDays),
		segment("soc-gen-corporate", Live, "ent", "v1.4.2.4", 0),
	}
}

// segment builds the paths as the bank does. Only the authorize and token
// paths differ: its hosts are one address here, so the environment and the
// segment go into the path.
func segment(institution, environment, name, ais string, refresh time.Duration) Segment {
	root, token, world, pis, sandbox := "/"+name, TokenPath, "sb", "v1.4.2.15", ".sb"
	if environment == Live {
		root, token, world, pis, sandbox = "/live/"+name, "/live"+TokenPath, "prod", "v1.4.2.27", ""
	}
	login := map[string]string{"pri": "particuliers", "pro": "professionnels", "ent": "entreprises"}[name]
	return Segment{
		Institution:     institution,
		Environment:     environment,
		Name:            name,
		Pages:           root,
		AuthorizePath:   root + "/oauth2/authorize",
		TokenPath:       token,
		AISPath:         "/sg/" + world + "/" + name + "/" + ais + "/psd2/xs2a",
		PISPath:         "/sg/" + world + "/dsp2/pisp/" + name + "/" + pis,
		LoginHost:       login + ".sg-signin" + sandbox + ".societegenerale.fr",
		TokenHost:       "mtls.sg-signin" + sandbox + ".societegenerale.fr",
		RefreshLifetime: refresh,
	}
}

// Hosts are the real bank's names that this one answers to, so that a program
// whose resolver is bent can be tried with its real settings.
func Hosts() []string {
	names := map[string]bool{"mtls.api.societegenerale.fr": true, "mtls.api.sb.societegenerale.fr": true}
	for _, s := range All() {
		names[s.LoginHost], names[s.TokenHost] = true, true
	}
	return slices.Sorted(maps.Keys(names))
}

// WithAnnouncedRefresh returns the segments as they will be when the bank does
// what it announced: enterprises get a refresh token for 24 hours that gives
// four access tokens in all, with the one that comes with it.
func WithAnnouncedRefresh(segments []Segment) []Segment {
	changed := make([]Segment, len(segments))
	copy(changed, segments)
	for i := range changed {
		if changed[i].Name == "ent" {
			changed[i].RefreshLifetime, changed[i].RefreshUses = 24*time.Hour, 3
		}
	}
	return changed
}

// Key tells segments apart.
func (s Segment) Key() string { return s.Environment + "/" + s.Name }
