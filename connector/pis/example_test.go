package pis_test

import (
	"context"
	"fmt"

	"github.com/sealkeeper/sealkeeper/connector/money"
	"github.com/sealkeeper/sealkeeper/connector/pis"
)

// A payment is planned, sent once, approved by the customer at the bank, and confirmed.
func ExampleClient_Create() {
	var client *pis.Client // the PIS of a connector.Client
	var amount money.Decimal
	pay := func(ctx context.Context) error {
		plan, err := client.Plan(pis.Payment{
			ID:           "0f6b2a1c-8f0d-4b0e-9a53-5c1f0e6a2b11",
			Kind:         pis.Single,
			Amount:       amount, // of pis.ParseEuro
			Currency:     "EUR",
			Initiator:    "Exemple Paiement SAS",
			CreditorName: "Example Merchant",
			CreditorIBAN: "FR7630006000011234567890189",
			Remittance:   "Invoice 42",
			SuccessURL:   "https://tpp.example/callback?state=S",
			FailureURL:   "https://tpp.example/callback?state=S&error=1",
		})
		if err != nil {
			return err
		}
		created, err := client.Create(ctx, plan)
		if pis.Unclear(err) {
			return err // the bank may have it: ask for a Report before anything else
		}
		if err != nil {
			return err
		}
		fmt.Println("approve it at", created.ConsentURL)
		report, err := client.Report(ctx, created.ResourceID, plan.ID)
		if err == nil && client.AwaitsConfirmation(report.Status) {
			_, err = client.Confirm(ctx, created.ResourceID, plan.ID, pis.Approval{})
		}
		return err
	}
	_ = pay
}
