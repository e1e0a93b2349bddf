package ais_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/sealkeeper/sealkeeper/connector/ais"
	"github.com/sealkeeper/sealkeeper/lab/tpp"
)

// TestIdentity reads the shapes of STET 1.4.2 and of 1.5.
func TestIdentity(t *testing.T) {
	want := ais.Identity{
		FullName:  "Mme Jeanne Exemple",
		Prefix:    "MADM",
		FirstName: "Jeanne",
		LastName:  "Exemple",
	}
	for version, body := range map[string]string{
		"1.4.2": `{"connectedPsu":"Mme Jeanne Exemple","connectedPsuNamePrefix":"MADM",` +
			`"connectedPsuFirstName":"Jeanne","connectedPsuLastName":"Exemple","_links":{}}`,
		"1.5": `{"identity":{"fullName":"Mme Jeanne Exemple","namePrefix":"MADM",` +
			`"firstName":"Jeanne","lastName":"Exemple"}}`,
	} {
		t.Run(version, func(t *testing.T) {
			client := tpp.Answering(t, tpp.Saying(200, "", body))
			if got, err := client.AIS.Identity(t.Context(), tpp.SomeToken); err != nil || got != want {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

func TestBeneficiaries(t *testing.T) {
	asked := 0
	client := tpp.Answering(t, func(w http.ResponseWriter, _ *http.Request) {
		next := ""
		if asked++; asked == 1 {
			next = `"next":{"href":"/trusted-beneficiaries?page=2"}`
		}
		_, _ = fmt.Fprintf(w, `{"beneficiaries":[{
			"id": "%d",
			"isTrusted": true,
			"creditor": {"name": " EDF "},
			"creditorAccount": {"iban": "FR76"},
			"creditorAgent": {"bicFi": "SOGEFRPP"}
		}],"_links":{%s}}`, asked, next)
	})
	got, err := client.AIS.Beneficiaries(t.Context(), tpp.SomeToken)
	if err != nil || len(got) != 2 || got[1].ID != "2" {
		t.Fatalf("got %+v, %v", got, err)
	}
	if first := got[0]; first.Name != "EDF" || first.BIC != "SOGEFRPP" || first.Trusted == nil || !*first.Trusted {
		t.Errorf("got %+v", first)
	}
}
