package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration"
	"github.com/sealkeeper/sealkeeper/secret"
)

// A thousand certificates are what acts are compared with, each so many times.
const (
	thousand = 1000
	acts     = 15
)

// grown compares an upload, an activation and a reading of accounts in a large installation with the same in one with a
// thousand certificates.
func grown(b *testing.B, large *stack.Stack, name string, certificates int) []figure {
	db, from := emptySQLite(b)
	if name == "postgres" {
		var address string
		db, address = storetest.Postgres(loud{b})
		from = seeding{"pgx", address}
	}
	many, few := actsIn(b, large), actsIn(b, seeded(b, db, from, thousand))
	var figures []figure
	for i, act := range []string{"upload", "activation", "accounts"} {
		times := 1 / throughput(loud{b}, acts, 1, 1, many[i], few[i])
		figures = append(figures,
			below(fmt.Sprintf("large_%d_%s_%s_vs_1000", certificates, name, act), times, "times", 1.2))
	}
	return figures
}

// actsIn are an upload, an activation and a reading of accounts.
func actsIn(b *testing.B, s *stack.Stack) [3]func() error {
	ctx := b.Context()
	found, err := s.DB.OrganizationsByIdentifier(ctx, []string{stack.Organization})
	if err != nil || len(found) == 0 {
		loud{b}.Fatal(found, err)
	}
	a, err := s.Registrations.AddApplication(ctx, stack.Engineer, registration.Application{
		OrganizationID: found[0].ID,
		Name:           "Exemple Budget",
		RedirectURIs:   []string{stack.RedirectURI},
		ClientURI:      "https://exemple-paiement.example",
		TermsURI:       "https://exemple-paiement.example/terms",
	})
	if err != nil {
		loud{b}.Fatal(err)
	}
	r, err := s.Registrations.Register(ctx, stack.Engineer, a.ID, stack.Institution)
	if err != nil {
		loud{b}.Fatal(err)
	}
	s.DoSteps(r.ID)
	pairs := make(chan [2]string, acts+2)
	for range cap(pairs) {
		pairs <- [2]string{s.Import(qtsp.Request{}), s.Import(qtsp.Request{Kind: certs.QSealC})}
	}
	activate := func() error {
		pair := <-pairs
		input := registration.BundleInput{
			QWACID:       pair[0],
			QSealCID:     pair[1],
			ClientID:     stack.ClientID,
			ClientSecret: secret.NewTextString(stack.ClientSecret),
		}
		bundle, err := s.Registrations.SaveBundle(ctx, stack.Engineer, r.ID, input)
		if err != nil {
			return err
		}
		if report, err := s.Issuer.Test(ctx, stack.Engineer, r.ID); err != nil || !report.Passed {
			return fmt.Errorf("the test of the connection: %+v, %w", report, err)
		}
		_, err = s.Registrations.Activate(ctx, stack.Engineer, r.ID, bundle.Version)
		return err
	}
	if err := activate(); err != nil {
		loud{b}.Fatal(err)
	}
	uploads, next := newUploads(b, acts+1), 0
	consent := given(b, s, stack.Connector, r.ID)
	return [3]func() error{
		func() error {
			next++
			_, err := s.Vault.Import(ctx, stack.Officer, uploads[next-1].files)
			return err
		},
		activate,
		func() error {
			_, err := s.Consents.Accounts(ctx, stack.Connector, consent)
			return err
		},
	}
}

// ready is how long a replica takes from opening the database until it says that it is ready.
func ready(b *testing.B, s *stack.Stack, from seeding) float64 {
	address := from.source
	if from.driver == "sqlite3" {
		address = "sqlite://" + address
	}
	begun := time.Now()
	db, err := store.Open(b.Context(), secret.NewTextString(address))
	if err != nil {
		loud{b}.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := db.Migrate(b.Context()); err != nil {
		loud{b}.Fatal(err)
	}
	handler, err := s.ReplicaOn(db).Handler()
	if err != nil {
		loud{b}.Fatal(err)
	}
	answer := httptest.NewRecorder()
	request, _ := http.NewRequestWithContext(context.Background(), http.MethodGet, "/readyz", nil) // cannot fail
	handler.ServeHTTP(answer, request)
	if answer.Code != http.StatusOK {
		loud{b}.Fatal(answer.Code, answer.Body)
	}
	return float64(time.Since(begun).Microseconds()) / 1000
}
