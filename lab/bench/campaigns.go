package main

import (
	"context"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/campaign"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
)

// campaigns is what the change of a certificate costs that 5,000 registrations use: its plan, its page with the first
// of them, and the year ahead with all of them.
func campaigns(b *testing.B) []figure {
	s := stack.New(loud{b})
	former, next := s.Import(qtsp.Request{}), s.Import(qtsp.Request{NotAfter: s.Now.AddDate(2, 0, 0)})
	s.FillRegistrations(5000, former, s.Import(qtsp.Request{Kind: certs.QSealC}))
	const plans = 5
	plan := make([]float64, plans)
	var c campaign.Campaign
	for i := range plan {
		start := time.Now()
		var err error
		c, err = s.Campaigns.Create(b.Context(), stack.Engineer, campaign.Intent{
			Name:  "Renewal",
			Pairs: []campaign.Pair{{Old: former, New: next}},
		})
		plan[i] = float64(time.Since(start).Microseconds()) / 1000
		if err == nil && i < plans-1 { // a registration is in one campaign at a time
			err = s.Campaigns.End(b.Context(), stack.Engineer, c.ID)
		}
		if err != nil {
			loud{b}.Fatal(err)
		}
	}
	_, counts, _, err := s.Campaigns.Campaign(b.Context(), stack.Engineer, c.ID)
	if err != nil || counts.Total() != 5000 {
		loud{b}.Fatalf("%d registrations are planned: %v", counts.Total(), err)
	}
	ahead := make([]float64, 21)
	for i := range ahead {
		start := time.Now()
		f, err := s.Campaigns.Forecast(b.Context(), stack.Engineer)
		if err == nil {
			_, err = s.Campaigns.Coming(b.Context(), stack.Engineer)
		}
		if err != nil || f.Registrations != 5000 {
			loud{b}.Fatalf("a forecast for %d registrations: %v", f.Registrations, err)
		}
		ahead[i] = float64(time.Since(start).Microseconds()) / 1000
	}
	slices.Sort(ahead)
	page := pageTimes(b, s, "/campaigns/"+c.ID)
	slices.Sort(plan)
	return []figure{
		below("campaign_5000_plan", plan[plans/2], "ms", 1000),
		below("campaign_5000_page", page[len(page)/2], "ms", 300),
		below("forecast_5000", ahead[len(ahead)/2], "ms", 100),
	}
}

// pageTimes is how long a page of the console takes, in milliseconds and in order, for a person who is signed in.
func pageTimes(b *testing.B, s *stack.Stack, path string) []float64 {
	handler, err := s.Handler()
	if err != nil {
		loud{b}.Fatal(err)
	}
	server := httptest.NewTLSServer(handler)
	b.Cleanup(server.Close)
	jar, _ := cookiejar.New(nil) // it never fails
	person := server.Client()
	person.Jar = jar
	if _, err = s.Identity.AddUser(b.Context(), "Ada", []access.Role{access.Engineer}); err != nil {
		loud{b}.Fatal(err)
	}
	link, err := s.Identity.NewEvaluationLink(context.WithoutCancel(b.Context()), "Ada")
	if err != nil {
		loud{b}.Fatal(err)
	}
	form := strings.NewReader(url.Values{"link": {link.Reveal()}}.Encode())
	if err := discard(person.Post(server.URL+"/sign-in", "application/x-www-form-urlencoded", form)); err != nil {
		loud{b}.Fatal(err)
	}
	each := make([]float64, 21)
	for i := range each {
		start := time.Now()
		answer, err := person.Get(server.URL + path)
		if err == nil && (answer.StatusCode != http.StatusOK || answer.Request.URL.Path != path) {
			loud{b}.Fatalf("%s answers %s at %s", path, answer.Status, answer.Request.URL.Path)
		}
		if err := discard(answer, err); err != nil {
			loud{b}.Fatal(err)
		}
		each[i] = float64(time.Since(start).Microseconds()) / 1000
	}
	slices.Sort(each)
	return each
}
