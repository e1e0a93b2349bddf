package bank_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/sealkeeper/sealkeeper/lab/bank"
	"github.com/sealkeeper/sealkeeper/lab/bank/portal"
	"github.com/sealkeeper/sealkeeper/lab/required"
	"github.com/sealkeeper/sealkeeper/secret"
)

// person is a customer at a real browser. What the browser complains of, a
// violation of the Content-Security-Policy above all, fails the test.
type person struct {
	t   *testing.T
	ctx context.Context
}

func newPerson(t *testing.T) *person {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(required.Program(t, "chromium")),
		chromedp.UserDataDir(t.TempDir()),
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("disable-component-update", true),
		chromedp.Flag("accept-lang", "fr"))
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	var mu sync.Mutex
	var complaints []string
	first, closeTab := chromedp.NewContext(allocator, chromedp.WithListener(func(event any) {
		mu.Lock()
		defer mu.Unlock()
		switch e := event.(type) {
		case *log.EventEntryAdded:
			if e.Entry.Level == "error" && !strings.Contains(e.Entry.Text, "the server responded with a status of 4") {
				complaints = append(complaints, e.Entry.Text+" "+e.Entry.URL)
			}
		case *runtime.EventExceptionThrown:
			complaints = append(complaints, e.ExceptionDetails.Text)
		}
	}))
	t.Cleanup(func() {
		closeTab()
		stop()
		for _, complaint := range complaints {
			t.Errorf("the browser complains: %s", complaint)
		}
	})
	if err := chromedp.Do(first); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(first, 2*time.Minute)
	t.Cleanup(cancel)
	return &person{t, ctx}
}

func (p *person) do(what string, actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, 15*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		p.t.Fatalf("%s: %v", what, err)
	}
}

func (p *person) sees(selector string) {
	p.t.Helper()
	p.do("waiting for "+selector, chromedp.WaitVisible(chromedp.CSS(selector)))
}

func (p *person) signsIn(user, password string) {
	p.t.Helper()
	p.sees("#password")
	p.do("signing in", chromedp.SetValue(chromedp.CSS("#user"), user),
		chromedp.SetValue(chromedp.CSS("#password"), password),
		chromedp.Click(chromedp.CSS("button")))
}

// TestBothJourneysInABrowser: accounts and a payment at each sandbox
// institution, in French, with a wrong password on the way.
func TestBothJourneysInABrowser(t *testing.T) {
	visits := make(chan *url.URL, 10)
	tppSite := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/callback" {
			visits <- r.URL
		}
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<!doctype html><link rel=icon href=data:,><p id=back>back"))
	}))
	t.Cleanup(tppSite.Close)
	callback := tppSite.URL + "/callback"
	tpp := newTPP(t, newBank(t, func(c *bank.Config) {
		c.Clients = []portal.Client{{
			ID:                     clientID,
			Secret:                 secret.NewTextString(password),
			OrganizationIdentifier: agreement,
			RedirectURIs:           []string{callback},
		}}
	}))
	p := newPerson(t)
	for _, segment := range []string{"pri", "pro", "ent"} {
		p.do("opening", chromedp.Navigate(tpp.authorizeURL(t, segment, url.Values{"redirect_uri": {callback}})))
		p.sees(":lang(fr)")
		p.signsIn("55000002", "222222")
		p.sees("[role=alert]")
		p.signsIn("55000002", "111111")
		p.sees(`[name="account"]`)
		p.do("allowing", chromedp.Click(chromedp.CSS(`[value="allow"]`)))
		p.sees("#back")
		back := <-visits
		status, body := tpp.token(t, url.Values{
			"grant_type":   {"authorization_code"},
			"code":         {back.Query().Get("code")},
			"redirect_uri": {callback},
		}, nil)
		if status != 200 || back.Query().Get("state") != "s" {
			t.Fatalf("%s: %s, %d %v", segment, back, status, body)
		}
		if status, _, _ := tpp.ais(t, segment, "/accounts", body["access_token"].(string)); status != 200 {
			t.Errorf("%s: %d", segment, status)
		}

		tpp.segment = segment
		paying := tpp.create(t, order(time.Now(), "browser-"+segment, amount("10.00"), func(o object) {
			delete(o, "debtorAccount")
			o["supplementaryData"].(object)["successfulReportUrl"] = callback + "?paid=" + segment
		}))
		p.do("opening", chromedp.Navigate(paying.link))
		p.signsIn("55000001", "111111")
		p.sees("#account")
		p.do("approving", chromedp.Click(chromedp.CSS(`[value="approve"]`)))
		p.sees("#back")
		if back := <-visits; back.Query().Get("paid") != segment {
			t.Errorf("%s: %s", segment, back)
		}
		paying.want(t, "ACCP", "")
		paying.confirm(t, 200)
		paying.want(t, "ACSC", "")
	}
}
