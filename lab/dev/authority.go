package dev

import (
	"net"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/app"
	"github.com/sealkeeper/sealkeeper/internal/registers"
	"github.com/sealkeeper/sealkeeper/lab/authority"
)

// authority starts the simulated EBA, which lists the organization of the samples.
func (e *Environment) authority() error {
	firm := authority.Firm{
		Authority: "FR_ACPR",
		Number:    "12345",
		Services:  map[string][]string{"FR": {"PS_03A", "PS_05A", "PS_070", "PS_080"}},
		Changes:   []string{"2019-01-01"},
	}
	published := authority.New(time.Now)
	published.List(firm)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	e.serve(listener, published)
	admin, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	e.serve(admin, published.Switches(firm))
	e.Info.Authority.AdminURL = "http://" + admin.Addr().String()
	e.registers = app.Registers{Sources: []registers.Source{{
		ID:  registers.EBA,
		URL: "http://" + listener.Addr().String() + authority.MetadataPath,
	}}}
	return nil
}
