package bank

import (
	"cmp"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sealkeeper/sealkeeper/lab/bank/mishap"
	"github.com/sealkeeper/sealkeeper/lab/bank/payment"
	"github.com/sealkeeper/sealkeeper/lab/bank/segments"
)

// state is what the admin API tells of the bank.
type state struct {
	Now        time.Time       `json:"now"`
	Clock      string          `json:"clock_offset"`
	Latency    string          `json:"latency"`
	Acceptance Acceptance      `json:"acceptance"`
	Clients    []clientState   `json:"clients"`
	Revoked    []string        `json:"revoked_serials"`
	Failures   []mishap.Switch `json:"failures"`
	Tokens     []tokenRule     `json:"tokens"`
	Payments   []paymentState  `json:"payments"`
}

type clientState struct {
	ID                     string   `json:"id"`
	Environment            string   `json:"environment"`
	OrganizationIdentifier string   `json:"organization_identifier"`
	Announced              []string `json:"announced"`
	Accepted               []string `json:"accepted"`
}

type paymentState struct {
	ID                   string         `json:"id"`
	Client               string         `json:"client"`
	Environment          string         `json:"environment"`
	Segment              string         `json:"segment"`
	PaymentInformationID string         `json:"payment_information_id"`
	Status               payment.Status `json:"status"`
	Reason               string         `json:"reason,omitempty"`
}

func (s *Sim) state() state {
	all := state{
		Now:        s.cfg.Now().UTC(),
		Clock:      time.Duration(s.clock.offset.Load()).String(),
		Latency:    time.Duration(s.latency.Load()).String(),
		Acceptance: cmp.Or(s.cfg.Acceptance, ByOrganization),
		Revoked:    s.revoked.list(),
		Failures:   s.mishaps.All(),
		Tokens:     s.tokenRules(),
		Clients:    s.clients.states(),
		Payments:   []paymentState{},
	}
	for _, p := range s.payments.All() {
		all.Payments = append(all.Payments, paymentState{
			p.ID, p.ClientID, p.Environment, p.Segment, p.Request.PaymentInformationID, p.Status, p.Reason,
		})
	}
	return all
}

func (c *clients) states() []clientState {
	c.mu.RLock()
	defer c.mu.RUnlock()
	list := []clientState{}
	for _, entry := range c.byID {
		list = append(list, clientState{entry.client.ID, entry.client.Environment, entry.client.OrganizationIdentifier,
			sortedKeys(entry.portal.announced), sortedKeys(entry.portal.accepted)})
	}
	slices.SortFunc(list, func(x, y clientState) int { return cmp.Compare(x.ID, y.ID) })
	return list
}

// tokenRule is how long a segment's refresh tokens live, and how they are used.
type tokenRule struct {
	Environment string `json:"environment"`
	Segment     string `json:"segment"`
	Lifetime    string `json:"refresh_lifetime"` // "0s": none
	Uses        int    `json:"refresh_uses"`     // 0: once, with a new one in exchange
}

func (s *Sim) tokenRules() []tokenRule {
	list := []tokenRule{}
	for _, segment := range s.cfg.Segments {
		rule := s.grants.rule(segment)
		list = append(list, tokenRule{segment.Environment, segment.Name, rule.lifetime.String(), rule.uses})
	}
	return list
}

func (s *Sim) setTokenRule(in tokenRule) error {
	lifetime, err := time.ParseDuration(in.Lifetime)
	if err != nil {
		return err
	}
	for _, segment := range s.cfg.Segments {
		if segment.Environment == cmp.Or(in.Environment, segments.Sandbox) && segment.Name == in.Segment {
			s.grants.setRule(segment, refreshRule{lifetime, in.Uses})
			return nil
		}
	}
	return fmt.Errorf("banksim: there is no segment %q", in.Segment)
}

func (s *Sim) announcePEM(clientID, text string) (string, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil || block.Type != "CERTIFICATE" {
		return "", errors.New("banksim: this is no PEM certificate")
	}
	return s.Announce(clientID, block.Bytes)
}
