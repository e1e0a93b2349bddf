package portal

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"net/url"
	"strings"

	"github.com/sealkeeper/sealkeeper/lab/bank/segments"
	"github.com/sealkeeper/sealkeeper/secret"
)

// Applicant is the firm for which the portal's forms are filled in.
type Applicant struct {
	Organization string // agreement number, such as PSDFR-ACPR-12345
	RedirectURI  string
}

// maxApplications bounds what the portal's form can add.
const maxApplications = 200

// What the portal's form refuses.
var (
	ErrOrganization = errors.New("bank: this is no agreement number")
	ErrNotAdmitted  = errors.New("bank: support has not created this organization on the live catalogue")
	ErrRedirectURI  = errors.New("bank: the redirect URI does not fit the environment")
	ErrTooMany      = errors.New("bank: the portal is full")
)

// Admit is the support's yes to an e-mail: the organization exists on the live catalogue from now on.
func (p *Portal) Admit(organization string) error {
	if !strings.HasPrefix(organization, "PSD") || len(organization) > 100 {
		return ErrOrganization
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.admitted) >= maxApplications {
		return ErrTooMany
	}
	p.admitted[organization] = true
	return p.save()
}

// Admitted reports whether the organization is on the live catalogue.
func (p *Portal) Admitted(organization string) bool {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.admitted[organization]
}

// Create adds an application as the portal's form does. Its secret is in the answer and nowhere else.
func (p *Portal) Create(environment, organization, redirectURI string) (Client, error) {
	if err := p.mayCreate(environment, organization, redirectURI); err != nil {
		return Client{}, err
	}
	client := Client{
		ID:                     random(),
		Secret:                 secret.NewTextString(random()),
		OrganizationIdentifier: organization,
		RedirectURIs:           []string{redirectURI},
		Environment:            environment,
	}
	if err := p.Register(client); err != nil {
		return Client{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.created[client.ID] = client
	return client, p.save()
}

func (p *Portal) mayCreate(environment, organization, redirectURI string) error {
	p.mu.RLock()
	defer p.mu.RUnlock()
	live := environment == segments.Live
	u, err := url.Parse(redirectURI)
	switch {
	case !strings.HasPrefix(organization, "PSD") || len(organization) > 100:
		return ErrOrganization
	case live && !p.admitted[organization]:
		return ErrNotAdmitted
	case err != nil || u.Host == "" || len(redirectURI) > 500 || u.Scheme != "https" && (live || u.Scheme != "http"):
		return ErrRedirectURI
	case len(p.created) >= maxApplications:
		return ErrTooMany
	}
	return nil
}

// random is shaped like the client ids and secrets of the bank's portal.
func random() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b)
	return hex.EncodeToString(b)
}
