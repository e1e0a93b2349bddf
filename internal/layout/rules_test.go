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

// shared are the words that everything with a caller in it speaks.
var shared = []string{
	"certs", "certs/rules", "internal/access", "internal/audit", "internal/clock", "internal/environment",
	"internal/gather", "internal/listing",
	"internal/loopback", "internal/note", "internal/origin", "internal/parallel", "internal/spreadsheet",
	"internal/tracing", "internal/uid",
	"fault", "secret",
}

// services are what the web may call: the domain, and never what keeps its records or its keys.
var services = append([]string{
	"vault", "registration/...", "connector/...", "internal/approval",
	"internal/alerts", "internal/bankfiles", "internal/bankservers", "internal/banktoken", "internal/cases",
	"internal/consent", "internal/dora", "internal/federation", "internal/identity", "internal/issuer",
	"internal/passkey",
	"internal/payment",
	"internal/policy", "internal/throttle", "internal/exportlink", "internal/idempotency", "internal/incident",
	"internal/installation", "internal/keycopies", "internal/keyfile",
	"internal/changefeed", "internal/clientcert", "internal/registers", "internal/review",
	"internal/revocation", "internal/service",
	"internal/tlsconfig", "internal/trust",
	"internal/search", "internal/usage", "internal/workday",
	"internal/campaign/...", "internal/version",
}, shared...)

// consoleRooms are what the console's families of pages share.
var consoleRooms = []string{
	"web/ui/ahead", "web/ui/checklist", "web/ui/choice", "web/ui/ending", "web/ui/form", "web/ui/i18n", "web/ui/link",
	"web/ui/lists", "web/ui/named", "web/ui/page", "web/ui/session", "web/ui/wording",
}

// everything but the lab: what a program of the product may be made of.
var product = []string{
	"certs/...", "client/...", "cmd/sealkeeper/...", "connector/...", "docs", "fault", "internal/...",
	"registration/...",
	"secret", "types/...", "vault/...", "web/...",
}

