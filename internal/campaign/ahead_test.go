package campaign_test

import (
	"errors"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/internal/campaign"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/lab/stack"
)

func TestWhatIsToCome(t *testing.T) { storetest.Each(t, testWhatIsToCome) }

func testWhatIsToCome(t *testing.T, db *store.DB) {
	f := newFirmIn(t, db)
	c := f.replacing(t)
	old, err := f.Vault.Get(t.Context(), stack.Officer, f.oldQWAC)
	check(t, err)
	f.Now = old.Leaf.NotAfter.Add(-40 * 24 * time.Hour)
	spans, err := f.Campaigns.Coming(t.Context(), stack.Auditor)
	check(t, err)
	found := map[campaign.SpanKind][]campaign.Span{}
	for i, s := range spans {
		found[s.Kind] = append(found[s.Kind], s)
		if i > 0 && s.From.Before(spans[i-1].From) {
			t.Errorf("%s comes after %s", spans[i-1].Name, s.Name)
		}
	}
	ends := found[campaign.CertificateSpan]
	if len(ends) != 2 || ends[0].N != 2 || !ends[0].Until.Equal(ends[0].From) {
		t.Errorf("certificates in use that end: %+v", ends)
	}
	if changes := found[campaign.SecretSpan]; len(changes) != 1 || changes[0].ID != c.ID || changes[0].N != 2 {
		t.Errorf("client secrets to be replaced: %+v", changes)
	}
	forecast, err := f.Campaigns.Forecast(t.Context(), stack.Auditor)
	check(t, err)
	if forecast.Certificates != 1 || forecast.Registrations != 2 || len(forecast.Loads) < 2 {
		t.Errorf("the forecast is %+v", forecast)
	}
	last := forecast.Loads[len(forecast.Loads)-1]
	if last.Validity != 47 || last.ChangeOvers != 24 {
		t.Errorf("under 47 days: %+v", last)
	}
	if _, err := f.Campaigns.Coming(t.Context(), stack.Connector); !errors.Is(err, fault.Denied) {
		t.Errorf("a service account is told: %v", err)
	}
}
