package jks_test

import (
	"encoding/hex"
	"testing"

	"github.com/sealkeeper/sealkeeper/certs/internal/jks"
	"github.com/sealkeeper/sealkeeper/certs/internal/pbe"
)

func TestReadRefuses(t *testing.T) {
	digest := "0000000000000000000000000000000000000000"
	for name, s := range map[string]string{
		"too short":       "feedfeed",
		"version":         "feedfeed" + "00000003" + "00000000" + digest,
		"entries missing": "feedfeed" + "00000002" + "00000001" + digest,
		"secret key":      "cececece" + "00000002" + "00000001" + "00000003" + "0000" + "0000000000000000" + digest,
		"huge length": "feedfeed" + "00000002" + "00000001" + "00000001" + "0000" + "0000000000000000" +
			"ffffffff" + digest,
		"something after": "feedfeed" + "00000002" + "00000000" + digest + "41",
	} {
		t.Run(name, func(t *testing.T) {
			b, err := hex.DecodeString(s)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := jks.Read(b); err == nil {
				t.Errorf("%s: accepted", name)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	empty, err := hex.DecodeString("feedfeed" + "00000002" + "00000000" + "0000000000000000000000000000000000000000")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(empty)
	f.Fuzz(func(t *testing.T, data []byte) {
		if !jks.Is(data) {
			return
		}
		store, err := jks.Read(data)
		if err != nil {
			return
		}
		budget := pbe.NewBudget(t.Context(), 5_000_000)
		_ = store.Verify(pbe.NewPassphrase("x"), budget)
		for _, k := range store.Keys {
			_, _ = k.Open(pbe.NewPassphrase("x"), budget)
		}
	})
}
