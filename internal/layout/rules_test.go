package layout_test

// rule says which of our own packages some packages may import. Paths are
// relative to the module; "x/..." means x and everything below it. The first
// rule that matches a package is the one that binds it.
type rule struct {
	packages  []string
	may       []string
	never     []string // not even if it is in may
	libraries []string // the only third-party modules allowed; nil: any that is not reserved
	reason    string
}

// domain are the packages that everything with a caller in it speaks.
var domain = []string{"certs", "internal/access", "internal/audit", "fault", "secret"}

var rules = []rule{
	{
		packages: []string{"lab/bank/..."},
		may:      []string{"lab/bank/...", "certs", "lab/qtsp", "fault", "secret"},
		reason:   "the simulated bank must not share the connector's code, or both would make the same mistake",
	},
	{
		packages: []string{"lab/qtsp"},
		may:      []string{"certs"},
		reason:   "the throw-away QTSP issues certificates and nothing else",
	},
	{
		packages: []string{"lab/..."},
		may:      []string{"..."},
		never:    []string{"cmd/..."},
		reason:   "the lab wires everything for tests, measurements and evaluation",
	},
	{
		packages: []string{"cmd/sealkeeper"},
		may:      []string{"..."},
		reason:   "cmd introduces the parts to each other, so that they need not know each other",
	},
	{
		packages:  []string{"certs/..."},
		may:       []string{"certs/...", "secret"},
		libraries: []string{"golang.org/x/crypto", "go.mozilla.org/pkcs7", "software.sslmate.com/src/go-pkcs12"},
		reason:    "certs is pure domain: bytes and a time in, facts out, usable without the rest of the program",
	},
	{
		packages: []string{"vault", "vault/internal/..."},
		may:      append([]string{"vault/internal/...", "internal/approval"}, domain...),
		reason: "vault is the choke point for secrets; it knows custodies and stores only through interfaces " +
			"it declares",
	},
	{
		packages: []string{"vault/hcvault/..."},
		may:      append([]string{"vault", "vault/internal/..."}, domain...),
		reason:   "a custody is an adapter: it knows the interface it implements and no other adapter",
	},
	{
		packages: []string{"vault/embedded/..."},
		may:      append([]string{"vault", "vault/internal/..."}, domain...),
		reason:   "a custody is an adapter: it knows the interface it implements and no other adapter",
	},
	{
		packages: []string{"vault/vaulttest/..."},
		may:      append([]string{"vault", "lab/qtsp"}, domain...),
		reason:   "the custody contract must not depend on any custody",
	},
	{
		packages: []string{"registration/..."},
		may:      append([]string{"registration/...", "internal/approval"}, domain...),
		reason:   "a registration names certificates by id; it never holds a secret, so it does not know vault",
	},
	{
		packages: []string{"connector/sepa"},
		may:      nil,
		reason:   "what SEPA takes is the same for every bank and every connector",
	},
	{
		packages: []string{"connector/..."},
		may:      []string{"connector", "connector/sepa", "certs", "fault", "secret"},
		reason:   "the connector is handed a certs.Source; it must not know where keys are kept or who registered them",
	},
	{
		packages: []string{"web/ui/..."},
		may: append([]string{
			"web/...", "vault", "registration", "connector", "internal/approval", "internal/identity",
			"internal/issuer", "internal/consent", "internal/payment", "connector/sepa",
		}, domain...),
		never:  []string{"web/api/..."},
		reason: "pages and API are siblings with different defences; what they share is below them",
	},
	{
		packages: []string{"web/api/..."},
		may: append([]string{
			"web/...", "vault", "registration", "connector", "internal/approval", "internal/identity",
			"internal/issuer", "internal/consent", "internal/payment", "connector/sepa",
		}, domain...),
		never:  []string{"web/ui/..."},
		reason: "pages and API are siblings with different defences; what they share is below them",
	},
	{
		packages: []string{"web/..."},
		may: append([]string{
			"web/...", "vault", "registration", "connector", "internal/approval", "internal/identity",
			"internal/issuer", "internal/consent", "internal/payment", "connector/sepa",
		}, domain...),
		reason: "a stolen web process must have no way to the database or to Vault but through the domain",
	},
	{
		packages: []string{"client/..."},
		may:      []string{"client/...", "certs", "connector", "fault", "secret"},
		reason:   "the SDK is linked into other people's programs; it brings no server with it",
	},
	{
		packages: []string{"internal/store/..."},
		may: append([]string{
			"internal/store/...", "vault", "vault/embedded", "registration", "internal/approval", "internal/identity",
			"internal/issuer", "internal/consent", "internal/payment", "connector", "connector/sepa", "internal/jobs",
		}, domain...),
		reason: "the store implements the small interfaces the domain declares; nothing but cmd knows the store",
	},
	{
		packages: []string{"internal/payment/..."},
		may:      append([]string{"internal/payment/...", "internal/issuer", "connector", "connector/sepa"}, domain...),
		reason:   "a payment is made with a client that the issuer gives; it knows neither bundles nor custody",
	},
	{
		packages: []string{"internal/issuer/..."},
		may:      append([]string{"internal/issuer/...", "vault", "registration", "connector"}, domain...),
		reason:   "issuer is the one place where registration, vault and connector meet",
	},
	{
		packages: []string{"internal/backup/..."},
		may:      append([]string{"internal/backup/...", "vault"}, domain...),
		reason: "a backup is a file of rows and a list of what custody holds; it knows neither the database " +
			"nor a custody",
	},
	{
		packages: []string{"internal/consent/..."},
		may:      append([]string{"vault", "registration", "connector"}, domain...),
		reason: "a consent joins a registration, a client of the bank and tokens in custody; it is told by cmd " +
			"where its rows are",
	},
	{
		packages: []string{"secret", "internal/access", "fault"},
		may:      nil,
		reason:   "everything depends on these, so they depend on nothing",
	},
	{
		packages: []string{"internal/..."},
		may:      domain,
		reason:   "a package under internal answers one question and knows only the words everyone shares",
	},
}

// reservation gives a third-party library to the packages that hide it.
type reservation struct {
	library string
	owners  []string
	reason  string
}

var reservations = []reservation{
	{
		"github.com/labstack/echo",
		[]string{"web/..."},
		"only web speaks Echo, so a change of framework is a change of one folder",
	},
	{"gorm.io", []string{"internal/store/..."}, "rows are not domain objects; only store knows GORM"},
	{"github.com/pressly/goose", []string{"internal/store/..."}, "migrations belong to the store"},
	{"github.com/hashicorp/vault", []string{"vault/hcvault/..."}, "only hcvault speaks to HashiCorp Vault"},
	{
		"github.com/tink-crypto",
		[]string{"vault", "vault/embedded/...", "vault/hcvault/..."},
		"sealing and wrapping keys is the work of a custody, sealing files that of vault",
	},
	{
		"github.com/alecthomas/kong",
		[]string{"cmd/...", "lab/bench"},
		"a package does not know that it runs under a command line",
	},
	{"github.com/chromedp", nil, "browsers are for tests"},
}
