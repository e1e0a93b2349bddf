package pkcs12_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"math/big"
	"testing"

	gopkcs12 "software.sslmate.com/src/go-pkcs12"

	"github.com/sealkeeper/sealkeeper/certs/internal/der"
	"github.com/sealkeeper/sealkeeper/certs/internal/pbe"
	"github.com/sealkeeper/sealkeeper/certs/internal/pkcs12"
)

// files makes one file with each encoder of another implementation.
func files(t testing.TB) map[string][]byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]byte{}
	for name, e := range map[string]*gopkcs12.Encoder{
		"modern": gopkcs12.Modern2026,
		"aes":    gopkcs12.Modern2023,
		"3des":   gopkcs12.LegacyDES,
		"rc2":    gopkcs12.LegacyRC2,
	} {
		if all[name], err = e.Encode(key, c, []*x509.Certificate{c}, "x"); err != nil {
			t.Fatal(err)
		}
	}
	if all["open"], err = gopkcs12.Passwordless.Encode(key, c, nil, ""); err != nil {
		t.Fatal(err)
	}
	if all["trust store"], err = gopkcs12.Modern2023.EncodeTrustStore([]*x509.Certificate{c}, "x"); err != nil {
		t.Fatal(err)
	}
	return all
}

// budget is more than one file needs.
func budget(t testing.TB) *pbe.Budget { return pbe.NewBudget(t.Context(), 5_000_000) }

func TestRead(t *testing.T) {
	for name, data := range files(t) {
		t.Run(name, func(t *testing.T) {
			root, err := der.Read(data)
			if err != nil || !pkcs12.Is(root) {
				t.Fatalf("not recognised: %v", err)
			}
			contents, err := pkcs12.Read(root, pbe.NewPassphrase("x"), budget(t))
			if err != nil {
				t.Fatal(err)
			}
			keys := 1
			if name == "trust store" {
				keys = 0
			}
			if len(contents.Certificates) == 0 || len(contents.Keys) != keys {
				t.Errorf("%d certificates and %d keys", len(contents.Certificates), len(contents.Keys))
			}
			if name == "open" {
				return
			}
			if _, err := pkcs12.Read(root, pbe.NewPassphrase("y"), budget(t)); !errors.Is(err, pbe.ErrPassphrase) {
				t.Errorf("wrong passphrase: %v", err)
			}
		})
	}
}

func TestReadRefusesPublicKeyMode(t *testing.T) {
	b, err := hex.DecodeString("3014020103300f06092a864886f70d010702a0023000")
	if err != nil {
		t.Fatal(err)
	}
	root, err := der.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pkcs12.Read(root, pbe.NewPassphrase(""), budget(t)); !errors.Is(err, pkcs12.ErrPublicKeyMode) {
		t.Errorf("error %v", err)
	}
}

func FuzzRead(f *testing.F) {
	for _, data := range files(f) {
		f.Add(data, "x")
	}
	f.Fuzz(func(t *testing.T, data []byte, passphrase string) {
		root, err := der.Read(data)
		if err != nil || !pkcs12.Is(root) {
			return
		}
		_, _ = pkcs12.Read(root, pbe.NewPassphrase(passphrase), budget(t))
	})
}
