package api_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"net/http"
	"testing"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
)

var digest = func() []byte {
	sum := sha256.Sum256([]byte("what is signed"))
	return sum[:]
}()

// verifies says whether a signature is of the algorithm it was asked for.
var verifies = map[string]func(key crypto.PublicKey, signature []byte) bool{
	"rsa-sha256": func(key crypto.PublicKey, signature []byte) bool {
		return rsa.VerifyPKCS1v15(key.(*rsa.PublicKey), crypto.SHA256, digest, signature) == nil
	},
	"rsa-pss-sha256": func(key crypto.PublicKey, signature []byte) bool {
		return rsa.VerifyPSS(key.(*rsa.PublicKey), crypto.SHA256, digest, signature,
			&rsa.PSSOptions{SaltLength: 32}) == nil
	},
	"ecdsa-sha256": func(key crypto.PublicKey, signature []byte) bool {
		return ecdsa.VerifyASN1(key.(*ecdsa.PublicKey), digest, signature)
	},
}

func TestSignatures(t *testing.T) {
	s := serve(t)
	officer, connector := s.as(t, "Ada", access.Compliance), s.as(t, "accounts service", access.Connector)
	for _, test := range []struct {
		key   qtsp.KeyType
		makes []string
	}{
		{qtsp.RSA2048, []string{"rsa-sha256", "rsa-pss-sha256"}},
		{qtsp.P256, []string{"ecdsa-sha256"}},
	} {
		t.Run(string(test.key), func(t *testing.T) {
			officer, connector := officer.in(t), connector.in(t)
			issued := s.QTSP.MustIssue(t, qtsp.Request{Kind: certs.QSealC, KeyType: test.key})
			var stored []made
			officer.upload("/v1/certificates", pemFiles(issued)...).want(http.StatusCreated, &stored)
			path := "/v1/certificates/" + stored[0].ID + "/signatures"
			made := map[string]bool{}
			for _, algorithm := range test.makes {
				var got struct{ Signature []byte }
				connector.call("POST", path, object{"algorithm": algorithm, "digest": digest}).want(http.StatusOK, &got)
				if !verifies[algorithm](issued.Key.Public(), got.Signature) {
					t.Errorf("the signature is not %s", algorithm)
				}
				made[algorithm] = true
			}
			for algorithm := range verifies {
				if !made[algorithm] {
					connector.call("POST", path, object{"algorithm": algorithm, "digest": digest}).
						refused(http.StatusUnprocessableEntity, "algorithm_unsuitable")
				}
			}
			connector.call("POST", path, object{"algorithm": "hs256", "digest": digest}).
				refused(http.StatusUnprocessableEntity, "algorithm_unknown")
			connector.call("POST", path, object{"algorithm": test.makes[0], "digest": digest[:31]}).
				refused(http.StatusUnprocessableEntity, "digest_length")
			connector.call("POST", path, object{"algorithm": test.makes[0], "digest": "not base64!"}).
				refused(http.StatusUnprocessableEntity, "json_invalid")
		})
	}
}
