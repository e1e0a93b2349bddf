package app

import (
	"github.com/sealkeeper/sealkeeper/certs/register"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/config"
	"github.com/sealkeeper/sealkeeper/internal/registers"
)

// Registers are the registers of payment firms that are read; without a source, none is.
type Registers struct {
	Sources []registers.Source
	Numbers map[string]string // by what registers list organizationIdentifiers, where that is another number
}

func newRegisters(cfg Config, log *audit.Log) *registers.Service {
	return registers.New(registers.Config{
		Store:   cfg.DB,
		Asks:    cfg.Outgoing,
		Audit:   log,
		Sources: cfg.Registers.Sources,
		Numbers: cfg.Registers.Numbers,
		Country: func(institutionID string) string {
			in, _ := cfg.Catalogue.Institution(institutionID)
			return in.Group.Country
		},
		Logger: cfg.Logger,
		Now:    cfg.Now,
	})
}

// ConfiguredRegisters are those that the configuration names. Columns take the place of those of a layout.
func ConfiguredRegisters(cfg config.Registers) Registers {
	all := Registers{
		Sources: []registers.Source{{ID: registers.EBA, URL: cfg.EBAURL}},
		Numbers: cfg.Numbers,
	}
	for _, table := range cfg.Tables {
		layout := register.Layouts()[table.Layout]
		layout.Authority, layout.Words = table.Authority, table.Words
		for _, columns := range []struct {
			of    *[]string
			named []string
		}{
			{&layout.Number, table.Number},
			{&layout.Name, table.Title},
			{&layout.Services, table.Services},
			{&layout.Begins, table.Begins},
			{&layout.Ends, table.Ends},
			{&layout.Countries, table.Countries},
		} {
			if len(columns.named) > 0 {
				*columns.of = columns.named
			}
		}
		all.Sources = append(all.Sources, registers.Source{ID: table.Name, URL: table.URL, Layout: &layout})
	}
	return all
}
