package dev

import (
	"encoding/json"
	"os"
	"path/filepath"

	"github.com/sealkeeper/sealkeeper/internal/cli"
)

// Info is DIR/dev.json: what scripts need to use a running environment.
type Info struct {
	URL     string  `json:"url"`
	Token   string  `json:"token"`    // admin bearer token for /v1; alone in DIR/token
	DeskURL string  `json:"desk_url"` // the page from which an evaluation begins
	BankURL string  `json:"bank_url"` // the simulated bank's mTLS listener
	Custody string  `json:"custody"`  // embedded or vault
	Samples Samples `json:"samples"`

	Bank Bank `json:"bank"`
	QTSP QTSP `json:"qtsp"`

	Authority Authority `json:"authority"`
}

// QTSP is where the simulated QTSP publishes what it revokes, and where it is told what to.
type QTSP struct {
	URL      string `json:"url"`
	AdminURL string `json:"admin_url"` // docs/revocation.md
}

// Authority is where the simulated EBA is told what its register says.
type Authority struct {
	AdminURL string `json:"admin_url"` // docs/registers.md
}

// Bank is what the simulated bank's portal would show.
type Bank struct {
	BrowserURL   string `json:"browser_url"` // authorize pages
	AdminURL     string `json:"admin_url"`   // switches for failures; docs/bank.md
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
	RedirectURI  string `json:"redirect_uri"` // the bank has this one and its https twin for this client
}

func infoPath(dir string) string { return filepath.Join(dir, "dev.json") }

// readInfo returns what the last start wrote; nothing if there was none.
func readInfo(dir string) Info {
	var info Info
	data, err := os.ReadFile(infoPath(dir))
	if err != nil || json.Unmarshal(data, &info) != nil {
		return Info{}
	}
	return info
}

func writeInfo(dir string, info Info) error {
	data, err := json.MarshalIndent(info, "", "  ")
	if err != nil {
		return err
	}
	return cli.WriteFile(infoPath(dir), append(data, '\n'))
}
