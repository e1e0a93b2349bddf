package payment

import (
	"slices"
	"time"
)

// Begin notes that the customer has opened the bank's page. Whoever has the
// address may see the payment: it is the customer's link.
func (b *Book) Begin(id string) (*Payment, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	p, err := b.awaited(id)
	if err != nil {
		return p, err
	}
	if p.Status == RCVD {
		p.Status = PDNG
	}
	return p.copied(), nil
}

// awaited returns the payment if its customer is being waited for, else with the error
// a copy of it, if there is one. The book must be locked.
func (b *Book) awaited(id string) (*Payment, error) {
	p := b.byID[id]
	if p == nil {
		return nil, ErrUnknown
	}
	b.advance(p)
	if !b.waits(p) {
		return p.copied(), ErrOver
	}
	return p, nil
}

// waits reports whether the customer is being waited for.
func (b *Book) waits(p *Payment) bool {
	return p.cancelling != "" || p.Status == RCVD || p.Status == PDNG || p.Status == PATC
}

// Approve is the customer's yes, given for the account debtor unless the
// request names one. lookup knows the customer's accounts.
func (b *Book) Approve(id, debtor string, lookup func(iban string) (Debtor, bool)) (*Payment, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	p, err := b.awaited(id)
	if err != nil {
		return p, err
	}
	now := b.rules.Now()
	if p.cancelling != "" {
		p.cancel(p.cancelling)
		return p.copied(), nil
	}
	if p.Debtor == "" {
		p.Debtor = debtor
	}
	p.Answered = now
	if reason := b.profile(p, lookup); reason != "" {
		p.end(RJCT, reason)
		return p.copied(), nil
	}
	if p.approvals++; p.approvals < b.rules.Signatories {
		p.Status = PATC
		return p.copied(), nil
	}
	p.Status = ACCP
	p.each(ACTC)
	return p.copied(), nil
}

// profile is the bank's check of the customer's account; it returns the
// reason of the refusal.
func (b *Book) profile(p *Payment, lookup func(string) (Debtor, bool)) string {
	account, known := lookup(p.Debtor)
	farthest := b.rules.Now().AddDate(1, 0, 0)
	switch {
	case p.outcome != nil && !p.outcome.Part && p.outcome.Reason != "FRAD":
		return p.outcome.Reason
	case !known:
		return "AC01"
	case !account.Payable:
		return "AG01"
	case slices.ContainsFunc(p.parts, func(t part) bool { return t.executes.After(farthest) }):
		return "CH03"
	case account.Available < p.Request.Total():
		return "CUST"
	}
	return ""
}

// Refuse is the customer's no. A cancellation refused leaves the payment as
// it was.
func (b *Book) Refuse(id string) (*Payment, error) { return b.fail(id, "CUST") }

// Expire ends the wait for the customer now.
func (b *Book) Expire(id string) (*Payment, error) { return b.fail(id, "NOAS") }

// Reject ends a payment for a reason of the bank's, whatever its state.
func (b *Book) Reject(id, reason string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p := b.byID[id]; p != nil {
		p.end(RJCT, reason)
	}
}

func (b *Book) fail(id, reason string) (*Payment, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	p, err := b.awaited(id)
	if err != nil {
		return p, err
	}
	if p.cancelling != "" {
		p.cancelling = ""
		return p.copied(), nil
	}
	p.Answered = b.rules.Now()
	p.end(RJCT, reason)
	return p.copied(), nil
}

// Confirm is the TPP's last word: only now anything is paid.
func (b *Book) Confirm(owner Owner, id string) (*Payment, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	p, err := b.find(owner, id)
	switch {
	case err != nil:
		return nil, err
	case !p.Confirmed.IsZero():
		return nil, ErrConfirmed
	case p.Status != ACCP && p.Ended():
		return nil, ErrOver
	case p.Status != ACCP:
		return nil, ErrNotAuthenticated
	}
	p.Confirmed = b.rules.Now()
	if b.rules.Calendar && !p.Request.Instant() && !b.schedule(p) {
		p.end(RJCT, "MS03")
		return p.copied(), nil
	}
	p.Status = ACSP
	if p.moved {
		p.Status = ACWC
	}
	for i := range p.parts {
		if !day(p.parts[i].executes).After(day(p.Confirmed)) && p.parts[i].status != CANC {
			p.parts[i].status = ACSP
		}
	}
	if p.Request.Instant() {
		b.settle(p)
	}
	return p.copied(), nil
}

// schedule moves executions to when they can happen. False refuses: the
// cut-off was missed at a bank that does not move.
func (b *Book) schedule(p *Payment) bool {
	for i := range p.parts {
		at := p.parts[i].executes
		earliest := nextBusinessDay(p.Confirmed)
		if earliest.Equal(day(p.Confirmed)) && p.Confirmed.After(cutOff(p.Confirmed)) {
			earliest = nextBusinessDay(earliest.AddDate(0, 0, 1))
			if b.rules.LateRefused && !day(at).After(day(p.Confirmed)) {
				return false
			}
		}
		wanted := nextBusinessDay(at)
		if wanted.Before(earliest) {
			wanted = earliest
		}
		if !wanted.Equal(day(at)) {
			p.parts[i].executes, p.moved = wanted.Add(8*time.Hour), true
		}
	}
	return true
}

// advance lets time pass for a payment.
func (b *Book) advance(p *Payment) {
	now := b.rules.Now()
	switch p.Status {
	case RCVD, PDNG, PATC:
		if !now.Before(p.expires) {
			p.end(RJCT, "NOAS")
		}
	case ACCP:
		if now.After(p.Answered.Add(b.rules.ConfirmIn)) {
			p.end(RJCT, "MS03")
		}
	case ACSP, ACWC:
		b.settle(p)
	}
}

// settle books what is due; the payment ends when nothing is left.
func (b *Book) settle(p *Payment) {
	now := b.rules.Now()
	left, refused := 0, 0
	for i := range p.parts {
		t := &p.parts[i]
		if t.status == CANC || t.status == ACSC {
			continue
		}
		if day(t.executes).After(day(now)) || now.Before(p.Confirmed.Add(b.rules.SettleAfter)) {
			left++
			continue
		}
		if p.outcome != nil && (!p.outcome.Part || i == len(p.parts)-1) {
			t.status, t.reason = RJCT, p.outcome.Reason
			refused++
			continue
		}
		t.status = ACSC
		if b.rules.Settled != nil {
			cents, _ := p.Request.CreditTransferTransaction[i].InstructedAmount.Cents()
			b.rules.Settled(p, i, cents)
		}
	}
	switch {
	case left > 0:
	case refused == len(p.parts):
		p.end(RJCT, p.outcome.Reason)
	case refused > 0:
		p.Status = PART
	default:
		p.Status = ACSC
	}
}
