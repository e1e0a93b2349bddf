package certs_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sealkeeper/sealkeeper/certs"
)

// organizationIDs are read as the parts that follow, or not at all.
var organizationIDs = []struct {
	in    string
	want  certs.OrganizationID
	wrong string // part of the error, "" for none
}{
	{
		in:   "PSDFR-ACPR-12345",
		want: certs.OrganizationID{Scheme: "PSD", Country: "FR", Authority: "ACPR", Reference: "12345"},
	},
	{
		in:   "PSDMT-MFSA-C 56251",
		want: certs.OrganizationID{Scheme: "PSD", Country: "MT", Authority: "MFSA", Reference: "C 56251"},
	},
	{
		in:   "PSDBE-NBB-0404.055.577",
		want: certs.OrganizationID{Scheme: "PSD", Country: "BE", Authority: "NBB", Reference: "0404.055.577"},
	},
	{
		in:   "PSDFI-FINFSA-2858394-9",
		want: certs.OrganizationID{Scheme: "PSD", Country: "FI", Authority: "FINFSA", Reference: "2858394-9"},
	},
	{in: "VATFR-40303265045", want: certs.OrganizationID{Scheme: "VAT", Country: "FR", Reference: "40303265045"}},
	{in: "VATEL-099755108", want: certs.OrganizationID{Scheme: "VAT", Country: "EL", Reference: "099755108"}},
	{in: "VATXI-1", want: certs.OrganizationID{Scheme: "VAT", Country: "XI", Reference: "1"}},
	{in: "NTRGB-12345678", want: certs.OrganizationID{Scheme: "NTR", Country: "GB", Reference: "12345678"}},
	{
		in:   "LEIXG-529900T8BM49AURSDO55",
		want: certs.OrganizationID{Scheme: "LEI", Country: "XG", Reference: "529900T8BM49AURSDO55"},
	},
	{in: "EI:SE-5567971433", want: certs.OrganizationID{Scheme: "EI", Country: "SE", Reference: "5567971433"}},

	{
		in:    "LEIXG-529900T8BM49AURSDO56",
		want:  certs.OrganizationID{Scheme: "LEI", Country: "XG", Reference: "529900T8BM49AURSDO56"},
		wrong: "checksum",
	},
	{
		in:    "LEIRO-529900T8BM49AURSDO55",
		want:  certs.OrganizationID{Scheme: "LEI", Country: "RO", Reference: "529900T8BM49AURSDO55"},
		wrong: "checksum",
	},
	{
		in:    "PADFR-ACPR-30748",
		want:  certs.OrganizationID{Scheme: "PAD", Country: "FR", Reference: "ACPR-30748"},
		wrong: "scheme",
	},
	{in: "NTREL-1", want: certs.OrganizationID{Scheme: "NTR", Country: "EL", Reference: "1"}, wrong: "country"},
	{
		in:    "PSDGB-5c613fa6",
		want:  certs.OrganizationID{Scheme: "PSD", Country: "GB", Reference: "5c613fa6"},
		wrong: "authority",
	},
	{
		in:    "PSDFR-acpr-1",
		want:  certs.OrganizationID{Scheme: "PSD", Country: "FR", Reference: "acpr-1"},
		wrong: "authority",
	},
	{
		in:    "PSDFR-ACPR-",
		want:  certs.OrganizationID{Scheme: "PSD", Country: "FR", Reference: "ACPR-"},
		wrong: "authority",
	},
	{
		in:    "VATUS+PA-123",
		want:  certs.OrganizationID{Scheme: "VAT", Country: "US", Reference: "123"},
		wrong: "state",
	},
	{in: "PSDde-BAFIN-1", wrong: "form"},
	{in: "5c613fa686", wrong: "form"},
	{in: "", wrong: "form"},
}

func TestOrganizationID(t *testing.T) {
	for _, tt := range organizationIDs {
		t.Run(tt.in, func(t *testing.T) {
			got, err := certs.ParseOrganizationID(tt.in)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if (tt.wrong == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), tt.wrong) {
				t.Errorf("error %v, want one about %q", err, tt.wrong)
			}
		})
	}
}

func TestAuthoritiesAreKnownByCurrentAndFormerIdentifiers(t *testing.T) {
	if n := len(certs.NCAs()); n != 31 {
		t.Errorf("%d authorities, want 30 of the EEA and the British one", n)
	}
	for id, want := range map[string]string{
		"FR-ACPR": "FR",
		"HR-HNB":  "HR",
		"HR-CNB":  "HR",
		"IS-CBI":  "IS",
		"IE-CBI":  "IE",
		"GB-FCA":  "GB",
	} {
		t.Run(id, func(t *testing.T) {
			if nca, ok := certs.LookupNCA(id); !ok || nca.Country != want {
				t.Errorf("LookupNCA(%s) = %+v, %v", id, nca, ok)
			}
		})
	}
	for _, id := range []string{"", "CBI", "FR-BAFIN"} {
		t.Run("no "+id, func(t *testing.T) {
			if _, ok := certs.LookupNCA(id); ok {
				t.Errorf("LookupNCA(%q) found something", id)
			}
		})
	}
}
