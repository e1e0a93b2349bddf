package bank

import (
	"net/http"
	"slices"
	"strings"

	"github.com/sealkeeper/sealkeeper/lab/bank/mishap"
	"github.com/sealkeeper/sealkeeper/lab/bank/pages"
	"github.com/sealkeeper/sealkeeper/lab/bank/segments"
)

// product is what a call is for.
type product string

const (
	ais product = "ais"
	pis product = "pis"
)

// call is one kind of call at one institution.
type call struct {
	segment   segments.Segment
	product   product
	operation string // as package mishap names it
}

func (c call) mishap() mishap.Call {
	return mishap.Call{
		Environment: c.segment.Environment,
		Segment:     c.segment.Name,
		Product:     string(c.product),
		Operation:   c.operation,
	}
}

// route is one row of the API.
type route struct {
	method, path string
	operation    string
	handle       func(http.ResponseWriter, *http.Request, *admission)
}

func (s *Sim) routes(p product) []route {
	if p == ais {
		return []route{
			{"GET", "/accounts", mishap.Accounts, s.accounts},
			{"GET", "/accounts/{account}/balances", mishap.Balances, s.balances},
			{"GET", "/accounts/{account}/transactions", mishap.Transactions, s.transactions},
			{"GET", "/end-user-identity", mishap.Identity, s.identity},
			{"GET", "/trusted-beneficiaries", mishap.Beneficiaries, s.beneficiaries},
		}
	}
	confirmation := "/payment-requests/{payment}/confirmation"
	if s.cfg.OConfirmation {
		confirmation = "/payment-requests/{payment}/o-confirmation"
	}
	return []route{
		{"POST", "/payment-requests", mishap.Create, s.createPayment},
		{"GET", "/payment-requests/{payment}", mishap.Status, s.showPayment},
		{"PUT", "/payment-requests/{payment}", mishap.Change, s.changePayment},
		{"POST", confirmation, mishap.Confirm, s.confirmPayment},
	}
}

// API returns the handler of the mTLS listener. It needs TLSConfig's
// client certificates.
func (s *Sim) API() http.Handler {
	mux := http.NewServeMux()
	tokens := map[string]bool{}
	for _, segment := range s.cfg.Segments {
		if !tokens[segment.TokenPath] {
			tokens[segment.TokenPath] = true
			mux.HandleFunc("POST "+segment.TokenPath, s.token(segment.Environment))
			mux.HandleFunc("POST "+segment.TokenHost+segments.TokenPath, s.token(segment.Environment))
		}
		s.serve(mux, segment, ais, segment.AISPath)
		s.serve(mux, segment, pis, segment.PISPath)
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.refuse(w, r, http.StatusNotFound, "No such resource")
	})
	if s.cfg.Wrap != nil {
		return s.cfg.Wrap(s.watch(mux))
	}
	return s.watch(mux)
}

func (s *Sim) serve(mux *http.ServeMux, segment segments.Segment, p product, base string) {
	methods := map[string][]string{}
	for _, row := range s.routes(p) {
		this := call{segment, p, row.operation}
		mux.HandleFunc(row.method+" "+base+row.path, func(w http.ResponseWriter, r *http.Request) {
			work := func(w http.ResponseWriter, r *http.Request) {
				if in, ok := s.admit(w, r, this); ok {
					row.handle(w, r, in)
				}
			}
			if !s.failed(w, r, this.mishap(), work) {
				work(w, r)
			}
		})
		methods[row.path] = append(methods[row.path], row.method)
	}
	for path, allowed := range methods {
		slices.Sort(allowed)
		mux.HandleFunc(base+path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Allow", strings.Join(allowed, ", "))
			s.refuse(w, r, http.StatusMethodNotAllowed, "Method not allowed")
		})
	}
}

// Browser returns the handler of the browser-facing listener.
func (s *Sim) Browser() http.Handler {
	mux := http.NewServeMux()
	for _, segment := range s.cfg.Segments {
		mux.HandleFunc("GET "+segment.AuthorizePath, s.authorize(segment))
		mux.HandleFunc("GET "+segment.LoginHost+"/oauth2/authorize", s.authorize(segment))
		mux.HandleFunc("GET "+segment.Pages+approvalPath, s.landing)
		mux.HandleFunc("GET "+segment.Pages+"/payment/{payment}", s.openPayment(segment))
	}
	mux.HandleFunc("POST /login", s.login)
	mux.HandleFunc("POST /consent", s.consent)
	mux.HandleFunc("POST /payment", s.decidePayment)
	s.portalPages(mux)
	mux.HandleFunc("GET /style.css", pages.Asset("style.css", "text/css; charset=utf-8"))
	mux.HandleFunc("GET /landing.js", pages.Asset("landing.js", "text/javascript; charset=utf-8"))
	return pages.Headers(mux)
}
