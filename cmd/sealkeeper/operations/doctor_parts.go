package operations

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/sealkeeper/sealkeeper/connector"
	"github.com/sealkeeper/sealkeeper/connector/mtls"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/app"
	"github.com/sealkeeper/sealkeeper/internal/bankfiles"
	"github.com/sealkeeper/sealkeeper/internal/issuer"
	"github.com/sealkeeper/sealkeeper/vault/embedded"
	"github.com/sealkeeper/sealkeeper/vault/hcvault"
)

// custody looks at the configured one, without making one that is not there yet.
func (e *examination) custody(ctx context.Context) {
	if !e.look(ctx, "the records are of the configured custody", func(ctx context.Context) (_, problem error) {
		return nil, app.CustodyFits(ctx, e.db, e.cfg.Custody.Mode)
	}) {
		return
	}
	if e.cfg.Custody.Mode == "embedded" {
		e.look(ctx, "embedded custody opens with the master key", e.embedded)
		return
	}
	e.vault(ctx)
}

// vault looks at Vault, which needs no records.
func (e *examination) vault(ctx context.Context) {
	login := app.ServiceVault(e.cfg.Vault, e.env.Logger) // a wrapped secret id is looked at, and not opened
	if own, err := app.CommandVault(e.cfg.Vault, e.env.Logger); err == nil {
		login = own
	}
	for _, d := range hcvault.Examine(ctx, login) {
		e.say(finding{d.Check, d.Problem, d.Warning})
	}
}

func (e *examination) snapshot() {
	if s := (app.Snapshot{File: e.cfg.Vault.SnapshotFile, MaxAge: e.cfg.Vault.SnapshotMaxAge}); s.File != "" {
		e.say(finding{check: "Vault's newest snapshot is recent", warning: s.Check(time.Now())})
	}
}

func (e *examination) embedded(ctx context.Context) (warns, problem error) {
	master, err := app.MasterKey(e.cfg.Custody)
	if err != nil {
		return nil, err
	}
	there, err := embedded.Exists(ctx, e.db.CustodyRows())
	if err != nil {
		return nil, err
	}
	if !there {
		return warning("custody_not_there", "There is none yet; the first `sealkeeper serve` makes it."), nil
	}
	_, err = embedded.Open(ctx, e.db.CustodyRows(), master)
	return nil, err
}

// policy compares what the configuration states with what is in force.
func (e *examination) policy(ctx context.Context) {
	e.look(ctx, "the configuration states the policy that is in force", func(ctx context.Context) (_, problem error) {
		stated, err := app.Stated(e.cfg)
		if err != nil {
			return nil, err
		}
		inForce := app.NewRecords(e.db, nil, stated).InForce
		if decided, err := inForce.Decided(ctx); err != nil || !decided {
			return nil, err // the first start decides it
		}
		return nil, inForce.Admit(ctx, access.CertImport)
	})
}

// catalogueFolder says what is wrong with the files that people could take.
func (e *examination) catalogueFolder(ctx context.Context) {
	if e.cfg.CatalogueFolder == "" {
		return
	}
	banks, err := app.Banks(ctx, e.db, e.env.Logger)
	var refused []bankfiles.Refusal
	if err == nil {
		_, refused, err = bankfiles.ReadFolder(e.cfg.CatalogueFolder, banks, app.Followable)
	}
	e.say(finding{check: "the folder of catalogue files can be read", problem: err})
	for _, r := range refused {
		e.say(finding{
			check: "the catalogue file " + r.Name + " can be used",
			warning: warning("catalogue_file_refused", "It cannot be, and what was taken before stays: %s.",
				strings.ReplaceAll(r.Why, "\n", "; ")),
		})
	}
}

// registers says how old the registers of payment firms are that were read.
func (e *examination) registers(ctx context.Context) {
	known, err := e.db.Registers(ctx)
	if err != nil {
		e.say(finding{check: "the registers of payment firms are read", problem: err})
		return
	}
	for _, r := range known {
		if !r.Known() {
			e.say(finding{
				check: "the register " + r.SourceID + " was read",
				warning: warning("register_unread", "It never was (%s); let this machine reach it, or import its file.",
					string(r.Cause)),
			})
			continue
		}
		f := finding{check: "the register " + r.SourceID + " is up to date: data of " + r.Date().Format(time.DateOnly)}
		if r.Stale(time.Now()) {
			f.warning = warning("register_stale",
				"They are more than a week old; let this machine reach it, or import "+
					"its file.")
		}
		e.say(f)
	}
}

// bankHost is a host that this machine has to reach, and how.
type bankHost struct {
	address     string
	institution string
	settings    mtls.Settings
}

// atOnce is how many hosts are tried at the same time.
const atOnce = 4

// banks tries whether the hosts of the catalogue can be reached: no handshake, no request.
func (e *examination) banks(ctx context.Context) {
	hosts, err := e.hosts(ctx)
	if err != nil {
		e.say(finding{check: "the catalogue of banks can be read", problem: err})
		return
	}
	found := make([]finding, len(hosts))
	var group errgroup.Group
	group.SetLimit(atOnce)
	for i, host := range hosts {
		group.Go(func() error {
			ctx, cancel := context.WithTimeout(ctx, patience)
			defer cancel()
			found[i].check = "the bank's host " + host.address + " can be reached"
			if err := host.settings.Reach(ctx, host.address); err != nil {
				found[i].warning = unreachable(host, err)
			}
			return nil
		})
	}
	_ = group.Wait() // every look says itself what was wrong
	for _, f := range found {
		e.say(f)
	}
}

func unreachable(host bankHost, err error) error {
	if host.settings.ProxyURL != "" {
		return err
	}
	all := err.Error()
	why := strings.TrimSpace(all[strings.LastIndex(all, ": ")+1:])
	return warning("bank_unreachable", "It cannot be (%s); if you use %s, let this machine connect to it, or name "+
		"your proxy in its connection.proxy_url.", why,
		host.institution)
}

// hosts are those of every institution as it is in force, each once.
func (e *examination) hosts(ctx context.Context) ([]bankHost, error) {
	banks, err := app.Banks(ctx, e.db, e.env.Logger)
	if err != nil {
		return nil, err
	}
	corrections, err := app.NewRecords(e.db, nil, nil).InForce.Corrections(ctx)
	if err != nil {
		return nil, err
	}
	if len(corrections) == 0 {
		corrections = e.cfg.Institutions // for a first start
	}
	banks.Correct(corrections)
	var hosts []bankHost
	for _, in := range banks.All() {
		profile, err := issuer.Profile(in)
		if err != nil {
			return nil, err
		}
		for _, address := range addresses(profile) {
			if !slices.ContainsFunc(hosts, func(h bankHost) bool { return h.address == address }) {
				hosts = append(hosts, bankHost{address, in.ID, profile.Connection})
			}
		}
	}
	if len(hosts) == 0 {
		return nil, fault.New(fault.Internal, "no_hosts", "The catalogue names no host.")
	}
	return hosts, nil
}

// addresses are where the service itself connects to; the page for the customer is for browsers.
func addresses(p connector.Profile) []string {
	var list []string
	for _, text := range []string{p.TokenURL, p.AISBaseURL, p.PISBaseURL} {
		if u, err := url.Parse(text); err == nil && u.Host != "" {
			list = append(list, mtls.Address(u))
		}
	}
	return list
}
