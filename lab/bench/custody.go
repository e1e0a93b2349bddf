package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/vault/vaulttest"
)

// listMemory is the largest heap while 10,000 certificates are listed page by page.
func listMemory(b *testing.B) []figure {
	const count = 10_000
	db, issuing := storetest.SQLite(loud{b}), qtsp.Must(loud{b})
	v := benchVault(loud{b}, db, stack.Embedded(loud{b}, db))
	models := make([]*certs.Certificate, 20)
	for i := range models {
		models[i] = issuing.MustIssue(loud{b}, qtsp.Request{}).Certificate
	}
	for i := range count {
		leaf := *models[i%len(models)]
		// unique, as the column wants it; the rest is as large as it is in life
		sum := sha256.Sum256(fmt.Append(nil, i))
		leaf.SHA256 = hex.EncodeToString(sum[:])
		id := fmt.Sprintf("bench-%d", i)
		r := vault.Record{
			ID:        id,
			KeyID:     id,
			State:     vault.Stored,
			Name:      "QWAC " + id,
			Leaf:      &leaf,
			Chain:     []*certs.Certificate{models[0]},
			Custody:   "embedded",
			KeyMode:   vault.KeyHeld,
			Line:      vault.Line{ID: id, Version: 1, Change: vault.First},
			CreatedAt: time.Now(),
			CreatedBy: "bench",
		}
		if _, err := db.RestoreCertificate(b.Context(), r, false); err != nil {
			loud{b}.Fatal(err)
		}
	}
	var memory runtime.MemStats
	most := uint64(0)
	q := vault.Certificates.Query()
	q.Limit = listing.MaxLimit
	for read := 0; ; {
		page, err := v.Page(b.Context(), stack.Officer, q)
		runtime.ReadMemStats(&memory)
		most = max(most, memory.HeapInuse)
		if read += len(page.Items); err != nil || page.Next == "" {
			if err != nil || read != count {
				loud{b}.Fatalf("%d listed, %v", read, err)
			}
			break
		}
		if q, err = vault.Certificates.Parse(url.Values{"limit": {"500"}, "cursor": {page.Next}}); err != nil {
			loud{b}.Fatal(err)
		}
	}
	return []figure{below("memory_10000_certificates_listed", float64(most)/(1<<20), "MiB", 120)}
}

func benchVault(t testing.TB, db *store.DB, custody vault.Custody) *vault.Vault {
	return stack.Wire(t, db, custody, nil).Vault
}

// importers are as many as the command for folders has.
const importers = 64

// importing is how many certificates a second are taken in, key and audit entries included, one upload after the other
// and several at once, and how much of custody's own rate is left of the latter.
func importing(b *testing.B) []figure {
	db := storetest.SQLite(loud{b})
	embedded := stack.Embedded(loud{b}, db)
	inVault, _, _ := transit(b, vaulttest.Server(loud{b}))
	return slices.Concat(importingInto(b, db, embedded, 20), importingInto(b, storetest.SQLite(loud{b}), inVault, 10))
}

func importingInto(b *testing.B, db *store.DB, custody vault.Custody, target float64) []figure {
	const count, rounds, each = 60, 5, 4
	v, name := benchVault(loud{b}, db, custody), custody.Mode()
	uploads := newUploads(b, 1+count+(rounds+2)*importers*each)
	var next, id atomic.Int32
	one := func() error {
		_, err := v.Import(b.Context(), stack.Officer, uploads[next.Add(1)-1].files)
		return err
	}
	timed(loud{b}, 1, 1, one) // the first import makes Vault's wrapping key
	perSecond := count / timed(loud{b}, 1, count, one).Seconds()
	together := importers * each / timed(loud{b}, importers, each, one).Seconds()
	alone := func() error {
		n := id.Add(1)
		at, upload := fmt.Sprintf("alone-%d", n), uploads[n-1]
		if err := custody.ImportKey(b.Context(), at, upload.key); err != nil {
			return err
		}
		doc := map[string]string{"type": "certificate", "certificate_pem": string(upload.files.Files[0].Data)}
		_, err := custody.Put(b.Context(), at, doc, 0)
		return err
	}
	ratio := throughput(loud{b}, rounds, importers, each, one, alone)
	return []figure{
		rate("import_"+name, perSecond, target),
		rate("import_"+name+"_c64", together, 3*target),
		atLeast("import_"+name+"_c64_vs_custody", ratio, 0.8),
	}
}

func rate(name string, value, target float64) figure {
	return figure{Name: name, Value: value, Unit: "per_second", Op: ">=", Target: target, OK: value >= target}
}

// upload is a certificate with its key, and the files that they are in.
type upload struct {
	files vault.Files
	key   *certs.PrivateKey
}

func newUploads(b *testing.B, n int) []upload {
	issuing, uploads := qtsp.Must(loud{b}), make([]upload, n)
	for i := range uploads {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			loud{b}.Fatal(err)
		}
		issued := issuing.MustIssue(loud{b}, qtsp.Request{Key: key})
		uploads[i] = upload{key: issued.Key, files: vault.Files{Files: []certs.File{
			{Name: "cert.pem", Data: issued.CertificatePEM()},
			{Name: "cert.key", Data: issued.KeyPEM()},
		}}}
	}
	return uploads
}
