package dev

import (
	"path/filepath"

	"github.com/sealkeeper/sealkeeper/lab/bank"
	"github.com/sealkeeper/sealkeeper/lab/bank/portal"
	"github.com/sealkeeper/sealkeeper/lab/bank/segments"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/secret"
)

// bank starts the simulated bank and points the catalogue at it.
func (e *Environment) bank(issuing *qtsp.QTSP, before Info) (*catalogue.Catalogue, error) {
	config, err := BankConfig(issuing, "")
	if err != nil {
		return nil, err
	}
	e.Info.Bank.ClientID, e.Info.Bank.ClientSecret = before.Bank.ClientID, before.Bank.ClientSecret
	if e.Info.Bank.ClientID == "" {
		e.Info.Bank.ClientID, e.Info.Bank.ClientSecret = RandomHex(), RandomHex()
	}
	e.Info.Bank.RedirectURI = e.Info.URL + "/callback"
	config.Log = e.cfg.Logger
	config.Clients = []portal.Client{{
		ID:                     e.Info.Bank.ClientID,
		Secret:                 secret.NewTextString(e.Info.Bank.ClientSecret),
		OrganizationIdentifier: Organization,
		RedirectURIs:           []string{e.Info.Bank.RedirectURI, e.callback()},
	}}
	config.Applicant = portal.Applicant{Organization: Organization, RedirectURI: e.callback()}
	config.Detour = e.detour
	sim, err := bank.New(config)
	if err != nil {
		return nil, err
	}
	e.sim = sim
	if err := sim.KeepIn(filepath.Join(e.cfg.Dir, "portal.json")); err != nil {
		return nil, err
	}
	server, err := sim.Start(againOr(before.BankURL), againOr(before.Bank.BrowserURL))
	if err != nil {
		server, err = sim.Start("127.0.0.1:0", "127.0.0.1:0")
	}
	if err != nil {
		return nil, err
	}
	e.closers = append(e.closers, server.Close)
	if err := server.StartAdmin("127.0.0.1:0"); err != nil {
		return nil, err
	}
	e.Info.Bank.AdminURL = server.AdminURL
	e.Info.BankURL, e.Info.Bank.BrowserURL = server.APIURL, server.BrowserURL
	return simulatedCatalogue(server, issuing)
}

// simulatedCatalogue is the catalogue with every institution, and its portal, at the simulated bank.
func simulatedCatalogue(server *bank.Server, issuing *qtsp.QTSP) (*catalogue.Catalogue, error) {
	banks, err := catalogue.Embedded()
	if err != nil {
		return nil, err
	}
	profiles := Profiles(server, issuing)
	for _, in := range banks.All() {
		profile, ok := profiles[in.ID]
		if !ok {
			continue
		}
		if err := banks.Override(in.ID, profile); err != nil {
			return nil, err
		}
		banks.PortalAt(in.ID, server.BrowserURL+bank.PortalPath)
	}
	return banks, nil
}

// BankConfig is a simulated bank that takes the QTSP's certificates, with rules and clients to be added. Its server
// certificate has the real bank's hosts, this machine's names and host, unless that is empty.
func BankConfig(issuing *qtsp.QTSP, host string) (bank.Config, error) {
	names := append(segments.Hosts(), "127.0.0.1", "localhost")
	if host != "" {
		names = append(names, host)
	}
	certificate, err := issuing.ServerCertificate(names...)
	return bank.Config{
		ServerCertificate: certificate,
		QTSPRoots:         issuing.Pool(),
		Segments:          segments.All(),
	}, err
}

// Profiles are the settings that point the catalogue at a simulated bank, by institution.
func Profiles(server *bank.Server, issuing *qtsp.QTSP) map[string]map[string]any {
	profiles := map[string]map[string]any{}
	for _, segment := range segments.All() {
		endpoints, _ := server.Institution(segment.Institution)
		profiles[segment.Institution] = map[string]any{
			"authorize_url": endpoints.AuthorizeURL,
			"token_url":     endpoints.TokenURL,
			"ais_base_url":  endpoints.AISBaseURL,
			"pis_base_url":  endpoints.PISBaseURL,
			"connection":    map[string]any{"trust_anchors": []any{RootPEM(issuing)}},
		}
	}
	return profiles
}
