package loopback_test

import (
	"net/url"
	"testing"

	"github.com/sealkeeper/sealkeeper/internal/loopback"
)

func TestHost(t *testing.T) {
	for _, test := range []struct {
		host string
		want bool
	}{
		{"localhost", true},
		{"LOCALHOST", true},
		{"LocalHost", true},
		{"localhost.", true},
		{"127.0.0.1", true},
		{"127.0.0.0", true},
		{"127.255.255.254", true},
		{"::1", true},
		{"0:0:0:0:0:0:0:1", true},
		{"::ffff:127.0.0.1", true},
		{"::ffff:7f00:1", true},

		{"", false},
		{".", false},
		{"localhost..", false},
		{" localhost", false},
		{"localhost:80", false},
		{"localhoſt", false}, // U+017F folds to an s
		{"localhost.example", false},
		{"bank.localhost", false},
		{"localdomain", false},
		{"bank.example", false},
		{"127.0.0.1.example", false},
		{"127.0.0.1.", false}, // no address, so it would be looked up
		{"127.1", false},
		{"127.0.0.01", false},
		{"2130706433", false},
		{"0x7f.0.0.1", false},
		{"0.0.0.0", false},
		{"126.255.255.255", false},
		{"128.0.0.1", false},
		{"192.168.0.1", false},
		{"::", false},
		{"::2", false},
		{"[::1]", false},
		{"::1%lo", false},
		{"::ffff:10.0.0.1", false},
		{"::127.0.0.1", false},
	} {
		t.Run(test.host, func(t *testing.T) {
			if got := loopback.Host(test.host); got != test.want {
				t.Errorf("%v, want %v", got, test.want)
			}
		})
	}
}

// TestHostOfURL: it is made for what url.URL.Hostname gives.
func TestHostOfURL(t *testing.T) {
	for address, want := range map[string]bool{
		"http://LOCALHOST:8200":            true,
		"http://[::1]:8200/v1":             true,
		"http://[::ffff:127.0.0.1]":        true,
		"http://localhost@bank.example":    false,
		"http://bank.example#localhost":    false,
		"http://127.0.0.1.bank.example:80": false,
	} {
		t.Run(address, func(t *testing.T) {
			u, err := url.Parse(address)
			if err != nil {
				t.Fatal(err)
			}
			if got := loopback.Host(u.Hostname()); got != want {
				t.Errorf("%v, want %v", got, want)
			}
		})
	}
}

func TestCheckURL(t *testing.T) {
	for address, want := range map[string]string{
		"https://bank.example/v1":         "",
		"http://127.0.0.1:8080/authorize": "",
		"http://LOCALHOST/token":          "",
		"":                                "is not a URL",
		"https://":                        "is not a URL",
		"bank.example":                    "is not a URL",
		"https://bank\x7f":                "is not a URL",
		"http://bank.example":             "must begin with https://",
		"http://localhost.example":        "must begin with https://",
		"ftp://127.0.0.1":                 "must begin with https://",
		"https://user@bank.example":       "must not carry a user name or a fragment",
		"https://bank.example/#x":         "must not carry a user name or a fragment",
	} {
		t.Run(address, func(t *testing.T) {
			got := ""
			if err := loopback.CheckURL(address); err != nil {
				got = err.Error()
			}
			if got != want {
				t.Errorf("%q, want %q", got, want)
			}
		})
	}
}
