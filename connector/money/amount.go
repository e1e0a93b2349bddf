package money

// Amount is a sum of money as STET writes it.
type Amount struct {
	Value    Decimal `json:"amount"`
	Currency string  `json:"currency"`
}
