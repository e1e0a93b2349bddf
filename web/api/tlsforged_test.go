package api_test

import (
	"bytes"
	"net/http"
	"testing"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	wire "github.com/sealkeeper/sealkeeper/types/api"
)

// message is a handshake message of TLS 1.2.
func message(kind byte, body []byte) []byte {
	n := len(body)
	return append([]byte{kind, byte(n >> 16), byte(n >> 8), byte(n)}, body...)
}

// transcript is the handshake up to a client's CertificateVerify, with the certificate as the client's.
func transcript(leaf []byte) []byte {
	hello := append([]byte{3, 3}, make([]byte, 33)...)
	size := func(n int) []byte { return []byte{byte(n >> 16), byte(n >> 8), byte(n)} }
	own := bytes.Join([][]byte{size(len(leaf) + 3), size(len(leaf)), leaf}, nil)
	return bytes.Join([][]byte{message(1, hello), message(2, hello), message(11, own), message(16, []byte{0})}, nil)
}

// A TLS 1.2 handshake is signed only with the client's certificate in it that signs, and nothing around it.
func TestForgedTranscriptsAreRefused(t *testing.T) {
	s := serve(t)
	r := s.ActivateAt(stack.Institution)
	c := s.service(t, "forger", access.Transport)
	var got wire.TLSConfiguration
	first := c.call("GET", "/v1/tls/"+r.ID, nil)
	first.want(http.StatusOK, &got)
	leaf := blocks(t, got.Transport.ChainPEM)[0]
	sign := func(message []byte) answer {
		return c.call("POST", got.Transport.Key.SigningURL,
			object{"version": got.Version, "scheme": "rsa_pkcs1_sha256", "message": message})
	}
	sign(transcript(leaf)).want(http.StatusOK, nil)
	other := bytes.Clone(leaf)
	other[len(other)-1] ^= 1
	own := transcript(leaf)
	for _, forged := range [][]byte{
		transcript(other), transcript(leaf[:len(leaf)-1]), transcript(append(bytes.Clone(leaf), 0)),
		append(bytes.Clone(own), 'x'), own[:len(own)-1], own[39:], append(message(0, nil), own...),
	} {
		sign(forged).refused(http.StatusUnprocessableEntity, "not_a_handshake")
	}
	accounts, err := s.DB.ServiceAccounts(t.Context(), false)
	check(t, err)
	check(t, s.Accounts.RevokeToken(t.Context(), stack.Admin, accounts[0].ID, accounts[0].Tokens[0].ID))
	again, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/v1/tls/"+r.ID, nil)
	check(t, err)
	again.Header.Set("Authorization", "Bearer "+c.token)
	again.Header.Set("If-None-Match", first.header.Get("ETag")) // what was kept is no way past the token
	c.do(again, nil).refused(http.StatusUnauthorized, "token_invalid")
}
