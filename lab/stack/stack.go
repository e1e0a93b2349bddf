// Package stack wires the services of Sealkeeper for tests: a real
// database, embedded custody, and a simulated bank that the sandbox institutions point at.
package stack

import (
	"cmp"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/internal/app"
	"github.com/sealkeeper/sealkeeper/internal/clientcert"
	"github.com/sealkeeper/sealkeeper/internal/federation"
	"github.com/sealkeeper/sealkeeper/internal/identity"
	"github.com/sealkeeper/sealkeeper/internal/internet"
	"github.com/sealkeeper/sealkeeper/internal/store"
	"github.com/sealkeeper/sealkeeper/internal/store/storetest"
	"github.com/sealkeeper/sealkeeper/lab/bank"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/registration/catalogue"
	"github.com/sealkeeper/sealkeeper/vault"
	"github.com/sealkeeper/sealkeeper/vault/embedded"
)

// Callers of every role.
var (
	Officer  = access.Caller{ID: "u-officer", Name: "Ada", Roles: []access.Role{access.Compliance}}
	Engineer = access.Caller{ID: "u-engineer", Name: "Grace", Roles: []access.Role{access.Engineer}}
	Auditor  = access.Caller{ID: "u-auditor", Name: "Bob", Roles: []access.Role{access.Auditor}}
	// Connector is a service account that may do everything everywhere, which no real one can.
	Connector = access.Caller{ID: "u-connector", Name: "accounts service", Grant: Everything}
)

// Everything is a grant of all purposes in all registrations.
var Everything = &access.Grant{Purposes: access.Purposes, Bound: func(string) bool { return true }}

// What the simulated bank knows.
const (
	ClientID     = "3f1c0de5a3b94d9f8e0c7a6b5d4e3f21"
	ClientSecret = "9a8b7c6d5e4f30211203f4e5d6c7b8a9"
	RedirectURI  = "https://app.exemple-paiement.example/callback"
	Organization = "PSDFR-ACPR-12345"
	Institution  = "soc-gen-personal-sandbox"
	LiveAtSim    = "soc-gen-personal" // the live institution, at the simulated bank too
	Professional = "soc-gen-business-sandbox"
	Enterprise   = "soc-gen-corporate-sandbox"
)

// Stack is the wired services, with a bank and a QTSP.
type Stack struct {
	*app.Services
	Custody *embedded.Custody // nil where the options have another one
	Bank    *bank.Server
	QTSP    *qtsp.QTSP

	Now  time.Time // the services' clock; turn it before use by several goroutines
	t    testing.TB
	gone map[string]bool // ids of users who were removed

	simulated *catalogue.Catalogue
	address   string // of the services' HTTP server
	bankAhead atomic.Int64
	payments  atomic.Pointer[Around] // what stands before the bank's payment interface

	options Options
}

// Options change what a stack is made of.
type Options struct {
	Providers []federation.Settings // of identities; nil: none
	Workloads []string              // issuers whose word about workloads counts
	// of services, from a proxy; without anchors there are none
	ClientCertificates clientcert.Config
	DB                 *store.DB // nil: SQLite
	// nil: embedded
	Custody vault.Custody
	Front   func(sim http.Handler) http.Handler // stands before the bank's mTLS listener; nil: nothing does
	// the bank does what it has announced of refresh tokens, and the profile knows
	Announced bool
	// it does, and the profile does not know
	BankAnnounced bool
	Logger        *slog.Logger     // nil: nothing is kept
	Outgoing      *internet.Client // nil: nobody is asked
	QTSP          *qtsp.QTSP       // nil: the one that all tests share
	TrustedLists  app.TrustedLists
	Registers     app.Registers
	Clock         func() time.Time // of the services, where they work while it turns; nil: Now
}

// New wires a stack on an empty database.
func New(t testing.TB) *Stack { return NewWith(t, Options{}) }

