package api_test

import (
	"net/http"
	"testing"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
)

// Whoever reads the audit log sees when custody and the database part.
func TestCustodyComparison(t *testing.T) {
	s := serve(t)
	c := s.as(t, "Olga", access.Auditor)
	var got struct {
		Mode      string
		CheckedAt *string `json:"checked_at"`
		Documents int
		Orphans   []struct {
			InCustody bool `json:"in_custody"`
			Kind, ID  string
			Text      string
		}
		Unused []string `json:"unused_secrets"`
	}
	c.call("GET", "/v1/custody", nil).want(http.StatusOK, &got)
	if got.Mode != "embedded" || got.CheckedAt != nil || got.Orphans == nil || got.Unused == nil {
		t.Errorf("before the first comparison: %+v", got)
	}

	s.Import(qtsp.Request{})
	compare := func() {
		t.Helper()
		if err := s.Vault.WatchCustody(t.Context()); err != nil {
			t.Fatal(err)
		}
		c.call("GET", "/v1/custody", nil).want(http.StatusOK, &got)
	}
	compare()
	if got.CheckedAt == nil || got.Documents < 1 || len(got.Orphans) != 0 {
		t.Errorf("of a sound installation: %+v", got)
	}
	if _, err := s.Custody.Put(t.Context(), "stranger", map[string]string{"type": "tokens"}, 0); err != nil {
		t.Fatal(err)
	}
	compare()
	if len(got.Orphans) != 1 || got.Orphans[0].ID != "stranger" || !got.Orphans[0].InCustody ||
		got.Orphans[0].Text == "" {
		t.Errorf("with a document nobody wrote: %+v", got.Orphans)
	}
	for _, role := range []access.Role{access.Engineer} {
		s.as(t, "Not "+string(role), role).call("GET", "/v1/custody", nil).refused(http.StatusForbidden,
			"not_permitted")
	}
}
