package main

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/approval"
	"github.com/sealkeeper/sealkeeper/internal/config"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/lab/bank"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/vault/embedded"
	"github.com/sealkeeper/sealkeeper/vault/hcvault"
)

type devCmd struct {
	Data   string `default:".data" type:"path" help:"Folder for everything that is kept." placeholder:"DIR"`
	Listen string `default:"127.0.0.1:8420" help:"Address of the console and the API; port 0 picks one." placeholder:"HOST:PORT"`
}

// devInfo is DIR/dev.json: what scripts need to use a running dev environment.
type devInfo struct {
	URL     string  `json:"url"`
	Token   string  `json:"token"`    // admin bearer token for /v1
	BankURL string  `json:"bank_url"` // the simulated bank's mTLS listener
	Custody string  `json:"custody"`  // embedded or vault
	Samples samples `json:"samples"`

	Bank devBank `json:"bank"`
}

// devBank is what the simulated bank's portal would show.
type devBank struct {
	BrowserURL   string `json:"browser_url"` // authorize pages
	AdminURL     string `json:"admin_url"`   // switches for failures; docs/bank.md
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
	RedirectURI  string `json:"redirect_uri"` // the only one the bank has for this client
}

// Run runs the environment until it is told to stop.
func (c devCmd) Run(env *environment) error {
	config.EaseGC()
	d, err := startDev(env, c.Data, c.Listen)
	if err != nil {
		return err
	}
	defer d.close()
	link, err := d.app.identity.NewSignInLink(env.ctx, devUser)
	if err != nil {
		return err
	}
	return d.serve(env.ctx, func() {
		env.printf("ready %s\n", d.info.URL)
		env.printf("sign in (once, within 15 minutes): %s/sign-in?token=%s\n", d.info.URL, link.Reveal())
		env.printf("sample certificates: %s\n", filepath.Join(c.Data, "samples"))
		env.printf("simulated bank: %s; its client id and secret for you are in %s\n", d.info.BankURL,
			filepath.Join(c.Data, "dev.json"))
	})
}

// devUser is the administrator of a dev environment.
const devUser = "admin"

// dev is an environment that is set up; serve makes it answer.
type dev struct {
	app      *app
	info     devInfo
	listener net.Listener
	closers  []func()
}

// startDev sets everything up in dir. What is there from an earlier start is kept.
func startDev(env *environment, dir, listen string) (d *dev, err error) {
	d = &dev{}
	defer func() {
		if err != nil {
			d.close()
		}
	}()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return d, invalid("data_folder", "The folder %s cannot be made: %v.", dir, err)
	}
	unlock, err := lockFolder(dir)
	if err != nil {
		return d, err
	}
	d.closers = append(d.closers, unlock)
	before := readDevInfo(dir)
	if d.listener, err = listenAgain(listen, before.URL); err != nil {
		return d, err
	}
	d.info.URL = "http://" + d.listener.Addr().String()
	db, err := store.Open(env.ctx, devDSN(dir))
	if err != nil {
		return d, err
	}
	d.closers = append(d.closers, func() { _ = db.Close() })
	if err := db.Migrate(env.ctx); err != nil {
		return d, err
	}
	custody, err := d.custody(env, dir, db)
	if err != nil {
		return d, err
	}
	issuing, made, err := devSamples(dir)
	if err != nil {
		return d, err
	}
	catalogue, err := d.bank(env, issuing, before)
	if err != nil {
		return d, err
	}
	d.app, err = newApp(parts{
		db:         db,
		custody:    custody,
		catalogue:  catalogue,
		publicURL:  d.info.URL,
		fourEyes:   policy(config.FourEyes{Live: true, ExpiresAfter: approval.DefaultExpiry}),
		evaluation: custody.Mode(),
		logger:     env.logger,
	})
	if err != nil {
		return d, err
	}
	d.info.Custody, d.info.Samples = custody.Mode(), made
	if d.info.Token, err = d.token(env.ctx, before.Token); err != nil {
		return d, err
	}
	return d, errors.Join(writeDevInfo(dir, d.info), writeFile(devTokenPath(dir), []byte(d.info.Token+"\n")),
		d.writeDevConfig(dir))
}

// serve answers until ctx ends, calling ready once it does.
func (d *dev) serve(ctx context.Context, ready func()) error {
	go d.app.background(ctx)
	ready() // the listener is open: who connects now is served
	return serveUntil(ctx, d.listener, d.app.handler, d.app.logger)
}

func (d *dev) close() {
	for _, closer := range slices.Backward(d.closers) {
		closer()
	}
}

func devDSN(dir string) secret.Text {
	absolute, err := filepath.Abs(dir)
	if err != nil {
		absolute = dir
	}
	return secret.NewTextString("sqlite://" + filepath.Join(absolute, "sealkeeper.db"))
}

// custody is Vault if VAULT_ADDR and VAULT_TOKEN say where one is, else embedded.
func (d *dev) custody(env *environment, dir string, db *store.DB) (vault.Custody, error) {
	address, token := env.variable("VAULT_ADDR"), env.variable("VAULT_TOKEN")
	mode := "embedded"
	if address != "" && token != "" {
		mode = "vault"
	}
	if err := custodyFits(env.ctx, db, mode); err != nil {
		return nil, err
	}
	if mode == "vault" {
		return d.vaultCustody(env, address, secret.NewTextString(token))
	}
	path := filepath.Join(dir, "master.key")
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if err := embedded.NewMasterKeyFile(path); err != nil {
			return nil, err
		}
	}
	master, err := embedded.MasterKeyFile(path)
	if err != nil {
		return nil, err
	}
	return embedded.Open(env.ctx, db.CustodyRows(), master)
}

