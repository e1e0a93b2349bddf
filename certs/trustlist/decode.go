package trustlist

import (
	"encoding/base64"
	"encoding/xml"
	"errors"
	"strings"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/certs/internal/text"
)

// The elements of TS 119 612 that are read.
type (
	xmlList struct {
		Scheme    xmlScheme     `xml:"http://uri.etsi.org/02231/v2# SchemeInformation"`
		Providers []xmlProvider `xml:"TrustServiceProviderList>TrustServiceProvider"`
	}
	xmlScheme struct {
		Version    int          `xml:"TSLVersionIdentifier"`
		Sequence   int          `xml:"TSLSequenceNumber"`
		Type       string       `xml:"TSLType"`
		Sources    []string     `xml:"SchemeInformationURI>URI"`
		Territory  string       `xml:"SchemeTerritory"`
		Issued     string       `xml:"ListIssueDateTime"`
		NextUpdate string       `xml:"NextUpdate>dateTime"`
		Pointers   []xmlPointer `xml:"PointersToOtherTSL>OtherTSLPointer"`
	}
	xmlPointer struct {
		Identities []xmlIdentity `xml:"ServiceDigitalIdentities>ServiceDigitalIdentity"`
		URL        string        `xml:"TSLLocation"`
		Other      []struct {
			Type      string `xml:"TSLType"`
			Territory string `xml:"SchemeTerritory"`
			MimeType  string `xml:"http://uri.etsi.org/02231/v2/additionaltypes# MimeType"`
		} `xml:"AdditionalInformation>OtherInformation"`
	}
	xmlIdentity struct {
		IDs []struct {
			Certificate string `xml:"X509Certificate"`
		} `xml:"DigitalId"`
	}
	xmlProvider struct {
		Names    []xmlName    `xml:"TSPInformation>TSPName>Name"`
		Services []xmlService `xml:"TSPServices>TSPService"`
	}
	xmlService struct {
		Now     xmlState   `xml:"ServiceInformation"`
		History []xmlState `xml:"ServiceHistory>ServiceHistoryInstance"`
	}
	xmlState struct {
		Type       string         `xml:"ServiceTypeIdentifier"`
		Names      []xmlName      `xml:"ServiceName>Name"`
		Identity   xmlIdentity    `xml:"ServiceDigitalIdentity"`
		Status     string         `xml:"ServiceStatus"`
		Since      string         `xml:"StatusStartingTime"`
		Supply     []xmlSupply    `xml:"ServiceSupplyPoints>ServiceSupplyPoint"`
		Extensions []xmlExtension `xml:"ServiceInformationExtensions>Extension"`
	}
	xmlSupply struct {
		Type string `xml:"type,attr"`
	}
	xmlName struct {
		Language string `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
		Text     string `xml:",chardata"`
	}
)

// decode reads what was signed.
func decode(signed []byte) (*List, error) {
	var x xmlList
	if err := xml.Unmarshal(signed, &x); err != nil {
		return nil, refuse(Malformed, err.Error())
	}
	s := x.Scheme
	if s.Version != 5 && s.Version != 6 {
		return nil, refuse(Version, "is of another version than 5 or 6")
	}
	issued, err := moment(s.Issued)
	if err != nil {
		return nil, refuse(Malformed, "its time of issue is no time")
	}
	list := &List{
		Version:   s.Version,
		Type:      strings.TrimSpace(s.Type),
		Territory: strings.TrimSpace(s.Territory),
		Sequence:  s.Sequence,
		Issued:    issued,
	}
	if s.NextUpdate != "" {
		if list.NextUpdate, err = moment(s.NextUpdate); err != nil {
			return nil, refuse(Malformed, "the time of its next update is no time")
		}
	}
	for _, source := range s.Sources {
		list.Sources = append(list.Sources, strings.TrimSpace(source))
	}
	for _, p := range s.Pointers {
		list.Pointers = append(list.Pointers, p.pointer())
	}
	for _, p := range x.Providers {
		provider, err := p.provider(s.Version)
		if err != nil {
			return nil, err
		}
		list.Providers = append(list.Providers, provider)
	}
	return list, nil
}

func moment(written string) (time.Time, error) {
	written = strings.TrimSpace(written)
	at, err := time.Parse(time.RFC3339, written)
	if err != nil { // without a zone; the format asks for UTC (clause 5.1.4)
		at, err = time.Parse("2006-01-02T15:04:05", written)
	}
	at = at.UTC()
	if err == nil && (at.Year() < 0 || at.Year() > 9999) { // an hour of another zone leads out of what can be written
		err = errors.New("no date")
	}
	return at, err
}

func (p xmlPointer) pointer() Pointer {
	pointer := Pointer{URL: strings.TrimSpace(p.URL)}
	for _, o := range p.Other {
		switch {
		case o.Type != "":
			pointer.Type = strings.TrimSpace(o.Type)
		case o.Territory != "":
			pointer.Territory = strings.TrimSpace(o.Territory)
		case o.MimeType != "":
			pointer.MimeType = strings.TrimSpace(o.MimeType)
		}
	}
	for _, identity := range p.Identities {
		pointer.Signers = append(pointer.Signers, identity.certificates()...)
	}
	return pointer
}

// certificates reads those of an identity. One that is damaged identifies nobody.
func (i xmlIdentity) certificates() (found []*certs.Certificate) {
	for _, id := range i.IDs {
		if raw, err := octets(id.Certificate); err == nil && len(raw) > 0 {
			if c, err := certs.ParseCertificate(raw); err == nil {
				found = append(found, c)
			}
		}
	}
	return found
}

func octets(base string) ([]byte, error) {
	return base64.StdEncoding.DecodeString(strings.Join(strings.Fields(base), ""))
}

// english returns the English one of several names, or the first.
func english(names []xmlName) string {
	for _, n := range names {
		if strings.EqualFold(n.Language, "en") {
			return text.Line(n.Text)
		}
	}
	if len(names) > 0 {
		return text.Line(names[0].Text)
	}
	return ""
}

func (p xmlProvider) provider(version int) (Provider, error) {
	provider := Provider{Name: english(p.Names)}
	for _, s := range p.Services {
		service := Service{Name: english(s.Now.Names)}
		service.Certificates = s.Now.Identity.certificates()
		for _, x := range append([]xmlState{s.Now}, s.History...) {
			state, err := x.state(version)
			if err != nil {
				return provider, err
			}
			service.States = append(service.States, state)
		}
		provider.Services = append(provider.Services, service)
	}
	return provider, nil
}

func (x xmlState) state(version int) (State, error) {
	for _, supply := range x.Supply {
		if version < 6 && supply.Type != "" {
			return State{}, refuse(Malformed, "a list of version 5 has supply points of version 6")
		}
	}
	since, err := moment(x.Since)
	if err != nil {
		return State{}, refuse(Malformed, "a status begins at no time")
	}
	state := State{
		Type:   strings.TrimSpace(x.Type),
		Status: Status(lastPart(x.Status)),
		Since:  since,
	}
	for _, e := range x.Extensions {
		e.addTo(&state)
	}
	return state, nil
}

func lastPart(uri string) string {
	uri = strings.Trim(strings.TrimSpace(uri), "/")
	return uri[strings.LastIndex(uri, "/")+1:]
}