var rules = []rule{
	{
		packages: []string{"cmd/sealkeeper/..."},
		may:      product,
		reason:   "what guards keys has nothing in it that pretends",
	},
	{
		packages: []string{"cmd/sealkeeper-lab"},
		may:      []string{"lab/command"},
		reason:   "the program is the commands of the lab",
	},
	{
		packages: []string{"lab/bank/..."},
		may:      []string{"lab/bank/...", "certs", "lab/qtsp", "fault", "internal/loopback", "secret"},
		reason:   "the simulated bank must not share the connector's code, or both would make the same mistake",
	},
	{
		packages: []string{"lab/qtsp"},
		may:      []string{"certs"},
		reason:   "the throw-away QTSP issues certificates and nothing else",
	},
	{
		packages: []string{"lab/..."},
		may:      append([]string{"lab/..."}, product...),
		never:    []string{"cmd/..."},
		reason:   "the lab wires everything for tests, measurements and evaluation",
	},
	{
		packages: []string{"internal/app"},
		may:      product,
		never:    []string{"cmd/...", "internal/cli"},
		reason:   "app introduces the parts to each other, so that they need not know each other",
	},
	{
		packages: []string{"internal/cli"},
		may: append([]string{
			"internal/app", "internal/config", "internal/secretfile", "internal/store", "client", "types/api",
		}, shared...),
		reason: "cli is what commands share; it opens what is configured, and asks a service like any program",
	},
	{
		packages: []string{"certs/trustlist"},
		may:      []string{"certs", "certs/internal/text"},
		libraries: []string{
			"github.com/beevik/etree", "github.com/russellhaering/goxmldsig", "github.com/ProtonMail/go-crypto",
		},
		reason: "a list is XML with a signature, on curves that Go has not; nothing else of certs reads XML",
	},
	{
		packages:  []string{"certs/rules"},
		may:       []string{"certs", "certs/internal/..."},
		libraries: []string{},
		reason:    "what is right or wrong follows from a certificate's facts and a day, and from no file",
	},
	{
		packages: []string{"certs/..."},
		may:      []string{"certs/...", "fault", "secret"},
		libraries: []string{
			"golang.org/x/crypto", "golang.org/x/text", "go.mozilla.org/pkcs7", "software.sslmate.com/src/go-pkcs12",
		},
		reason: "certs is pure domain: bytes and a time in, facts out, usable without the rest of the program",
	},
	{
		packages: []string{"vault", "vault/internal/..."},
		may:      append([]string{"vault/internal/...", "internal/approval", "certs/keyscan"}, shared...),
		reason: "vault is the choke point for secrets; it knows custodies and stores only through interfaces " +
			"it declares",
	},
	{
		packages: []string{"vault/hcvault/...", "vault/embedded/..."},
		may:      append([]string{"vault", "vault/internal/...", "internal/secretfile"}, shared...),
		reason:   "a custody is an adapter: it knows the interface it implements and no other adapter",
	},
	{
		packages: []string{"vault/vaulttest/..."},
		may:      append([]string{"vault", "lab/required"}, shared...),
		reason:   "the custody contract must not depend on any custody",
	},
	{
		packages: []string{"registration/checklist"},
		may: []string{
			"registration/catalogue", "registration/email", "registration/evidence", "internal/environment",
			"connector/calendar", "certs", "certs/rules", "fault",
		},
		libraries: []string{},
		reason:    "how far a step is follows from facts alone; who reads them and who asks is not its business",
	},
	{
		packages:  []string{"registration/catalogue"},
		may:       []string{"internal/environment"},
		libraries: []string{"go.yaml.in/yaml"},
		reason:    "what is known of a bank is in its file",
	},
	{
		packages: []string{"registration/evidence"},
		may:      []string{"fault"},
		reason:   "what a file is follows from its bytes alone",
	},
	{
		packages:  []string{"registration/email"},
		may:       []string{"registration/catalogue", "connector/calendar", "certs", "fault"},
		libraries: []string{"github.com/google/uuid", "go.mozilla.org/pkcs7"},
		reason:    "an e-mail is a text of the catalogue, filled in, and certificates; it is not sent",
	},
	{
		packages: []string{"registration/existing"},
		may: append([]string{
			"registration", "registration/catalogue", "registration/checklist", "registration/evidence",
			"connector/calendar", "internal/approval",
		}, shared...),
		libraries: []string{"go.yaml.in/yaml"},
		reason:    "a list is judged by what a registration is; keys and secrets it hands on, and never keeps",
	},
	{
		packages: []string{"registration/..."},
		may: append(
			[]string{"registration/...", "connector/calendar", "certs/keyscan", "internal/approval"}, shared...,
		),
		reason: "a registration names certificates by id; it never holds a secret, so it does not know vault",
	},
	{
		packages:  []string{"internal/version"},
		may:       nil,
		libraries: []string{},
		reason:    "which program this is was decided when it was built",
	},
	{
		packages: []string{"connector/sepa"},
		may:      []string{"connector/calendar"},
		reason:   "what SEPA takes is the same for every bank and every connector",
	},
	{
		packages: []string{"connector/money", "connector/duration", "connector/calendar"},
		may:      nil,
		reason:   "what a sum, a length of time and a day are is the same for every bank and every connector",
	},
	{
		packages: []string{"connector/failure"},
		may:      []string{"fault", "secret"},
		reason:   "everything that speaks to a bank says in these words how it fails",
	},
	{
		packages: []string{"connector/mtls"},
		may: []string{
			"certs", "connector/duration", "connector/failure", "fault", "internal/clock", "internal/loopback",
			"internal/secretfile",
		},
		reason: "mtls is HTTP with our certificate: no token, no account and no payment is its business",
	},
	{
		packages: []string{"connector/signature"},
		may:      []string{"certs", "fault"},
		reason:   "a signature needs a certificate and a request; who sends it is not its business",
	},
	{
		packages: []string{"connector/oauth"},
		may:      []string{"connector/duration", "connector/failure", "connector/mtls", "fault", "secret"},
		reason:   "a token is asked for over mTLS, before there is a resource to call",
	},
	{
		packages: []string{"connector/stet"},
		may: []string{
			"connector/failure", "connector/mtls", "connector/signature", "fault", "secret",
		},
		reason: "stet is one signed call of a resource; what the resource is, the products know",
	},
	{
		packages: []string{"connector/ais"},
		may: []string{
			"connector/calendar", "connector/failure", "connector/money", "connector/mtls", "connector/oauth",
			"connector/signature", "connector/stet", "fault",
		},
		reason: "accounts and payments are siblings: a bank offers the one without the other",
	},
	{
		packages: []string{"connector/pis"},
		may: []string{
			"connector/calendar", "connector/duration", "connector/failure", "connector/money", "connector/mtls",
			"connector/oauth", "connector/sepa", "connector/signature", "connector/stet", "fault", "internal/loopback",
			"secret",
		},
		reason: "accounts and payments are siblings: a bank offers the one without the other",
	},
	{
		packages: []string{"connector"},
		may:      []string{"connector/...", "certs", "fault", "internal/loopback", "secret"},
		reason:   "the connector is handed a certs.Source; it must not know where keys are kept or who registered them",
	},
	{
		packages:  []string{"types/api"},
		may:       []string{"certs", "certs/rules", "connector/...", "fault", "secret"},
		libraries: []string{},
		reason:    "the JSON of /v1 is read by other people's programs; it brings no server with it",
	},
	{
		packages: []string{"client/..."},
		may: []string{
			"client/...", "types/api", "certs", "certs/rules", "connector/...", "fault", "internal/clock",
			"internal/loopback", "secret",
		},
		libraries: []string{},
		reason:    "the client is linked into other people's programs; it brings no server and no library with it",
	},
	{
		packages: []string{"web/ui"},
		may:      append([]string{"web/..."}, services...),
		never:    []string{"web/api/..."},
		reason:   "pages and API are siblings with different defences; what they share is below them",
	},
	{
		packages: consoleRooms,
		may:      append(append([]string{"web/problem", "web/remedy"}, consoleRooms...), services...),
		reason:   "what families of pages share knows none of them",
	},
	{
		packages:  []string{"web/ui/help"},
		may:       append([]string{"docs"}, consoleRooms...),
		libraries: []string{"github.com/labstack/echo"},
		reason:    "what explains says nothing of this installation, so it asks no service",
	},
	{
		packages:  []string{"docs"},
		may:       []string{},
		libraries: []string{"github.com/yuin/goldmark"},
		reason:    "the manual is text",
	},
	{
		packages: []string{"web/ui/..."},
		may:      append(append([]string{"web/intake"}, consoleRooms...), services...),
		reason: "families of pages do not know each other: what two of them say is in a room they share, and where " +
			"one shows a page of another, web/ui hands it the function",
	},
	{
		packages: []string{"web/api/..."},
		may:      append([]string{"web/...", "types/api"}, services...),
		never:    []string{"web/ui/..."},
		reason:   "pages and API are siblings with different defences; what they share is below them",
	},
	{
		packages:  []string{"web/reference"},
		may:       []string{"types/api"},
		libraries: []string{"go.yaml.in/yaml", "github.com/labstack/echo"},
		reason:    "the pages say what the description and the table say, whoever reads them",
	},
	{
		packages: []string{"web/problem"},
		may:      []string{"fault", "internal/origin", "internal/tracing", "types/api"},
		reason:   "an error is answered in the words of the API, whatever it is about",
	},
	{
		packages: []string{"web/remedy"},
		may:      []string{"registration"},
		reason:   "an address follows from the kind and the ids of a thing; pages and API ask for it",
	},
	{
		packages: []string{"web/..."},
		may:      append([]string{"web/..."}, services...),
		reason:   "a stolen web process must have no way to the database or to Vault but through the domain",
	},
	{
		packages: []string{"internal/bankservers"},
		may:      shared,
		reason:   "what a bank presents is seen by whoever calls it; who keeps it need not know how it is called",
	},
	{
		packages: []string{"internal/trust"},
		may:      append([]string{"certs/trustlist", "internal/internet"}, shared...),
		reason:   "what trusted lists say of a certificate is the same whoever uses it, and at whatever bank",
	},
	{
		packages:  []string{"certs/register"},
		may:       []string{"certs", "certs/internal/text"},
		libraries: []string{"golang.org/x/text"},
		reason:    "what a register says of a number needs a file and a time, and nothing that asks or keeps",
	},
	{
		packages: []string{"internal/registers"},
		may:      append([]string{"certs/register", "internal/internet"}, shared...),
		reason:   "what registers say of an authorisation is the same whoever uses it, and at whatever bank",
	},
	{
		packages: []string{"internal/revocation"},
		may:      append([]string{"certs/revocation", "internal/internet"}, shared...),
		reason:   "what issuers say of a certificate is the same whoever uses it, and at whatever bank",
	},
	{
		packages: []string{"internal/store"},
		may:      []string{"internal/store/...", "fault", "internal/loopback", "internal/tracing", "secret"},
		reason:   "store opens the database and puts together what is below it; nothing but the wiring knows it",
	},
	{
		packages: []string{"internal/store/storetest"},
		may:      []string{"internal/store", "internal/store/migrations", "lab/required", "secret"},
		reason:   "tests of whatever package open databases there, which must not bring the lab along",
	},
	{
		packages: []string{"internal/store/internal/...", "internal/store/migrations"},
		may: []string{
			"internal/store/internal/...", "internal/access", "internal/clock", "internal/gather", "internal/listing",
			"internal/note", "vault/embedded", "certs", "fault",
		},
		reason: "what the stores share knows none of them",
	},
	{
		packages: []string{"internal/store/retained"},
		may:      []string{"internal/store/internal/...", "internal/retention"},
		reason:   "what is over is deleted in every table, whatever else is in it",
	},
	{
		packages: []string{"internal/store/dump"},
		may: []string{
			"internal/store/internal/...", "internal/store/migrations", "internal/store/custody", "vault/embedded",
			"fault",
		},
		reason: "a dump is every table, whatever is in it; only of sealed rows it knows what they are",
	},
	{
		packages: []string{"internal/store/..."},
		may:      append([]string{"internal/store/internal/...", "vault/embedded"}, services...),
		reason: "a store has the rows of one kind of record and implements what the domain declares; what it must " +
			"know of another's tables it asks in SQL, so that stores need not know each other",
	},
	{
		packages: []string{"internal/payment/..."},
		may: append([]string{
			"internal/payment/...", "internal/approval", "internal/issuer", "connector/...",
		}, shared...),
		reason: "a payment is made with a client that the issuer gives; it knows neither bundles nor custody",
	},
	{
		packages: []string{"internal/issuer/..."},
		may:      append([]string{"internal/issuer/...", "vault", "registration/...", "connector/..."}, shared...),
		reason:   "issuer is the one place where registration, vault and connector meet",
	},
	{
		packages: []string{"internal/backup/..."},
		may:      append([]string{"internal/backup/...", "vault"}, shared...),
		reason: "a backup is a file of rows and a list of what custody holds; it knows neither the database " +
			"nor a custody",
	},
	{
		packages: []string{"internal/consent/..."},
		may:      append([]string{"vault", "registration/...", "connector/..."}, shared...),
		reason: "a consent joins a registration, a client of the bank and tokens in custody; app tells it where " +
			"its rows are",
	},
	{
		packages: []string{"internal/workload"},
		may:      []string{"fault", "internal/loopback", "internal/internet", "secret"},
		reason:   "what a platform says of a workload is the same whichever account it is for",
	},
	{
		packages: []string{"internal/clientcert"},
		may:      []string{"fault"},
		reason:   "for which certificate a proxy vouches is the same whichever account it is for",
	},
	{
		packages: []string{"internal/service"},
		may: append([]string{
			"internal/approval", "internal/clientcert", "internal/workload", "registration",
			"registration/catalogue",
		}, shared...),
		reason: "a service account is bound to registrations; what it does with them is not its business",
	},
	{
		packages: []string{"internal/banktoken"},
		may:      append([]string{"connector", "connector/oauth"}, shared...),
		reason:   "which token is lent follows from the account's purposes; renewing it is others' business",
	},
	{
		packages: []string{"internal/usage"},
		may:      append([]string{"registration"}, shared...),
		reason:   "which service uses which version of a registration's bundle is counted, and told by services",
	},
	{
		packages: []string{"internal/tlsconfig"},
		may:      append([]string{"internal/issuer", "vault", "registration/...", "connector/..."}, shared...),
		reason: "a configuration joins a registration's bundle, its certificates in custody and the bank's profile; " +
			"who may have it, the caller's grant says",
	},
	{
		packages:  []string{"internal/agent"},
		may:       []string{"fault", "internal/clock", "internal/keyfile", "types/api"},
		libraries: []string{"github.com/prometheus/client_golang", "github.com/prometheus/procfs"},
		reason:    "the agent is a service like any other: it knows of Sealkeeper what the API says",
	},
	{
		packages:  []string{"internal/idempotency"},
		may:       []string{"fault", "internal/clock", "secret"},
		libraries: []string{},
		reason:    "that a request was made before is the same whatever it is about",
	},
	{
		packages: []string{"internal/exportlink"},
		may:      append([]string{"internal/keyfile", "vault"}, shared...),
		reason:   "a link hands out what the vault hands out, as a file",
	},
	{
		packages: []string{"internal/installation"},
		may:      append([]string{"internal/version"}, shared...),
		reason:   "what an installation is made of is told to it, whatever that is",
	},
	{
		packages: []string{"internal/review"},
		may:      append([]string{"internal/identity", "internal/service"}, shared...),
		reason:   "a review looks at what people and programs were given; neither has to know of reviews",
	},
	{
		packages: []string{"internal/dora"},
		may:      append([]string{"registration", "registration/catalogue", "vault"}, shared...),
		reason:   "a register lists what is known elsewhere; nobody has to know of it",
	},
	{
		packages: []string{"internal/incident"},
		may: append([]string{
			"internal/approval", "internal/keycopies", "internal/revocation", "registration", "registration/catalogue",
			"registration/email", "vault",
		}, shared...),
		reason: "an incident joins what is known of a certificate; nobody who uses one has to know of incidents",
	},
	{
		packages: []string{"internal/search"},
		may:      append([]string{"registration", "registration/catalogue", "vault"}, shared...),
		reason:   "a search asks the lists that there are; none of them has to know of the others",
	},
	{
		packages: []string{"internal/keycopies"},
		may:      shared,
		reason:   "where copies of a key are does not depend on how it is kept: custody tells, and does not ask",
	},
	{
		packages:  []string{"internal/keyfile"},
		may:       []string{"fault", "secret"},
		libraries: []string{"github.com/pavlo-v-chernykh/keystore-go", "software.sslmate.com/src/go-pkcs12"},
		reason:    "how a key is written does not depend on where it comes from, nor on who reads it",
	},
	{
		packages:  []string{"internal/workday"},
		may:       []string{"connector/calendar", "connector/sepa"},
		libraries: []string{},
		reason:    "working days follow from rules about dates alone",
	},
	{
		packages:  []string{"internal/campaign/plan"},
		may:       []string{"registration/catalogue", "connector/calendar", "internal/workday", "certs", "certs/rules"},
		libraries: []string{},
		reason:    "when something has to be done follows from facts alone; who reads them is not its business",
	},
	{
		packages: []string{"internal/campaign/..."},
		may: append([]string{
			"internal/campaign/...", "internal/approval", "internal/issuer", "internal/usage", "internal/workday",
			"vault", "registration/...", "connector/calendar",
		}, shared...),
		reason: "a campaign has registrations, certificates and connection tests do what they do, one bank after " +
			"another",
	},
	{
		packages:  []string{"internal/local"},
		may:       []string{"fault", "internal/loopback"},
		libraries: []string{},
		reason:    "who can reach a process is the same whatever it serves",
	},
	{
		packages: []string{"internal/egress"},
		may: []string{
			"client/source", "connector/mtls", "connector/signature", "types/api", "fault", "internal/local", "secret",
		},
		libraries: []string{"github.com/prometheus/client_golang", "golang.org/x/net"},
		reason:    "egress is a client's way to a bank, for programs that have none: it knows the service by /v1 alone",
	},
	{
		packages: []string{"internal/bankfiles"},
		may:      append([]string{"internal/approval", "registration/catalogue"}, shared...),
		reason:   "a file is judged as the catalogue judges it; what speaks to banks says whether it can",
	},
	{
		packages: []string{"internal/policy"},
		may:      append([]string{"internal/approval"}, shared...),
		reason:   "the policy is changed by approval, and decides for how long and by how many; of banks it knows ids",
	},
	{
		packages: []string{"internal/alerts"},
		may:      append([]string{"internal/cases", "internal/internet", "types/api"}, shared...),
		reason:   "a message is a view of cases, for programs as in the API; what they are about, their package knows",
	},
	{
		packages: []string{"internal/passkey"},
		may:      append([]string{"internal/identity"}, shared...),
		reason:   "a passkey is somebody's; who there is, identity knows",
	},
	{
		packages: []string{"internal/federation"},
		may:      append([]string{"internal/identity", "internal/internet"}, shared...),
		reason:   "an account is somebody's; who there is, identity knows, and how the internet is asked, internet",
	},
	{
		packages: []string{"internal/config"},
		may:      []string{"fault", "secret", "internal/loopback", "internal/secretfile"},
		reason:   "the configuration is settings and the files they name; it knows nothing of what they set",
	},
	{
		packages:  []string{"internal/internet"},
		may:       []string{"fault", "internal/secretfile", "internal/tracing"},
		libraries: []string{"github.com/prometheus/client_golang", "go.opentelemetry.io/otel"},
		reason:    "how the internet is asked is the same whatever is asked; what an answer means, who asks knows",
	},
	{
		packages:  []string{"internal/tracing"},
		may:       []string{"fault"},
		libraries: []string{"go.opentelemetry.io/otel", "go.opentelemetry.io/otel/trace"},
		reason:    "what everything begins spans with brings no way to send them",
	},
	{
		packages: []string{"internal/tracing/otlp"},
		may: []string{
			"internal/clock", "internal/loopback", "internal/uid", "internal/version", "fault", "secret",
		},
		reason: "how spans are sent does not depend on what they are of",
	},
	{
		packages: []string{"internal/secretfile"},
		may:      []string{"fault", "secret"},
		reason:   "a file with a secret is read the same way whatever the secret is for",
	},
	{
		packages:  []string{"internal/listing"},
		may:       []string{"fault"},
		libraries: []string{"golang.org/x/text"},
		reason:    "what a page of a list is does not depend on what is listed, nor on where it is kept",
	},
	{
		packages:  []string{"internal/spreadsheet"},
		may:       nil,
		libraries: []string{},
		reason:    "a table is written the same way whatever is in it",
	},
	{
		packages: []string{
			"secret", "internal/access", "internal/clock", "internal/environment", "internal/loopback", "internal/uid",
			"fault",
		},
		may:    nil,
		reason: "everything depends on these, so they depend on nothing",
	},
	{
		packages: []string{"internal/..."},
		may:      shared,
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
		[]string{"web/...", "lab/bench"},
		"only web speaks Echo, so a change of framework is a change of one folder; the bench has an empty one",
	},
	{"gorm.io", []string{"internal/store/..."}, "rows are not domain objects; only store knows GORM"},
	{"github.com/pressly/goose", []string{"internal/store/..."}, "migrations belong to the store"},
	{
		"github.com/hashicorp/vault",
		[]string{"vault/hcvault/...", "lab/bench"},
		"only hcvault speaks to HashiCorp Vault; the bench compares with what its library reads",
	},
	{
		"github.com/tink-crypto",
		[]string{"vault", "vault/embedded/...", "vault/hcvault/..."},
		"sealing and wrapping keys is the work of a custody, sealing files that of vault",
	},
	{
		"github.com/go-webauthn/webauthn",
		[]string{"internal/passkey"},
		"what a browser signs is checked in one place",
	},
	{
		"github.com/alecthomas/kong",
		[]string{"internal/cli"},
		"a package does not know that it runs under a command line",
	},
	{"github.com/wneessen/go-mail", []string{"internal/alerts"}, "only alerts are sent by e-mail"},
	{
		"go.opentelemetry.io/otel/sdk",
		[]string{"internal/tracing/otlp"},
		"what is traced does not know whether and where spans are sent",
	},
	{"github.com/chromedp", nil, "browsers are for tests"},
}