// NewWith is New with options.
func NewWith(t testing.TB, o Options) *Stack {
	t.Helper()
	if o.DB == nil {
		o.DB = storetest.SQLite(t)
	}
	if o.QTSP == nil {
		o.QTSP = qtsp.Must(t)
	}
	s := &Stack{t: t, QTSP: o.QTSP, Now: time.Now(), gone: map[string]bool{}, options: o}
	if o.Custody == nil {
		s.Custody = Embedded(t, o.DB)
		s.options.Custody = s.Custody
	}
	s.startBank()
	s.simulated = s.catalogue()
	published := httptest.NewUnstartedServer(nil)
	s.address = "http://" + published.Listener.Addr().String()
	s.Services = s.Replica()
	handler, err := s.Handler()
	if err != nil {
		t.Fatal(err)
	}
	published.Config.Handler = handler // the bank fetches QSealCs there
	published.Start()
	t.Cleanup(published.Close)
	for _, c := range []access.Caller{Officer, Engineer, Auditor} {
		s.join(c)
	}
	return s
}

// join records a user under the caller's id, so that a test may have users of the same name.
func (s *Stack) join(c access.Caller) {
	s.t.Helper()
	u := identity.User{ID: c.ID, Name: c.ID, Roles: c.Roles, CreatedAt: s.Now}
	if err := s.DB.AddUser(s.t.Context(), u); err != nil {
		s.t.Fatal(err)
	}
}

// Leave removes the user of a caller; who has left already stays away.
func (s *Stack) Leave(c access.Caller) {
	s.t.Helper()
	if s.gone[c.ID] {
		return
	}
	s.gone[c.ID] = true
	if err := s.DB.RemoveUser(s.t.Context(), c.ID); err != nil {
		s.t.Fatal(err)
	}
}

// Rejoin brings back all who left.
func (s *Stack) Rejoin() {
	s.t.Helper()
	for _, c := range []access.Caller{Officer, Engineer, Auditor} {
		if s.gone[c.ID] {
			s.join(c)
		}
	}
	clear(s.gone)
}

// Gone reports whether a user of that id has left.
func (s *Stack) Gone(id string) bool { return s.gone[id] }

// Replica wires the services once more on the same database and custody, as another process has them.
func (s *Stack) Replica() *app.Services {
	s.t.Helper()
	replica, err := app.New(app.Config{
		DB:           s.options.DB,
		Custody:      s.options.Custody,
		Catalogue:    s.simulated,
		PublicURL:    s.address,
		Outgoing:     s.options.Outgoing,
		TrustedLists: s.options.TrustedLists,
		Registers:    s.options.Registers,
		Evaluation:   s.options.Custody.Mode(),
		Providers:    s.options.Providers,
		Workloads:    s.options.Workloads,

		Proxies:            s.options.ClientCertificates.Proxies,
		ClientCertificates: s.options.ClientCertificates,

		Logger: cmp.Or(s.options.Logger, slog.New(slog.DiscardHandler)),
		Now:    s.clock(),
		Grace:  time.Minute,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return replica
}

func (s *Stack) clock() func() time.Time {
	if s.options.Clock != nil {
		return s.options.Clock
	}
	return func() time.Time { return s.Now }
}

// ReplicaOn is Replica with a connection to the database of its own.
func (s *Stack) ReplicaOn(db *store.DB) *app.Services {
	s.t.Helper()
	shared := s.options.DB
	s.options.DB = db
	defer func() { s.options.DB = shared }()
	return s.Replica()
}

// Silenced is Replica after its configuration was changed to ask nobody.
func (s *Stack) Silenced() *app.Services {
	s.t.Helper()
	asks := s.options.Outgoing
	s.options.Outgoing = nil
	defer func() { s.options.Outgoing = asks }()
	return s.Replica()
}

// Wire is the services on a database and a custody, with neither bank nor HTTP server.
func Wire(t testing.TB, db *store.DB, custody vault.Custody, now func() time.Time) *app.Services {
	t.Helper()
	banks, err := catalogue.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	s, err := app.New(app.Config{
		DB:        db,
		Custody:   custody,
		Catalogue: banks,
		Logger:    slog.New(slog.DiscardHandler),
		Now:       now,
		Grace:     time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Embedded opens embedded custody on db with a new master key.
func Embedded(t testing.TB, db *store.DB) *embedded.Custody {
	t.Helper()
	path := filepath.Join(t.TempDir(), "master.key")
	if err := embedded.NewMasterKeyFile(path); err != nil {
		t.Fatal(err)
	}
	master, err := embedded.MasterKeyFile(path)
	if err != nil {
		t.Fatal(err)
	}
	custody, err := embedded.Open(t.Context(), db.CustodyRows(), master)
	if err != nil {
		t.Fatal(err)
	}
	return custody
}
