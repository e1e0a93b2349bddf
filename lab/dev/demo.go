package dev

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/vault"
)

var errLoaded = errors.New("dev: the demo of today is loaded")

// LoadDemo stores certificates that end soon, once a day, and the first time a campaign that is half done. It returns
// their names.
func (e *Environment) LoadDemo(ctx context.Context) ([]string, error) {
	e.demos.Lock()
	defer e.demos.Unlock()
	now := time.Now()
	mark := filepath.Join(e.cfg.Dir, "demo-"+now.Format(time.DateOnly))
	if _, err := os.Stat(mark); err == nil {
		return nil, errLoaded
	}
	var names []string
	for _, days := range []int{5, 20, 80} {
		name := fmt.Sprintf("Demo, ends in %d days (%s)", days, now.Format(time.DateOnly))
		// An hour more, so that the days are whole for those who look soon after.
		issued, err := e.issuing.Issue(qtsp.Request{
			Kind:                   certs.QWAC,
			OrganizationIdentifier: Organization,
			NotBefore:              now.AddDate(-1, 0, days),
			NotAfter:               now.AddDate(0, 0, days).Add(time.Hour),
		})
		if err != nil {
			return names, err
		}
		_, err = e.Services.Vault.Import(ctx, access.OnHost("demo", access.Admin), vault.Files{
			Name: name,
			Files: []certs.File{
				{Name: "demo.pem", Data: issued.CertificatePEM()},
				{Name: "demo.key", Data: issued.KeyPEM()},
			},
		})
		if err != nil {
			return names, err
		}
		names = append(names, name)
	}
	if err := cli.WriteFile(mark, nil); err != nil {
		return names, err
	}
	once := filepath.Join(e.cfg.Dir, "demo-campaign")
	if _, err := os.Stat(once); err == nil {
		return names, nil
	}
	name, err := e.loadCampaign(ctx, now)
	if err != nil {
		return names, err
	}
	return append(names, name), cli.WriteFile(once, nil)
}
