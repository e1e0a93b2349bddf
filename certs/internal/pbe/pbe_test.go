package pbe_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"testing"

	"github.com/sealkeeper/sealkeeper/certs/internal/der"
	"github.com/sealkeeper/sealkeeper/certs/internal/pbe"
)

func decode(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// vectors were made with OpenSSL 3.0 over the text "some secret text" with the
// passphrase "changeit" and the salt "saltsalt".
var vectors = []struct{ name, algorithm, data string }{
	{"MD5 and DES", "301b06092a864886f70d010503300e040873616c7473616c74020203e8",
		"a03bd77bc5c5c8d3bb5dec566a86c821515a664d74fd6d86"},
	{"MD5 and RC2", "301b06092a864886f70d010506300e040873616c7473616c74020203e8",
		"0d4e49a1954029aa1a18706c2acb92d238df17b9c8ac3056"},
	{"SHA-1 and DES", "301b06092a864886f70d01050a300e040873616c7473616c74020203e8",
		"ccfbae0a651caa837bb482cbece49925afd478fa7d274e5f"},
	{"SHA-1 and RC2", "301b06092a864886f70d01050b300e040873616c7473616c74020203e8",
		"dda70f4698ad357c73a45a638e8233e2b98f3ba8b93578b2"},
	{"PKCS#12 RC4-128", "301c060a2a864886f70d010c0101300e040873616c7473616c74020203e8",
		"ee0105bce18e1611d72c74f72b63997b"},
	{"PKCS#12 RC4-40", "301c060a2a864886f70d010c0102300e040873616c7473616c74020203e8",
		"e488846cc2e5e24606e8b57977bbd6c8"},
	{"PKCS#12 3DES", "301c060a2a864886f70d010c0103300e040873616c7473616c74020203e8",
		"21931fa2c77643cd97d1b39205bce8e8da2e8708f46e4645"},
	{"PKCS#12 two-key 3DES", "301c060a2a864886f70d010c0104300e040873616c7473616c74020203e8",
		"76b6970835f5567f61a4b645e01137d0fa0dfc6448582629"},
	{"PKCS#12 RC2-128", "301c060a2a864886f70d010c0105300e040873616c7473616c74020203e8",
		"d50a22a6de90eed0d1d4e34031cd2205706357cd173faa75"},
	{"PKCS#12 RC2-40", "301c060a2a864886f70d010c0106300e040873616c7473616c74020203e8",
		"8b50b10723a53cf4dfb17937c65d69e5a7664890f4fd96f4"},
	{
		"AES-128-CBC with HMAC SHA-1",
		"304906092a864886f70d01050d303c301b06092a864886f70d01050c300e040873616c7473616c74020203e8301d0609" +
			"608648016503040102041030313233343536373839616263646566",
		"90f8a77ec44a19337e878b0cb425e6f814794a4c06d47506286e6e6cb7d11a4f",
	},
	{
		"AES-192-CBC with HMAC SHA-224",
		"305706092a864886f70d01050d304a302906092a864886f70d01050c301c040873616c7473616c74020203e8300c0608" +
			"2a864886f70d02080500301d0609608648016503040116041030313233343536373839616263646566",
		"49e2efb1440642614ea1e2cf1d787f20297c197316cd6026bc2a8d1bd6bfa360",
	},
	{
		"AES-256-CBC with HMAC SHA-256",
		"305706092a864886f70d01050d304a302906092a864886f70d01050c301c040873616c7473616c74020203e8300c0608" +
			"2a864886f70d02090500301d060960864801650304012a041030313233343536373839616263646566",
		"eaf7e697f7f9e777cdc6dc22125ff991a2646914605cc8c2e4706710dee20378",
	},
	{
		"DES-EDE3-CBC with HMAC SHA-384",
		"304e06092a864886f70d01050d3041302906092a864886f70d01050c301c040873616c7473616c74020203e8300c0608" +
			"2a864886f70d020a0500301406082a864886f70d030704083031323334353637",
		"425de115b062f1bf3afbfe847bf22829364346a556d97b62",
	},
	{
		"DES-CBC with HMAC SHA-512",
		"304b06092a864886f70d01050d303e302906092a864886f70d01050c301c040873616c7473616c74020203e8300c0608" +
			"2a864886f70d020b0500301106052b0e03020704083031323334353637",
		"a8e639595b8811cb79abd8f50f5730eb303c26b671cc5b5c",
	},
	{
		"RC2-CBC with HMAC SHA-1",
		"304806092a864886f70d01050d303b301e06092a864886f70d01050c3011040873616c7473616c74020203e802011030" +
			"1906082a864886f70d0302300d02013a04083031323334353637",
		"4281524fc3dfec5d66792fd89b7388a95a710990b8d3bc22",
	},
	{
		"RC2-40-CBC with HMAC SHA-1",
		"304906092a864886f70d01050d303c301e06092a864886f70d01050c3011040873616c7473616c74020203e802010530" +
			"1a06082a864886f70d0302300e020200a004083031323334353637",
		"58aa27b31c4cb3cf02a5727c79026180912af550d1f974fb",
	},
	{
		"AES-256-CBC with scrypt",
		"304f06092a864886f70d01050d3042302106092b06010401da47040b3014040873616c7473616c740202040002010802" +
			"0101301d060960864801650304012a041030313233343536373839616263646566",
		"0a7784f944ef8e7b5a9ad4f37dd5553ec8226f0e949bcb153cabe85356893802",
	},
}

// budget is more than one file needs.
func budget(t testing.TB) *pbe.Budget { return pbe.NewBudget(t.Context(), 5_000_000) }

func TestDecrypt(t *testing.T) {
	for _, v := range vectors {
		t.Run(v.name, func(t *testing.T) {
			algorithm, err := der.Read(decode(t, v.algorithm))
			if err != nil {
				t.Fatal(err)
			}
			plain, err := pbe.Decrypt(algorithm, pbe.NewPassphrase("changeit"), decode(t, v.data), budget(t))
			if err != nil {
				t.Fatal(err)
			}
			if string(plain) != "some secret text" {
				t.Errorf("%q", plain)
			}
			wrong, err := pbe.Decrypt(algorithm, pbe.NewPassphrase("changeme"), decode(t, v.data), budget(t))
			if err == nil && bytes.Equal(wrong, plain) {
				t.Error("the wrong passphrase opened it")
			}
		})
	}
}

func TestBudgetIsForAllTogether(t *testing.T) {
	algorithm, err := der.Read(decode(t, vectors[0].algorithm))
	if err != nil {
		t.Fatal(err)
	}
	budget := budget(t)
	for range 10_000 {
		_, err = pbe.Decrypt(algorithm, pbe.NewPassphrase("wrong"), decode(t, vectors[0].data), budget)
		if errors.Is(err, pbe.ErrSpent) {
			return
		}
	}
	t.Errorf("the budget never ended: %v", err)
}

func TestDecryptPEMRefuses(t *testing.T) {
	for _, info := range []string{
		"", "AES-256-CBC", "AES-256-CBC,zz", "AES-256-CBC,00", "ROT13,00000000000000000000000000000000",
	} {
		t.Run(info, func(t *testing.T) {
			if _, err := pbe.DecryptPEM(info, pbe.NewPassphrase("x"), make([]byte, 32), budget(t)); err == nil {
				t.Errorf("%q was accepted", info)
			}
		})
	}
}

func FuzzDecrypt(f *testing.F) {
	for _, v := range vectors {
		f.Add(decode(f, v.algorithm), decode(f, v.data), "changeit")
	}
	f.Fuzz(func(t *testing.T, algorithm, data []byte, passphrase string) {
		n, err := der.Read(algorithm)
		if err != nil || len(data) > 4096 {
			return
		}
		_, _ = pbe.Decrypt(n, pbe.NewPassphrase(passphrase), data, budget(t))
	})
}

func FuzzDecryptPEM(f *testing.F) {
	f.Add("AES-256-CBC,00000000000000000000000000000000", "x", make([]byte, 32))
	f.Add("DES-EDE3-CBC,0000000000000000", "x", make([]byte, 8))
	f.Fuzz(func(t *testing.T, info, passphrase string, data []byte) {
		_, _ = pbe.DecryptPEM(info, pbe.NewPassphrase(passphrase), data, budget(t))
	})
}
