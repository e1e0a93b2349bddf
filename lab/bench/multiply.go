package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/dump"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/vault"
)

type row map[string]any

// multiply fills an empty database with certificates, a QWAC and a QSealC in turns, each pair in use by a registration
// of its own: what the services write of one pair is loaded again and again, with what differs. Nobody has judged the
// certificates yet.
func multiply(b *testing.B, db *store.DB, issued []*qtsp.Issued) {
	s := stack.New(loud{b})
	s.FillRegistrations(1, s.Import(qtsp.Request{KeyType: qtsp.P256}),
		s.Import(qtsp.Request{KeyType: qtsp.P256, Kind: certs.QSealC}))
	one := map[string]row{} // of the last row of each table; of versions, of the one in use
	schema, err := s.DB.Dump(b.Context(), func(table string, line []byte) error {
		var r row
		decoder := json.NewDecoder(strings.NewReader(string(line)))
		decoder.UseNumber()
		if err := decoder.Decode(&r); err != nil || table == "bundles" && r["state"] != "active" {
			return err
		}
		one[table] = r
		return nil
	})
	if err != nil {
		loud{b}.Fatal(err)
	}
	_, err = db.Load(b.Context(), schema, dump.Loading{}, func(add func(table string, line []byte) error) error {
		with := func(table string, differs row) error {
			r := maps.Clone(one[table])
			maps.Copy(r, differs)
			line, err := json.Marshal(r)
			if err != nil {
				return err
			}
			return add(table, line)
		}
		if err := with("organizations", nil); err != nil {
			return err
		}
		for pair := range len(issued) / 2 {
			if err := addUse(with, pair); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		loud{b}.Fatal(err)
	}
	for i, c := range issued {
		r, err := recordOf(i, c, s.Now)
		if err == nil {
			_, err = db.RestoreCertificate(b.Context(), r, false)
		}
		if err != nil {
			loud{b}.Fatal(err)
		}
	}
}

// addUse adds what uses the pair of certificates of a number.
func addUse(with func(table string, differs row) error, pair int) error {
	n := fmt.Sprint(pair)
	for _, r := range []struct {
		table   string
		differs row
	}{
		{"applications", row{"id": "a" + n, "name": "Application " + n}},
		{"registrations", row{"id": "r" + n, "application_id": "a" + n}},
		{"bundles", row{
			"id":              "b" + n,
			"registration_id": "r" + n,
			"qwac_id":         numbered(2 * pair),
			"qsealc_id":       numbered(2*pair + 1),
		}},
	} {
		if err := with(r.table, r.differs); err != nil {
			return err
		}
	}
	return nil
}

// numbered is the id of the certificate of a number.
func numbered(i int) string { return fmt.Sprintf("c%07d", i) }

// recordOf is a stored certificate that nobody has judged yet.
func recordOf(i int, issued *qtsp.Issued, at time.Time) (vault.Record, error) {
	var chain []*certs.Certificate
	for _, der := range issued.Chain {
		c, err := certs.ParseCertificate(der)
		if err != nil {
			return vault.Record{}, err
		}
		chain = append(chain, c)
	}
	return vault.Record{
		ID:        numbered(i),
		KeyID:     fmt.Sprintf("k%d", i),
		State:     vault.Stored,
		Name:      "certificate " + fmt.Sprint(i),
		Leaf:      issued.Certificate,
		Chain:     chain,
		Custody:   "embedded",
		KeyMode:   vault.KeyHeld,
		Line:      vault.Line{ID: numbered(i), Version: 1, Change: vault.First},
		CreatedAt: at,
		CreatedBy: "bench",
	}, nil
}
