package payment

import "slices"

var cancelReasons = []string{"DS02", "DUPL", "FRAD", "TECH"}

// Cancel is the TPP's PUT: the request again, with the status CANC for the
// whole or for some transfers. Anything else changed is refused and changes
// nothing. waiting is true when the customer must approve it.
func (b *Book) Cancel(owner Owner, id string, body []byte, r *Request) (p *Payment, waiting bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p, err = b.find(owner, id); err != nil {
		return nil, false, err
	}
	object, err := decode(body)
	if err != nil {
		return nil, false, err
	}
	some, reason := r.cancellations()
	whole := r.Status == string(CANC)
	if whole {
		reason, some = r.Reason, nil
	}
	switch {
	case !whole && len(some) == 0, !same(stripped(p.body), stripped(object), p.mayDiffer()...):
		return nil, false, ErrOtherChange
	case !slices.Contains(cancelReasons, reason):
		return nil, false, ErrBadReason
	case !p.cancellable(some):
		return nil, false, ErrTooLate
	}
	p.cancelParts = some
	if reason == "DS02" && b.rules.CancelSCA {
		p.cancelling = reason
		return p.copied(), true, nil
	}
	p.cancel(reason)
	return p.copied(), false, nil
}

// cancellations are the transfers marked CANC, and the reason of the first.
func (r *Request) cancellations() (some []int, reason string) {
	for i, t := range r.CreditTransferTransaction {
		if t != nil && t.Status == string(CANC) {
			some = append(some, i)
			if reason == "" {
				reason = t.Reason
			}
		}
	}
	return some, reason
}

// cancellable: a transfer that is in settlement or over cannot be (STET 1.4.2
// section 4.1.6).
func (p *Payment) cancellable(some []int) bool {
	if p.Ended() {
		return false
	}
	for i, t := range p.parts {
		if (some == nil || slices.Contains(some, i)) && t.status != PDNG && t.status != ACTC {
			return false
		}
	}
	return true
}

func (p *Payment) cancel(reason string) {
	p.cancelling = ""
	if p.cancelParts == nil {
		p.end(CANC, reason)
		return
	}
	for _, i := range p.cancelParts {
		p.parts[i].status, p.parts[i].reason = CANC, reason
	}
	if !slices.ContainsFunc(p.parts, func(t part) bool { return t.status != CANC }) {
		p.end(CANC, reason)
	}
}

// mayDiffer are the fields that a TPP resends as it sent them, or as it read
// them back: the chosen account and a moved date are the bank's doing.
func (p *Payment) mayDiffer() []string {
	fields := []string{"supplementaryData"}
	if p.Request.DebtorAccount == nil {
		fields = append(fields, "debtorAccount")
	}
	if p.moved {
		fields = append(fields, "requestedExecutionDate")
	}
	return fields
}

// stripped removes the fields only a bank sets, and the marks of a cancellation.
func stripped(object map[string]any) map[string]any {
	c, _ := clone(object).(map[string]any)
	for _, field := range []string{
		"resourceId", "paymentInformationStatus", "statusReasonInformation", "fundsAvailability", "booking",
	} {
		delete(c, field)
	}
	transfers, _ := c["creditTransferTransaction"].([]any)
	for _, t := range transfers {
		if transfer, ok := t.(map[string]any); ok {
			delete(transfer, "transactionStatus")
			delete(transfer, "statusReasonInformation")
		}
	}
	return c
}
