package connector

import (
	"time"

	"github.com/sealkeeper/sealkeeper/connector/ais"
	"github.com/sealkeeper/sealkeeper/connector/duration"
	"github.com/sealkeeper/sealkeeper/connector/failure"
	"github.com/sealkeeper/sealkeeper/connector/mtls"
	"github.com/sealkeeper/sealkeeper/connector/oauth"
	"github.com/sealkeeper/sealkeeper/connector/pis"
	"github.com/sealkeeper/sealkeeper/connector/signature"
)

// SocieteGenerale returns Societe Generale's dialect without its URLs, which
// differ by environment, segment and product. Its gateway is the only one of
// the French STET banks known not to want (request-target) signed.
func SocieteGenerale() Profile {
	return Profile{
		HrefMode:     ais.HrefAppend,
		Accept:       "application/json",
		ExtraHeaders: map[string]string{"client-id": "{client_id}"},
		HistoryDays:  180,
		MaxPages:     500,
		DateLayout:   "2006-01-02T15:04:05.000Z", // the clock of Paris, whatever the Z says
		TimeZone:     "Europe/Paris",
		Resources:    ais.Resources{Identity: "/end-user-identity", Beneficiaries: "/trusted-beneficiaries"},
		Texts: failure.Phrases{
			NoConsent: []string{"no consent"},
			Signature: []string{"signature", "digest"},
			Blocked:   []string{"compte inexistant", "bloqu"},
			Quota:     []string{"par jour", "daily"},
		},
		OAuth: oauth.Settings{
			TokenAuth: oauth.TokenAuthBasic,
			AISScope:  "aisp",
			PISScope:  "pisp",
			ExpiresIn: duration.Duration(15 * time.Minute),
		},
		Payments: societeGeneralePayments(),
		Signature: signature.Settings{
			Algorithm:       signature.AlgorithmRSA,
			AISHeaders:      []string{"client-id", "digest", "x-request-id"},
			PISHeaders:      []string{"digest", "x-request-id"},
			Separator:       ",",
			KeyID:           "{base}/{name}_{sha256}",
			KeyIDName:       "qsealc",
			DigestEmptyBody: true,
		},
		Connection: mtls.Defaults(),
	}
}

// societeGeneralePayments is what two live connectors did. A transfer that is
// not confirmed is not executed.
func societeGeneralePayments() pis.Settings {
	return pis.Settings{
		Kinds:         []pis.Kind{pis.Single, pis.Instant, pis.Future},
		AmountForm:    pis.AmountNumber,
		MaxDaysAhead:  365,
		Layout:        pis.LayoutPayment,
		ExecutionTime: "08:00",
		ExecutionLead: duration.Duration(5 * time.Minute),
		CutOff:        "17:30",
		CutOffMargin:  duration.Duration(15 * time.Minute),
		IDSources:     []pis.IDSource{pis.IDFromLocation, pis.IDFromFragment, pis.IDFromQuery},
		Confirmation:  pis.ConfirmDirect,
		ConfirmOn:     []pis.Status{pis.StatusACCP, pis.StatusPDNG},
		Cancellable:   true,
	}
}
