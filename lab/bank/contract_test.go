package bank_test

import (
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/lab/bank"
	"github.com/sealkeeper/sealkeeper/lab/bank/stetspec"
)

// watched is a bank that keeps what passes.
func watched(t *testing.T, seen *[]stetspec.Exchange, change ...func(*bank.Config)) *tpp {
	t.Helper()
	var mu sync.Mutex
	return newTPP(t, newBank(t, append(change, func(c *bank.Config) {
		c.Wrap = stetspec.Watch(func(e stetspec.Exchange) {
			mu.Lock()
			defer mu.Unlock()
			*seen = append(*seen, e)
		})
	})...))
}

// exchanges is a walk through everything the bank offers, refusals included.
func exchanges(t *testing.T) []stetspec.Exchange {
	var seen []stetspec.Exchange
	p := watched(t, &seen)
	for _, segment := range []string{"pri", "pro", "ent"} {
		access, _ := p.consent(t, segment)
		walk(t, p, segment, access)
		p.ais(t, segment, "/accounts/none/balances", access)
		p.ais(t, segment, "/accounts", "unknown")
		p.ais(t, segment, "/end-user-identity", access)
		p.ais(t, segment, "/trusted-beneficiaries", access)
		p.ais(t, segment, "/trusted-beneficiaries?page=2", access)
		p.accounts(t, segment, access, func(r *http.Request) { r.Header.Del("Digest") }, nil)
	}
	paid := p.create(t, order(time.Now(), "paid"))
	paid.confirm(t, 403)
	paid.approve(t)
	paid.want(t, "ACCP", "")
	paid.confirm(t, 200)
	paid.want(t, "ACSC", "")
	p.pis(t, http.MethodPut, paid.id, paid.token, order(time.Now(), "paid", with("TECH")))
	p.pis(t, http.MethodPost, "/payment-requests/none/confirmation", paid.token, nil)
	p.pis(t, http.MethodGet, "/payment-requests/none", paid.token, nil)
	dropped := p.create(t, order(time.Now(), "dropped", func(o object) { delete(o, "debtorAccount") }))
	if status, body, _ := p.pis(t, http.MethodPut, dropped.id, dropped.token, order(time.Now(), "dropped", with("DUPL"),
		func(o object) { delete(o, "debtorAccount") })); status != 403 && status != 200 {
		t.Errorf("%d %v", status, body)
	}
	bad := order(time.Now(), "bad")
	delete(bad, "initiatingParty")
	p.pis(t, http.MethodPost, "/payment-requests", paid.token, bad)

	other := watched(t, &seen, func(c *bank.Config) { c.OConfirmation = true }).create(t, order(time.Now(), "o"))
	other.pis(t, http.MethodPost, other.id+"/o-confirmation", other.token, nil)
	return seen
}

// walk reads an institution's accounts and follows every next link.
func walk(t *testing.T, p *tpp, segment, access string) {
	for href := "/accounts"; href != ""; {
		_, body, _ := p.ais(t, segment, href, access)
		for _, a := range body["accounts"].([]any) {
			links := a.(object)["_links"].(object)
			p.ais(t, segment, links["balances"].(object)["href"].(string), access)
			for next := links["transactions"].(object)["href"].(string); next != ""; {
				_, page, _ := p.ais(t, segment, next, access)
				next = nextOf(page)
			}
		}
		href = nextOf(body)
	}
}

func nextOf(page object) string {
	links, _ := page["_links"].(object)
	next, _ := links["next"].(object)
	href, _ := next["href"].(string)
	return href
}

// TestContract holds the bank to STET's contract, and the list of differences
// to the truth: without any one of them something must fail.
func TestContract(t *testing.T) {
	seen := exchanges(t)
	count := func(leaveOut ...string) (failed int) {
		contract, err := stetspec.Load(leaveOut...)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range seen {
			if err := contract.Check(e); err != nil {
				failed++
				if len(leaveOut) > 0 {
					return failed // one is enough
				}
				t.Errorf("%s %s, %d: %v", e.Request.Method, e.Request.URL, e.Status, err)
			}
		}
		return failed
	}
	if failed := count(); failed > 0 {
		t.Fatalf("%d of %d exchanges are not as the contract has them", failed, len(seen))
	}
	documented, err := os.ReadFile("../../docs/bank.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range stetspec.Differences() {
		if failed := count(name); failed == 0 {
			t.Errorf("%q makes no difference: take it off the list", name)
		}
		if !strings.Contains(string(documented), "| "+name+" |") {
			t.Errorf("docs/bank.md does not list %q", name)
		}
	}
}

// TestHALMediaType: who asks for STET's media type gets it.
func TestHALMediaType(t *testing.T) {
	p := newTPP(t, newBank(t))
	access, _ := p.consent(t, "pri")
	endpoints, _ := p.bank.Endpoints("pri")
	for accept, want := range map[string]string{
		"":                                    "application/json",
		"application/json":                    "application/json",
		"application/hal+json; charset=utf-8": "application/hal+json; charset=utf-8",
		"text/html":                           "",
	} {
		t.Run("Accept: "+accept, func(t *testing.T) {
			req := p.aisRequest(t, endpoints.AISBaseURL+"/accounts", access)
			req.Header.Set("Accept", accept)
			status, _, header := p.exchange(t, req)
			if (want == "") != (status == 406) || (want != "" && header.Get("Content-Type") != want) {
				t.Errorf("Accept %q: %d %s", accept, status, header.Get("Content-Type"))
			}
		})
	}
	if _, _, header := p.ais(t, "pri", "/accounts", access); header.Get("X-Request-Id") == "" ||
		header.Get("X-RateLimit-Remaining") != "name=10tps,9;" {
		t.Errorf("headers: %v", header)
	}
	if status, _, header := p.exchange(t,
		newRequest(t, http.MethodDelete, endpoints.AISBaseURL+"/accounts", "")); status != 405 ||
		header.Get("Allow") != "GET" {
		t.Errorf("DELETE: %d, Allow %q", status, header.Get("Allow"))
	}
}
