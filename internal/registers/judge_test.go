package registers_test

import (
	"bytes"
	"context"
	"encoding/pem"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/certs/register"
	"github.com/sealkeeper/sealkeeper/internal/registers"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
)

// inUse is a store of certificates in use, and of what is told of them.
type inUse struct {
	registers.Store

	known []registers.Register
	used  []registers.Used
	told  map[string]registers.State
}

func (s *inUse) Registers(context.Context) ([]registers.Register, error) { return s.known, nil }

func (s *inUse) RegisterEntries(context.Context, []string) ([]registers.Entry, error) {
	return nil, nil
}

func (s *inUse) InstitutionsUsing(context.Context, []string) (map[string][]string, error) {
	return map[string][]string{}, nil
}

func (s *inUse) NotJudgedByRegisters(_ context.Context, _, after string, _ int) (left []registers.Used, err error) {
	for _, u := range s.used {
		if u.ID > after {
			left = append(left, u)
		}
	}
	return left, nil
}

func (s *inUse) SaveRegisterVerdicts(_ context.Context, _ string, all []registers.Told) error {
	for _, t := range all {
		s.told[t.ID] = t.State
	}
	return nil
}

// judged judges the certificates in use by a table that was read, and the EBA's register as known.
func judged(t *testing.T, s *inUse, sources ...registers.Source) string {
	t.Helper()
	s.told = map[string]registers.State{}
	var log bytes.Buffer
	service := registers.New(registers.Config{
		Store:   s,
		Sources: sources,
		Country: func(string) string { return "" },
		Logger:  slog.New(slog.NewTextHandler(&log, nil)),
		Now:     time.Now,
	})
	n, err := service.JudgeUsed(t.Context())
	if check(t, err); n != len(s.used) {
		t.Errorf("%d were judged", n)
	}
	return log.String()
}

func issued(t *testing.T) string {
	t.Helper()
	issuer, err := qtsp.New(time.Now())
	check(t, err)
	issued := issuer.MustIssue(t, qtsp.Request{KeyType: qtsp.P256, Kind: certs.QWAC})
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: issued.Certificate.Raw}))
}

// That an authorisation is not found is said where each register was read that has the authority, asked by us or not.
func TestNotFoundTakesEveryRegister(t *testing.T) {
	acpr := register.Layout{Authority: "FR-ACPR"}
	read := registers.Register{SourceID: "acpr", ReadAt: time.Now(), Imported: true, Keys: []string{"FR-ACPR-12345"}}
	eba := read
	eba.SourceID = registers.EBA
	store := &inUse{known: []registers.Register{read}, used: []registers.Used{{ID: "a", ChainPEM: issued(t)}}}
	sources := []registers.Source{{ID: "acpr", Layout: &acpr}, {ID: registers.EBA}}
	if judged(t, store, sources...); store.told["a"] != registers.NotRead {
		t.Errorf("it is %s though the EBA's register was never read", store.told["a"])
	}
	store.known = append(store.known, eba)
	if judged(t, store, sources...); store.told["a"] != notFound {
		t.Errorf("it is %s though both were read", store.told["a"])
	}
}

// A certificate that cannot be read keeps no other from being judged.
func TestCertificatesThatCannotBeJudged(t *testing.T) {
	broken := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")}))
	store := &inUse{
		known: []registers.Register{{
			SourceID: registers.EBA,
			ReadAt:   time.Now(),
			Imported: true,
			Keys:     []string{"FR-ACPR-12345"},
		}},
		used: []registers.Used{
			{ID: "broken", ChainPEM: broken},
			{ID: "nothing"},
			{ID: "whole", ChainPEM: issued(t)},
		},
	}
	log := judged(t, store, registers.Source{ID: registers.EBA})
	for id, want := range map[string]registers.State{
		"nothing": registers.NotChecked,
		"broken":  registers.NotChecked,
		"whole":   notFound,
	} {
		if store.told[id] != want {
			t.Errorf("%s is %q, want %s", id, store.told[id], want)
		}
		if strings.Contains(log, "certificate="+id) == (id == "whole") {
			t.Errorf("logged of %s: %s", id, log)
		}
	}
}
