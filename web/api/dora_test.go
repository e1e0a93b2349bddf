package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/internal/access"
)

func TestDoraRegisterByAPI(t *testing.T) {
	s := serve(t)
	s.Activate()
	auditor := s.as(t, "Emma", access.Auditor)
	lines := auditor.call("GET", "/v1/dora-register", nil)
	if lines.status != http.StatusOK ||
		!strings.Contains(string(lines.body), `{"template":"B_01.02","about":"organization `) {
		t.Errorf("%d %s", lines.status, lines.body)
	}
	table := auditor.call("GET", "/v1/dora-register?template=B_05.01", nil)
	if table.status != http.StatusOK || !strings.Contains(string(table.body), "c0010,c0020,") ||
		!strings.Contains(table.header.Get("Content-Disposition"), "b_05.01.csv") {
		t.Errorf("%d %s", table.status, table.body)
	}
	auditor.call("GET", "/v1/dora-register?template=B_99.01", nil).
		refused(http.StatusUnprocessableEntity, "filter_invalid")
}
