package mtls_test

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/connector/failure"
	"github.com/sealkeeper/sealkeeper/connector/mtls"
)

// An http.Client for a bank that no other package here knows.
func ExampleNew() {
	var qwac certs.Source // from the vault
	client, err := mtls.New(qwac, mtls.Defaults())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()

	request, err := http.NewRequest(http.MethodGet, "https://api.bank.example/v1/accounts", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	answer, err := client.Send(request)
	if cause, ok := errors.AsType[*failure.Failure](err); ok {
		fmt.Println(cause.Alert, cause.Action) // unknown_ca operator
		return
	}
	fmt.Println(answer.Status, len(answer.Body))
}
