package qtsp

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// territories are those to whose lists the LOTL points.
var territories = strings.Fields("AT BE BG CY CZ DE DK EE EL ES FI FR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO " +
	"SE SI SK UK")

// Europe publishes a LOTL and 31 lists as large as real ones. Germany's is signed by RSA-PSS.
type Europe struct {
	Anchor *x509.Certificate // who signs the LOTL
	Bytes  int               // of all lists

	published map[string][]byte // by path
}

// NewEurope signs the lists, to be served at base. Services that some QTSPs issue by are spread over them, among as
// many others in each as said.
func NewEurope(now time.Time, base string, listed []*QTSP, others int) (*Europe, error) {
	e := &Europe{published: map[string][]byte{}}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("certstest: key: %w", err)
	}
	pss, err := generate(RSA3072)
	if err != nil {
		return nil, fmt.Errorf("certstest: key: %w", err)
	}
	from, until := now.UTC().Truncate(time.Second).Add(-time.Minute), now.UTC().AddDate(0, 6, 0)
	var pointers strings.Builder
	for i, territory := range territories {
		var services strings.Builder
		for k := i; k < len(listed); k += len(territories) {
			services.WriteString(serviceOf(listed[k].issuing, from))
		}
		for k := range others {
			c, err := other(fmt.Sprintf("%s qualified CA %d", territory, k), now, key)
			if err != nil {
				return nil, err
			}
			services.WriteString(serviceOf(c, from))
		}
		signer, err := NewListSigner(territory, now, nil)
		if territory == "DE" {
			signer, err = NewListSigner(territory, now, pss)
		}
		if err != nil {
			return nil, err
		}
		path := "/" + territory + ".xml"
		body := list(territory, "EUgeneric", 1, from, until, "", "", providers(territory+" QTSP", services.String()))
		if e.published[path], err = SignList(body, signer, ""); err != nil {
			return nil, err
		}
		e.Bytes += len(e.published[path])
		pointers.WriteString(pointer(base+path, territory, "EUgeneric", signer))
	}
	anchor, err := NewListSigner("LOTL signer", now, nil)
	if err != nil {
		return nil, err
	}
	e.Anchor = anchor.Certificate
	lotl := list("EU", "EUlistofthelists", 1, from, until, "", "<PointersToOtherTSL>"+
		pointer(base+ListOfListsPath, "EU", "EUlistofthelists", anchor)+pointers.String()+"</PointersToOtherTSL>", "")
	e.published[ListOfListsPath], err = SignList(lotl, anchor, "")
	e.Bytes += len(e.published[ListOfListsPath])
	return e, err
}

// serviceOf is a service that is granted, and was withdrawn for a year.
func serviceOf(c *x509.Certificate, now time.Time) string {
	state := func(status string, years int) string {
		return stateOf(c, serviceState{status, now.AddDate(-years, 0, 0)})
	}
	return "<TSPService><ServiceInformation>" + state("granted", 2) + "</ServiceInformation><ServiceHistory>" +
		"<ServiceHistoryInstance>" + state("withdrawn", 3) + "</ServiceHistoryInstance></ServiceHistory></TSPService>"
}

func providers(name, services string) string {
	return "<TrustServiceProviderList><TrustServiceProvider><TSPInformation><TSPName><Name xml:lang=\"en\">" + name +
		"</Name></TSPName></TSPInformation><TSPServices>" + services +
		"</TSPServices></TrustServiceProvider></TrustServiceProviderList>"
}

// other is the certificate of a service that has issued nothing of ours.
func other(name string, now time.Time, key *ecdsa.PrivateKey) (*x509.Certificate, error) {
	template := &x509.Certificate{
		SerialNumber:          serial(),
		Subject:               subject(attribute{oidCountry, "FR"}, attribute{oidCommonName, name}),
		NotBefore:             now.AddDate(-4, 0, 0),
		NotAfter:              now.AddDate(5, 0, 0),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign,
	}
	return sign(template, template, key.Public(), key)
}

// ServeHTTP implements http.Handler.
func (e *Europe) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	published, known := e.published[r.URL.Path]
	if !known {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/vnd.etsi.tsl+xml")
	_, _ = w.Write(published)
}