// vaultCustody prepares the Vault with the token, and then works under the
// least-privilege role made with it, as production does.
func (d *dev) vaultCustody(env *environment, address string, token secret.Text) (vault.Custody, error) {
	cfg := hcvault.Config{
		Address:    address,
		Namespace:  env.variable("VAULT_NAMESPACE"),
		CACertFile: env.variable("VAULT_CACERT"),
		Auth:       hcvault.Auth{Token: token},
		Log:        env.logger,
	}
	role, err := hcvault.Bootstrap(env.ctx, cfg)
	if err != nil {
		return nil, err
	}
	cfg.Auth = hcvault.Auth{RoleID: role.RoleID, WrappedSecretID: role.WrappedSecretID}
	custody, err := hcvault.Open(env.ctx, cfg)
	if err != nil {
		return nil, err
	}
	d.closers = append(d.closers, func() { _ = custody.Close() })
	return custody, nil
}

// bank starts the simulated bank and points the sandbox institutions at it.
func (d *dev) bank(env *environment, issuing *qtsp.QTSP, before devInfo) (*registration.Catalogue, error) {
	config, err := bankRules{}.config(issuing)
	if err != nil {
		return nil, err
	}
	d.info.Bank.ClientID, d.info.Bank.ClientSecret = before.Bank.ClientID, before.Bank.ClientSecret
	if d.info.Bank.ClientID == "" {
		d.info.Bank.ClientID, d.info.Bank.ClientSecret = randomHex(), randomHex()
	}
	d.info.Bank.RedirectURI = d.info.URL + "/callback"
	config.Log = env.logger
	config.Clients = []bank.Client{{
		ID:                     d.info.Bank.ClientID,
		Secret:                 secret.NewTextString(d.info.Bank.ClientSecret),
		OrganizationIdentifier: sampleOrganization,
		RedirectURIs:           []string{d.info.Bank.RedirectURI},
	}}
	sim, err := bank.New(config)
	if err != nil {
		return nil, err
	}
	server, err := sim.Start(againOr(before.BankURL), againOr(before.Bank.BrowserURL))
	if err != nil {
		server, err = sim.Start("127.0.0.1:0", "127.0.0.1:0")
	}
	if err != nil {
		return nil, err
	}
	d.closers = append(d.closers, server.Close)
	if err := server.StartAdmin("127.0.0.1:0"); err != nil {
		return nil, err
	}
	d.info.Bank.AdminURL = server.AdminURL
	d.info.BankURL, d.info.Bank.BrowserURL = server.APIURL, server.BrowserURL
	return simulatedCatalogue(server, issuing)
}

// simulatedCatalogue is the catalogue with the sandboxes at the simulated bank.
// The live institutions keep the bank's own addresses.
func simulatedCatalogue(server *bank.Server, issuing *qtsp.QTSP) (*registration.Catalogue, error) {
	catalogue, err := registration.EmbeddedCatalogue()
	if err != nil {
		return nil, err
	}
	profiles := bankProfiles(server, issuing)
	for _, in := range catalogue.All() {
		profile, ok := profiles[in.ID]
		if in.Environment != registration.Sandbox || !ok {
			continue
		}
		if err := catalogue.Override(in.ID, profile); err != nil {
			return nil, err
		}
	}
	return catalogue, nil
}

// token returns the token of the last start if it is still good, so that
// scripts keep working, else a new one.
func (d *dev) token(ctx context.Context, before string) (string, error) {
	if _, err := d.app.identity.EnsureUser(ctx, devUser, []access.Role{access.Admin}); err != nil {
		return "", err
	}
	if before != "" {
		if _, err := d.app.identity.Caller(ctx, secret.NewTextString(before)); err == nil {
			return before, nil
		}
	}
	token, err := d.app.identity.NewToken(ctx, devUser, 365*24*time.Hour)
	return token.Reveal(), err
}

// listenAgain listens on address. For port 0 it tries the port of the last
// start first: redirect URIs and bookmarks hold it.
func listenAgain(address, lastURL string) (net.Listener, error) {
	if strings.HasSuffix(address, ":0") && lastURL != "" {
		if listener, err := net.Listen("tcp", againOr(lastURL)); err == nil {
			return listener, nil
		}
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, invalid("listen", "The address %s cannot be listened on: %v.", address, err)
	}
	return listener, nil
}

// againOr is the address of an earlier URL, or any free one on loopback.
func againOr(url string) string {
	if _, address, ok := strings.Cut(url, "://"); ok {
		return address
	}
	return "127.0.0.1:0"
}

// devTokenPath is the token alone, for --token-file.
func devTokenPath(dir string) string { return filepath.Join(dir, "token") }

func devInfoPath(dir string) string { return filepath.Join(dir, "dev.json") }

// readDevInfo returns what the last start wrote; nothing if there was none.
func readDevInfo(dir string) devInfo {
	var info devInfo
	data, err := os.ReadFile(devInfoPath(dir))
	if err != nil || json.Unmarshal(data, &info) != nil {
		return devInfo{}
	}
	return info
}

func writeDevInfo(dir string, info devInfo) error {
	data, err := json.MarshalIndent(info, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(devInfoPath(dir), append(data, '\n'))
}

// writeFile writes a file that only its owner can read, whole or not at all.
func writeFile(path string, data []byte) error {
	temporary := path + ".new"
	if err := os.WriteFile(temporary, data, 0o600); err != nil {
		return err
	}
	return os.Rename(temporary, path)
}
