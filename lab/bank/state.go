package bank

import (
	"cmp"
	"encoding/pem"
	"errors"
	"fmt"
	"time"

	"github.com/sealkeeper/sealkeeper/lab/bank/grants"
	"github.com/sealkeeper/sealkeeper/lab/bank/mishap"
	"github.com/sealkeeper/sealkeeper/lab/bank/payment"
	"github.com/sealkeeper/sealkeeper/lab/bank/portal"
	"github.com/sealkeeper/sealkeeper/lab/bank/segments"
)

// state is what the admin API tells of the bank.
type state struct {
	Now        time.Time         `json:"now"`
	Clock      string            `json:"clock_offset"`
	Latency    string            `json:"latency"`
	Acceptance portal.Acceptance `json:"acceptance"`
	Clients    []portal.State    `json:"clients"`
	Revoked    []string          `json:"revoked_serials"`
	Failures   []mishap.Switch   `json:"failures"`
	Tokens     []tokenRule       `json:"tokens"`
	Payments   []paymentState    `json:"payments"`
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
		Acceptance: s.Acceptance(),
		Revoked:    s.Serials(),
		Failures:   s.mishaps.All(),
		Tokens:     s.tokenRules(),
		Clients:    s.States(),
		Payments:   []paymentState{},
	}
	for _, p := range s.payments.All() {
		all.Payments = append(all.Payments, paymentState{
			p.ID, p.ClientID, p.Environment, p.Segment, p.Request.PaymentInformationID, p.Status, p.Reason,
		})
	}
	return all
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
		rule := s.grants.Rule(segment)
		list = append(list, tokenRule{segment.Environment, segment.Name, rule.Lifetime.String(), rule.Uses})
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
			s.grants.SetRule(segment, grants.RefreshRule{Lifetime: lifetime, Uses: in.Uses})
			return nil
		}
	}
	return fmt.Errorf("bank: there is no segment %q", in.Segment)
}

func (s *Sim) announcePEM(clientID, text string) (string, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil || block.Type != "CERTIFICATE" {
		return "", errors.New("bank: this is no PEM certificate")
	}
	return s.Announce(clientID, block.Bytes)
}
