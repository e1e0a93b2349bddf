package ais_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sealkeeper/sealkeeper/connector/ais"
	"github.com/sealkeeper/sealkeeper/connector/calendar"
	"github.com/sealkeeper/sealkeeper/connector/failure"
	"github.com/sealkeeper/sealkeeper/connector/oauth"
)

// Transactions are read page by page, as many as are wanted, and a refusal says what to do.
func ExampleClient_Transactions() {
	var client *ais.Client  // the AIS of a connector.Client
	var token *oauth.Token  // of ExchangeCode or Refresh
	var account ais.Account // of Accounts
	read := func(ctx context.Context) {
		lastMonth := ais.TransactionQuery{From: calendar.Of(time.Now(), time.Local).AddDays(-30)}
		for transaction, err := range client.Transactions(ctx, token, account, lastMonth) {
			if cause, ok := errors.AsType[*failure.Failure](err); ok {
				fmt.Println(cause.Action, cause.RetryAfter)
				return
			}
			if transaction.Booked() {
				fmt.Println(transaction.BookingDate, transaction.Signed(), transaction.Remittance.Lines)
			}
		}
	}
	_ = read
}
