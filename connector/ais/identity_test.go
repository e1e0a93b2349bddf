package ais_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/sealkeeper/sealkeeper/connector/ais"
	"github.com/sealkeeper/sealkeeper/lab/tpp"
)

func TestIdentityAndBeneficiaries(t *testing.T) {
	for _, body := range []string{
		`{"connectedPsu":"Mme Jeanne Exemple","connectedPsuNamePrefix":"MADM","connectedPsuFirstName":"Jeanne","connectedPsuLastName":"Exemple","_links":{}}`,
		`{"identity":{"fullName":"Mme Jeanne Exemple","namePrefix":"MADM","firstName":"Jeanne","lastName":"Exemple"}}`,
	} {
		client := tpp.Answering(t, tpp.Saying(200, "", body))
		got, err := client.AIS.Identity(t.Context(), tpp.SomeToken)
		if want := (ais.Identity{
			FullName:  "Mme Jeanne Exemple",
			Prefix:    "MADM",
			FirstName: "Jeanne",
			LastName:  "Exemple",
		}); err != nil || got != want {
			t.Errorf("got %+v, %v", got, err)
		}
	}
	asked := 0
	client := tpp.Answering(t, func(w http.ResponseWriter, _ *http.Request) {
		next := ""
		if asked++; asked == 1 {
			next = `"next":{"href":"/trusted-beneficiaries?page=2"}`
		}
		_, _ = fmt.Fprintf(w,
			`{"beneficiaries":[{"id":"%d","isTrusted":true,"creditor":{"name":" EDF "},"creditorAccount":{"iban":"FR76"},"creditorAgent":{"bicFi":"SOGEFRPP"}}],"_links":{%s}}`, asked, next)
	})
	got, err := client.AIS.Beneficiaries(t.Context(), tpp.SomeToken)
	if err != nil || len(got) != 2 || got[1].ID != "2" || got[0].Name != "EDF" || got[0].BIC != "SOGEFRPP" ||
		got[0].Trusted == nil || !*got[0].Trusted {
		t.Errorf("got %+v, %v", got, err)
	}
}
