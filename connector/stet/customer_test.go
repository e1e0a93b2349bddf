package stet_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/sealkeeper/sealkeeper/connector/stet"
	"github.com/sealkeeper/sealkeeper/fault"
	"github.com/sealkeeper/sealkeeper/lab/tpp"
)

// TestCustomerIsCheckedBeforeTheBankIsTold: what is told travels in headers.
func TestCustomerIsCheckedBeforeTheBankIsTold(t *testing.T) {
	var told []string
	client := tpp.Answering(t, func(w http.ResponseWriter, r *http.Request) {
		told = append(told, r.Header.Get("Psu-Ip-Address"))
		_, _ = io.WriteString(w, `{"accounts":[],"_links":{}}`)
	})
	for _, test := range []struct {
		customer stet.Customer
		code     string
	}{
		{stet.Customer{IPAddress: "192.0.2.7", UserAgent: "Mozilla/5.0 (X11; Linux)"}, ""},
		{stet.Customer{IPAddress: "2001:db8::7"}, ""},
		{stet.Customer{IPAddress: "not an ip"}, "customer_ip_invalid"},
		{stet.Customer{IPAddress: "192.0.2.7\r\nX-Evil: 1"}, "customer_ip_invalid"},
		{stet.Customer{IPAddress: "fe80::1%x\r\nX-Evil: 1"}, "customer_ip_invalid"},
		{stet.Customer{IPAddress: "192.0.2.7", UserAgent: "x\r\nX-Evil: 1"}, "customer_agent_invalid"},
		{stet.Customer{IPAddress: "192.0.2.7", UserAgent: strings.Repeat("x", 513)}, "customer_agent_invalid"},
	} {
		t.Run(fmt.Sprintf("%.60q", test.customer), func(t *testing.T) {
			_, err := client.AIS.Accounts(stet.WithCustomer(t.Context(), test.customer), tpp.SomeToken)
			if test.code == "" && err != nil || test.code != "" && (tpp.FaultCode(err) != test.code || !errors.Is(err,
				fault.Invalid)) {
				t.Errorf("%+v: %v", test.customer, err)
			}
		})
	}
	if !slices.Equal(told, []string{"192.0.2.7", "2001:db8::7"}) {
		t.Errorf("the bank was told %q", told)
	}
}
