package connector_test

import (
	"context"
	"fmt"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/connector"
	"github.com/sealkeeper/sealkeeper/connector/oauth"
	"github.com/sealkeeper/sealkeeper/secret"
)

// A customer has been at the bank and come back with a code.
func Example() {
	var qwac, qsealc certs.Source // from the vault
	var secretFromVault secret.Text

	profile := connector.SocieteGenerale()
	profile.AISBaseURL = "https://mtls.api.sb.societegenerale.fr/sg/sb/pri/v1.4.2.17/psd2/xs2a"
	profile.TokenURL = "https://mtls.sg-signin.sb.societegenerale.fr/oauth2/token"
	profile.AuthorizeURL = "https://particuliers.sg-signin.sb.societegenerale.fr/oauth2/authorize"

	client, err := connector.New(connector.Config{
		Profile:     profile,
		Transport:   qwac,
		Signing:     qsealc,
		Credentials: oauth.Credentials{ClientID: "from the portal", ClientSecret: secretFromVault},
		KeyIDBase:   "https://tpp.example/.well-known/seals",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()

	ctx := context.Background()
	token, err := client.OAuth.ExchangeCode(ctx, "code of the call-back", "https://tpp.example/callback", secret.Text{})
	if err != nil {
		fmt.Println(err)
		return
	}
	accounts, err := client.AIS.Accounts(ctx, token)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, account := range accounts {
		fmt.Println(account.Name, account.ID.IBAN, len(account.Balances))
	}
}
