package certs

import (
	"encoding/pem"
)

func (r *reader) readPEM(data []byte) error {
	for {
		block, rest := pem.Decode(data)
		if block == nil {
			break
		}
		data = rest
		if err := r.readBlock(block); err != nil {
			return err
		}
	}
	if len(r.contents.Certificates)+len(r.contents.Keys) == 0 {
		return newError(CodeNotACertificate, nil, "it holds neither a certificate nor a private key.")
	}
	return nil
}

func (r *reader) readBlock(block *pem.Block) error {
	switch block.Type {
	case "CERTIFICATE":
		return r.addCertificate(block.Bytes)
	case "PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY":
		return r.readKey(block.Bytes)
	case "CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST":
		return newError(CodeRequest, nil, "this is a certificate request, not a certificate; upload what the issuer made of it.")
	}
	return nil
}
