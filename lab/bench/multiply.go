package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/dump"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
)

type row map[string]any

// multiply fills an empty database with certificates, a QWAC and a QSealC in turns, each pair in use by a registration
// of its own: what the services write of one pair is loaded again and again, with what differs. It takes seconds where
// the services would take minutes. Nobody has judged the certificates yet.
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
		for i, c := range issued {
			if err := addPair(with, i, c); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		loud{b}.Fatal(err)
	}
}

// addPair adds a certificate, and with each second one what uses the pair.
func addPair(with func(table string, differs row) error, i int, c *qtsp.Issued) error {
	id := func(i int) string { return fmt.Sprintf("c%07d", i) }
	err := with("certificates", row{
		"id":           id(i),
		"key_id":       fmt.Sprintf("k%d", i),
		"kind":         c.Certificate.Kind,
		"sha256":       c.Certificate.SHA256,
		"not_after":    c.Certificate.NotAfter.UnixMicro(),
		"chain_pem":    string(c.CertificatePEM()),
		"line_id":      "",
		"judged_rules": 0,
		"judge_at":     0,
	})
	if err != nil || i%2 == 0 {
		return err
	}
	n := fmt.Sprint(i / 2)
	for _, r := range []struct {
		table   string
		differs row
	}{
		{"applications", row{"id": "a" + n, "name": "Application " + n}},
		{"registrations", row{"id": "r" + n, "application_id": "a" + n}},
		{"bundles", row{"id": "b" + n, "registration_id": "r" + n, "qwac_id": id(i - 1), "qsealc_id": id(i)}},
	} {
		if err := with(r.table, r.differs); err != nil {
			return err
		}
	}
	return nil
}
