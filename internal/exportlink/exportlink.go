// Package exportlink answers one question: who may fetch this private key as a file, once? Somebody who may export keys
// makes a link; whoever has it fetches the file, once and within ten minutes.
package exportlink

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/audit"
	"github.com/sealkeeper/sealkeeper/internal/clock"
	"github.com/sealkeeper/sealkeeper/internal/keyfile"
	"github.com/sealkeeper/sealkeeper/internal/note"
	"github.com/sealkeeper/sealkeeper/secret"
	"github.com/sealkeeper/sealkeeper/vault"
)

// Lifetime is for how long a link works.
const Lifetime = 10 * time.Minute

// Link is a link, without the token by which it is opened.
type Link struct {
	TokenHash     string
	CertificateID string
	Format        keyfile.Format
	Passphrase    []byte // of the file, sealed with the token; empty: the format has none
	CreatedBy     string
	CreatedByName string
	ExpiresAt     time.Time
}

// Store keeps links.
type Store interface {
	// AddExportLink writes a link, and removes those that have expired at the time.
	AddExportLink(ctx context.Context, l Link, now time.Time) error
	ExportLink(ctx context.Context, tokenHash string) (Link, error)
	// TakeExportLink removes a link, or returns NotFound. Of two who come at once, one has it.
	TakeExportLink(ctx context.Context, tokenHash string) error
}

// Vault hands out keys.
type Vault interface {
	Exportable(ctx context.Context, caller access.Caller, id string) error
	ExportKey(ctx context.Context, caller access.Caller, id, format string) (vault.ExportedKey, error)
}

// People knows who there is.
type People interface {
	Person(ctx context.Context, userID string) (access.Caller, error)
}

// Config is what a Service is made of. Every field is required.
type Config struct {
	Store  Store
	Vault  Vault
	People People
	Audit  *audit.Log
	Now    func() time.Time
}

// Service makes links and opens them. It is safe for concurrent use.
type Service struct{ cfg Config }

// New returns a Service.
func New(cfg Config) *Service {
	cfg.Now = clock.Micros(cfg.Now)
	return &Service{cfg}
}

// Made is a link that was made, shown this once.
type Made struct {
	Token      secret.Text
	Passphrase secret.Text // empty: the format has none
	Format     keyfile.Format
	ExpiresAt  time.Time
}

// Make makes a link to the exportable private key of a certificate. It takes somebody at the console.
func (s *Service) Make(
	ctx context.Context, caller access.Caller, certificateID string, f keyfile.Format,
) (Made, error) {
	if err := s.cfg.Audit.AtConsole(ctx, caller, access.KeyExport, certificateID); err != nil {
		return Made{}, err
	}
	made := Made{Token: secret.NewTextString(rand.Text() + rand.Text()), Format: f}
	detail := note.New("export_link_made", "link made, %s", f)
	err := s.cfg.Audit.Do(ctx, caller, access.KeyExport, certificateID, func() (note.Note, error) {
		if err := f.Known(); err != nil {
			return detail, err
		}
		if err := s.cfg.Vault.Exportable(ctx, caller, certificateID); err != nil {
			return detail, err
		}
		now := s.cfg.Now()
		made.ExpiresAt = now.Add(Lifetime)
		l := Link{
			TokenHash:     hash(made.Token),
			CertificateID: certificateID,
			Format:        f,
			CreatedBy:     caller.ID,
			CreatedByName: caller.Name,
			ExpiresAt:     made.ExpiresAt,
		}
		if f.Encrypted() {
			made.Passphrase = keyfile.Passphrase()
			aead, err := sealer(made.Token)
			if err != nil {
				return detail, err
			}
			l.Passphrase = aead.Seal(nil, nil, made.Passphrase.Bytes(), []byte(l.TokenHash)) //nolint:gosec // it makes its nonce
		}
		return detail, s.cfg.Store.AddExportLink(ctx, l, now)
	})
	if err != nil {
		return Made{}, err
	}
	return made, nil
}

// Look reports whether a link works, without using it up.
func (s *Service) Look(ctx context.Context, token secret.Text) (Link, error) {
	l, err := s.cfg.Store.ExportLink(ctx, hash(token))
	if errors.Is(err, fault.NotFound) || err == nil && !s.cfg.Now().Before(l.ExpiresAt) {
		return Link{}, s.cfg.Audit.Refuse(ctx, access.Caller{}, access.KeyExport, "", over())
	}
	return l, err
}

func over() error {
	return fault.New(fault.NotFound, "export_link_over",
		"This link does not work: it works once, and for 10 minutes. Make another one on the certificate's page.")
}

// File is a key on its way out. Whoever has it wipes it.
type File struct {
	Name   string
	Format keyfile.Format
	Data   []byte
}

// Fetch uses a link up and returns the file. It is done for who made the link, with the rights that they have now.
func (s *Service) Fetch(ctx context.Context, token secret.Text) (File, error) {
	l, err := s.Look(ctx, token)
	if err != nil {
		return File{}, err
	}
	caller, err := s.cfg.People.Person(ctx, l.CreatedBy)
	if errors.Is(err, fault.NotFound) {
		caller, err = access.Caller{ID: l.CreatedBy, Name: l.CreatedByName}, nil // who may nothing any more
	}
	if err != nil {
		return File{}, err
	}
	if err := s.cfg.Store.TakeExportLink(ctx, l.TokenHash); err != nil {
		if errors.Is(err, fault.NotFound) {
			err = s.cfg.Audit.Refuse(ctx, access.Caller{}, access.KeyExport, l.CertificateID, over())
		}
		return File{}, err
	}
	passphrase, err := opened(token, l)
	if err != nil {
		return File{}, err
	}
	released, err := s.cfg.Vault.ExportKey(ctx, caller, l.CertificateID, string(l.Format))
	if err != nil {
		return File{}, err
	}
	defer released.KeyPEM.Wipe()
	data, err := keyfile.Write(l.Format, keyfile.Bundle{KeyPEM: released.KeyPEM, ChainPEM: released.ChainPEM},
		passphrase, s.cfg.Now())
	return File{Name: released.Record.Name + l.Format.Extension(), Format: l.Format, Data: data}, err
}

func hash(token secret.Text) string {
	sum := sha256.Sum256(token.Bytes())
	return hex.EncodeToString(sum[:])
}

// sealer seals the passphrase of a link: whoever reads the database has no token, and cannot open it.
func sealer(token secret.Text) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, token.Bytes(), nil, "sealkeeper export link", 32)
	if err != nil {
		return nil, err
	}
	defer clear(key)
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func opened(token secret.Text, l Link) (secret.Text, error) {
	if !l.Format.Encrypted() {
		return secret.Text{}, nil
	}
	aead, err := sealer(token)
	if err != nil {
		return secret.Text{}, err
	}
	text, err := aead.Open(nil, nil, l.Passphrase, []byte(l.TokenHash))
	if err != nil {
		return secret.Text{}, fault.Wrap(err, fault.Internal, "export_link_altered",
			"The record of this link was altered; make another one, and tell the operator.")
	}
	return secret.NewText(text), nil
}
