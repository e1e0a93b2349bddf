package certificates

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/app"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/internal/config"
	"github.com/sealkeeper/sealkeeper/internal/registers"
	"github.com/sealkeeper/sealkeeper/web/api"
)

type certificatesAuthorisationCmd struct {
	cli.Configured
	ID   string `arg:"" help:"Id of the certificate."`
	JSON bool   `name:"json" help:"Print what GET /v1/certificates/{id}/authorisation answers."`
}

// Run says what registers say of the authorisation in a certificate.
func (c certificatesAuthorisationCmd) Run(env *cli.Environment) error {
	return c.WithServices(env, app.Opening{}, func(s *app.Services, _ config.Config) error {
		v, err := s.Registers.OfCertificate(env.Context, officer, c.ID)
		if err != nil {
			return err
		}
		if c.JSON {
			return env.JSON(api.AuthorisationOf(v, time.Now()))
		}
		env.Printf("%s\n", registerStates[v.State])
		for _, one := range v.Readings {
			printReading(env, one)
		}
		return nil
	})
}

// registerStates say in the words of the console what is known.
var registerStates = map[registers.State]string{
	"listed":             "listed",
	"not_passported":     "NOT PASSPORTED to the country of every bank",
	"role_missing":       "ROLE NOT LISTED",
	"agent":              "listed as an agent or branch, whose services are not listed",
	"unclear":            "listed, but nothing follows from it",
	"ended":              "NO LONGER IN FORCE",
	"not_found":          "NOT FOUND in this register",
	registers.NotRead:    "not read since this number is known",
	registers.NotChecked: "NOT CHECKED",
	registers.NoNumber:   "no number of a payment firm's authorisation",
}

func printReading(env *cli.Environment, one registers.Reading) {
	env.Printf("  register %s: %s\n", one.ID, registerStates[one.State])
	if missing := one.Missing(); missing != "" {
		env.Printf("  not listed: %s\n", missing)
	}
	if one.Found() {
		env.Printf("  listed as %s %s\n", one.Answer.Name, one.Answer.Type)
	}
	if len(one.Answer.Services) > 0 {
		env.Printf("  services: %s\n", strings.Join(one.Answer.Services, ", "))
	}
	printRegister(env, one.Standing)
}

func printRegister(env *cli.Environment, one registers.Standing) {
	switch {
	case !one.Known():
		env.Printf("  never read\n")
	default:
		late := ""
		if one.Stale(time.Now()) {
			late = ", MORE THAN A WEEK OLD"
		}
		env.Printf("  data of %s%s, read at %s\n", one.Date().Format(time.DateOnly), late,
			one.ReadAt.Format(time.RFC3339))
		env.Printf("  %d entries, SHA-256 %s\n", one.Count, one.SHA256)
		if !one.Counts() {
			env.Printf("  NOT CHECKED: it is no longer asked, and nobody has imported it\n")
		}
	}
	if one.Cause != "" {
		env.Printf("  last question at %s: %s\n", one.TriedAt.Format(time.RFC3339), one.Cause)
	}
}

type certificatesRegistersCmd struct {
	cli.Configured
	Import string `help:"Import this downloaded file as the register whose id is given." type:"existingfile"`
	ID     string `arg:"" optional:"" help:"Id of the register, such as eba."`
	JSON   bool   `name:"json" help:"Print what GET /v1/registers answers."`
}

// Run says how registers stand, or imports one.
func (c certificatesRegistersCmd) Run(env *cli.Environment) error {
	return c.WithServices(env, app.Opening{}, func(s *app.Services, _ config.Config) error {
		if c.Import != "" {
			if err := importFile(env, s, c.ID, c.Import); err != nil {
				return err
			}
		}
		all, err := s.Registers.List(env.Context, officer)
		if err != nil {
			return err
		}
		if c.JSON {
			return env.JSON(api.RegistersOf(all, time.Now()))
		}
		for _, one := range all {
			env.Printf("%s\n", one.ID)
			printRegister(env, one)
		}
		return nil
	})
}

func importFile(env *cli.Environment, s *app.Services, id, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("the register cannot be read: %w", err)
	}
	defer file.Close() //nolint:errcheck // it was read
	_, err = s.Registers.Import(env.Context, officer, id, file)
	return err
}
