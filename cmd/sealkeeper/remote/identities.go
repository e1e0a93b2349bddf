package remote

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/sealkeeper/sealkeeper/client"
	"github.com/sealkeeper/sealkeeper/internal/cli"
	"github.com/sealkeeper/sealkeeper/types/api"
)

func claimsText(claims map[string]string) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(claims)) {
		b.WriteString(" " + name + "=" + claims[name])
	}
	return b.String()
}

type servicesTrustCmd struct {
	serviceArg
	Issuer      string            `xor:"who" help:"Of a workload: address of its issuer, one of workload_issuers."`
	Audience    string            `help:"Of a workload: the JWT's audience; best this service's address."`
	Subject     string            `help:"Of a workload: its subject; * is any characters but : and /."`
	Claim       map[string]string `mapsep:"none" help:"Of a workload: a further claim it has to have; repeat it."`
	Certificate string            `xor:"who" type:"path" placeholder:"FILE" help:"A client certificate."`
	SPKI        string            `xor:"who" name:"spki" placeholder:"SHA256" help:"Or the SHA-256 of its public key."`
	DNS         string            `xor:"who" name:"dns" placeholder:"NAME" help:"Or its DNS name, with --anchor."`
	URI         string            `xor:"who" name:"uri" placeholder:"URI" help:"Or its URI (SPIFFE id), with --anchor."`
	Anchor      string            `placeholder:"SHA256" help:"SHA-256 of its issuer, in the anchors file."`
}

// Run adds an identity.
func (c servicesTrustCmd) Run(env *cli.Environment) error {
	in, err := c.identity()
	if err != nil {
		return err
	}
	made, err := cli.Ask(env, c.Remote, func(ctx context.Context, s *client.Client) (api.ServiceIdentity, error) {
		a, err := c.find(ctx, s)
		if err != nil {
			return api.ServiceIdentity{}, err
		}
		return s.AddServiceIdentity(ctx, a.ID, in)
	})
	if err == nil && !c.JSON {
		env.Printf("identity %s\n", made.ID)
	}
	return err
}

// identity is what was named; what is missing of it, the service says.
func (c servicesTrustCmd) identity() (api.NewServiceIdentity, error) {
	in := api.NewServiceIdentity{Kind: api.IdentityCertificate, Issuer: c.Anchor, Claims: c.Claim, Audience: c.Audience}
	switch {
	case c.Certificate != "":
		key, err := keyOf(c.Certificate)
		in.Subject = "spki:" + key
		return in, err
	case c.SPKI != "":
		in.Subject = "spki:" + c.SPKI
	case c.DNS != "":
		in.Subject = "dns:" + c.DNS
	case c.URI != "":
		in.Subject = "uri:" + c.URI
	case c.Issuer == "":
		return in, cli.Invalid("identity_missing",
			"Name a workload with --issuer, or a client certificate with --certificate, --spki, --dns or --uri.")
	default:
		in.Kind, in.Issuer, in.Subject = api.IdentityWorkload, c.Issuer, c.Subject
	}
	return in, nil
}

// maxCertificateFile bounds a file with a certificate, in bytes.
const maxCertificateFile = 256 << 10

// keyOf is the SHA-256 of the public key of the first certificate in a file, in hexadecimal digits.
func keyOf(path string) (string, error) {
	unreadable := cli.Invalid("certificate_unreadable", "The file %s has no certificate (PEM) that can be read.", path)
	file, err := os.Open(path)
	if err != nil {
		return "", unreadable
	}
	defer func() { _ = file.Close() }()
	text, err := io.ReadAll(io.LimitReader(file, maxCertificateFile))
	block, _ := pem.Decode(text)
	if err != nil || block == nil {
		return "", unreadable
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return "", unreadable
	}
	sum := sha256.Sum256(certificate.RawSubjectPublicKeyInfo)
	return hex.EncodeToString(sum[:]), nil
}

type servicesUntrustCmd struct {
	serviceArg
	Identity string `arg:"" help:"Id of the identity."`
}

// Run removes an identity.
func (c servicesUntrustCmd) Run(env *cli.Environment) error {
	_, err := cli.Ask(env, c.Remote, func(ctx context.Context, s *client.Client) (api.ServiceAccount, error) {
		a, err := c.find(ctx, s)
		if err != nil {
			return a, err
		}
		return s.RemoveServiceIdentity(ctx, a.ID, c.Identity)
	})
	if err == nil && !c.JSON {
		env.Printf("removed\n")
	}
	return err
}
