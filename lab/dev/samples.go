package dev

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/pem"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
)

// Organization is whose the sample certificates are.
const Organization = "PSDFR-ACPR-12345"

// Samples are paths of sample files, and the passphrase of those that have one.
type Samples struct {
	QWACPEM    string `json:"qwac_pem"`
	QWACKey    string `json:"qwac_key"`
	QSealCPEM  string `json:"qsealc_pem"`
	QSealCKey  string `json:"qsealc_key"`
	QWACP12    string `json:"qwac_p12"`
	QSealCP12  string `json:"qsealc_p12"`
	Passphrase string `json:"passphrase"`
}

// samplePassphrase opens sample files of a throw-away issuer.
const samplePassphrase = "sample-passphrase"

// Mint returns the throw-away QTSP of a folder and the files it has minted. The first start makes them, for a QTSP that
// publishes at base what it revokes; empty: it does not.
func Mint(dir, base string) (*qtsp.QTSP, Samples, error) {
	folder, err := filepath.Abs(filepath.Join(dir, "samples"))
	if err != nil {
		return nil, Samples{}, err
	}
	in := func(name string) string { return filepath.Join(folder, name) }
	made := Samples{
		QWACPEM:    in("qwac.pem"),
		QWACKey:    in("qwac.key"),
		QSealCPEM:  in("qsealc.pem"),
		QSealCKey:  in("qsealc.key"),
		QWACP12:    in("qwac.p12"),
		QSealCP12:  in("qsealc.p12"),
		Passphrase: samplePassphrase,
	}
	qtspPath := filepath.Join(dir, "qtsp.pem")
	if data, err := os.ReadFile(qtspPath); err == nil {
		issuing, err := qtsp.Unmarshal(data)
		return issuing, made, err
	}
	issuing, err := qtsp.NewAt(time.Now(), base)
	if err != nil {
		return nil, made, err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, made, err
	}
	var both errgroup.Group // RSA keys take a while to find
	both.Go(func() error { return mint(issuing, certs.QWAC, made.QWACPEM, made.QWACKey, made.QWACP12) })
	both.Go(func() error { return mint(issuing, certs.QSealC, made.QSealCPEM, made.QSealCKey, made.QSealCP12) })
	if err := both.Wait(); err != nil {
		return nil, made, err
	}
	data, err := issuing.Marshal()
	if err != nil {
		return nil, made, err
	}
	// Written last: its presence means that the samples are complete.
	return issuing, made, cli.WriteFile(qtspPath, data)
}

func mint(issuing *qtsp.QTSP, kind certs.Kind, pemPath, keyPath, p12Path string) error {
	issued, err := issuing.Issue(qtsp.Request{Kind: kind, OrganizationIdentifier: Organization})
	if err != nil {
		return err
	}
	p12, err := issued.PKCS12(samplePassphrase)
	if err != nil {
		return err
	}
	for path, data := range map[string][]byte{
		pemPath: issued.CertificatePEM(),
		keyPath: issued.KeyPEM(),
		p12Path: p12,
	} {
		if err := cli.WriteFile(path, data); err != nil {
			return err
		}
	}
	return nil
}

// RootPEM is the root of the QTSP, which banks are told to trust.
func RootPEM(issuing *qtsp.QTSP) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: issuing.Root().Raw}))
}

// RandomHex is shaped like the client ids and secrets of the bank's portal.
func RandomHex() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b)
	return hex.EncodeToString(b)
}
