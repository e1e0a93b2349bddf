package certs

import (
	"crypto"
	"crypto/x509"

	pkcs12 "software.sslmate.com/src/go-pkcs12"
)

func (r *reader) readDER(data []byte) error {
	if err := r.addCertificate(data); err == nil {
		return nil
	}
	if err := r.readKey(data); err == nil {
		return nil
	}
	return r.readPKCS12(data)
}

func (r *reader) readKey(der []byte) error {
	key, err := parseKey(der)
	if err != nil {
		return newError(CodeMalformed, err, "the private key cannot be read.")
	}
	k, err := NewPrivateKey(key)
	if err != nil {
		return err
	}
	r.addKey(k)
	return nil
}

func parseKey(der []byte) (crypto.Signer, error) {
	if key, err := x509.ParsePKCS8PrivateKey(der); err == nil {
		if signer, ok := key.(crypto.Signer); ok {
			return signer, nil
		}
	}
	if key, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return key, nil
	}
	return x509.ParseECPrivateKey(der)
}

func (r *reader) readPKCS12(data []byte) error {
	key, leaf, chain, err := pkcs12.DecodeChain(data, r.passphrase.Reveal())
	switch {
	case err == pkcs12.ErrIncorrectPassword && r.passphrase.Empty():
		return newError(CodePassphraseNeeded, err, "this PKCS#12 needs its passphrase.")
	case err == pkcs12.ErrIncorrectPassword:
		return newError(CodePassphraseWrong, err, "the passphrase does not open this PKCS#12.")
	case err != nil:
		return newError(CodeNotACertificate, err, "it holds neither a certificate nor a private key.")
	}
	for _, c := range append([]*x509.Certificate{leaf}, chain...) {
		if err := r.addCertificate(c.Raw); err != nil {
			return err
		}
	}
	k, err := NewPrivateKey(key.(crypto.Signer))
	if err != nil {
		return err
	}
	r.addKey(k)
	return nil
}
