package stack

import (
	"encoding/pem"
	"io"
	"log"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/lab/bank"
	"github.com/sealkeeper/sealkeeper/lab/bank/portal"
	"github.com/sealkeeper/sealkeeper/lab/bank/segments"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/secret"
)

func (s *Stack) startBank() {
	s.t.Helper()
	certificate, err := s.QTSP.ServerCertificate("127.0.0.1")
	if err != nil {
		s.t.Fatal(err)
	}
	institutions := segments.All()
	if s.options.Announced || s.options.BankAnnounced {
		institutions = segments.WithAnnouncedRefresh(institutions)
	}
	sim, err := bank.New(bank.Config{
		ServerCertificate: certificate,
		QTSPRoots:         s.QTSP.Pool(),
		Segments:          institutions,
		Now:               func() time.Time { return time.Now().Add(time.Duration(s.bankAhead.Load())) },
		Clients: []portal.Client{{
			ID:                     ClientID,
			Secret:                 secret.NewTextString(ClientSecret),
			OrganizationIdentifier: Organization,
			RedirectURIs:           []string{RedirectURI},
		}},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	if s.Bank, err = sim.Start("127.0.0.1:0", "127.0.0.1:0"); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(s.Bank.Close)
	if s.options.Front != nil {
		front := httptest.NewUnstartedServer(s.options.Front(sim.API()))
		front.TLS = sim.TLSConfig()
		front.Config.ErrorLog = log.New(io.Discard, "", 0)
		front.StartTLS()
		s.t.Cleanup(front.Close)
		s.Bank.APIURL = front.URL
	}
}

func (s *Stack) catalogue() *catalogue.Catalogue {
	s.t.Helper()
	banks, err := catalogue.Embedded()
	if err != nil {
		s.t.Fatal(err)
	}
	root := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.QTSP.Root().Raw}))
	front := s.paymentFront()
	for id, segment := range map[string]string{
		Institution:  "pri",
		LiveAtSim:    "pri",
		Professional: "pro",
		Enterprise:   "ent",
	} {
		endpoints, _ := s.Bank.Endpoints(segment)
		err := banks.Override(id, map[string]any{
			"authorize_url": endpoints.AuthorizeURL,
			"token_url":     endpoints.TokenURL,
			"ais_base_url":  endpoints.AISBaseURL,
			"pis_base_url":  strings.Replace(endpoints.PISBaseURL, s.Bank.APIURL, front, 1),
			"oauth":         map[string]any{"announced_tokens": s.options.Announced},
			"connection":    map[string]any{"trust_anchors": []any{root}, "retry_backoff": "1ms"},
		})
		if err != nil {
			s.t.Fatal(err)
		}
	}
	return banks
}

// SetBankClock has the bank's clock show a time, from which it goes on.
func (s *Stack) SetBankClock(now time.Time) { s.bankAhead.Store(int64(time.Until(now))) }
