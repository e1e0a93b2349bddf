package ui_test

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/vault"
)

// rows are those of a file for spreadsheets, without its head.
func (a reply) rows(t *testing.T) [][]string {
	t.Helper()
	a.want(t, http.StatusOK)
	if !strings.HasPrefix(a.header.Get("Content-Disposition"), "attachment") {
		t.Errorf("it is shown in place: %q", a.header.Get("Content-Disposition"))
	}
	rows, err := csv.NewReader(strings.NewReader(a.body)).ReadAll()
	check(t, err)
	return rows[1:]
}

// TestListsAsFiles: what matches is in the file, whatever page is shown, and no cell is a formula.
func TestListsAsFiles(t *testing.T) {
	p := populate(t)
	p.Import(qtsp.Request{Organization: "=Exemple SAS"})
	b := p.signedIn(t, "Otto", access.Auditor)
	b.get("/certificates?kind=qwac").want(t, http.StatusOK, "/certificates/list.csv?kind=qwac")
	all, qwacs := b.get("/certificates/list.csv").rows(t), b.get("/certificates/list.csv?kind=qwac&limit=1").rows(t)
	if len(qwacs) < 3 || len(qwacs) >= len(all) {
		t.Errorf("%d QWACs of %d certificates", len(qwacs), len(all))
	}
	formula := false
	for _, row := range all {
		for _, cell := range row {
			formula = formula || cell == "'=Exemple SAS"
			if strings.HasPrefix(cell, "=") {
				t.Errorf("a formula: %q", cell)
			}
		}
	}
	if !formula {
		t.Error("the organization is not in the file")
	}
	b.get("/certificates/list.csv?colour=red").want(t, http.StatusUnprocessableEntity, "colour")
	if rows := b.get("/registrations/list.csv").rows(t); len(rows) != 4 {
		t.Errorf("%d registrations", len(rows))
	}
	b.lang = "fr"
	if rows := b.get("/alerts/list.csv").rows(t); len(rows) == 0 || !strings.Contains(rows[0][3], " ") {
		t.Errorf("%d cases", len(rows))
	}
}

// TestCertificatesAreRetiredTogether: each for itself, and what is refused to one does not keep the others.
func TestCertificatesAreRetiredTogether(t *testing.T) {
	p := populate(t)
	spare, other := p.Import(qtsp.Request{}), p.Import(qtsp.Request{})
	inUse, _, err := p.Registrations.ActiveBundle(t.Context(), p.ready)
	check(t, err)
	b := p.signedIn(t, "Claire", access.Compliance)
	b.get("/certificates").want(t, http.StatusOK, `name="id" value="`+spare+`"`)
	b.post("/certificates/retire", url.Values{"reason": {"x"}}).
		want(t, http.StatusUnprocessableEntity, "Choose from 1 to 50 certificates", `value="`+spare+`"`)
	chosen := url.Values{
		"id":     {spare, inUse.Active().QWACID, "unknown", other, spare},
		"reason": {"Replaced by <others>"},
	}
	p.signedIn(t, "Otto", access.Auditor).post("/certificates/retire", chosen).
		want(t, http.StatusOK, "Your role does not allow")
	b.lang = "fr"
	retired := b.post("/certificates/retire", chosen)
	retired.want(t, http.StatusOK, "Replaced by &lt;others&gt;", "Retiré")
	if n := strings.Count(retired.body, "/certificates/"+spare); n != 1 {
		t.Errorf("what was chosen twice is listed %d times", n)
	}
	for id, want := range map[string]vault.State{
		spare: vault.Retired, other: vault.Retired, inUse.Active().QWACID: vault.Stored,
	} {
		r, err := p.Vault.Get(t.Context(), access.SystemCaller("test"), id)
		if err != nil || r.State != want {
			t.Errorf("%s is %s, want %s, %v", id, r.State, want, err)
		}
	}
}

// TestCasesAreHandedOverTogether: their deputies stay.
func TestCasesAreHandedOverTogether(t *testing.T) {
	p := populate(t)
	b := p.signedIn(t, "Claire", access.Compliance)
	b.post("/alerts/"+p.alert+"/owner", url.Values{"owner": {"Emma"}, "deputies": {"Otto"}})
	b.get("/alerts").want(t, http.StatusOK, `name="id" value="`+p.alert+`"`)
	b.post("/alerts/owner", url.Values{"owner": {"Zoe"}}).want(t, http.StatusUnprocessableEntity, "Choose from 1 to 50")
	b.post("/alerts/owner", url.Values{"owner": {"Zoe"}, "id": {p.alert, "unknown"}}).want(t, http.StatusNotFound)
	b.get("/alerts/"+p.alert).want(t, http.StatusOK, "Emma (Otto)") // all of them, or none
	b.post("/alerts/owner", url.Values{"owner": {"Zoe"}, "id": {p.alert}}).
		want(t, http.StatusOK, "The chosen cases were handed over.")
	b.get("/alerts/"+p.alert).want(t, http.StatusOK, "Zoe (Otto)")
}
