package primary

import (
	"fmt"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
)

// Each server of an address is tried by itself, in each of the ways that its sslmode allows.
func TestServersAreToldApart(t *testing.T) {
	for _, test := range []struct {
		name, dsn string
		want      []string
	}{
		{"one", "postgres://u@127.0.0.1:1/d?sslmode=disable", []string{"127.0.0.1:1 in 1 way"}},
		{"one, with TLS or without", "postgres://u@127.0.0.1:1/d?sslmode=prefer", []string{"127.0.0.1:1 in 2 ways"}},
		{"two", "postgres://u@127.0.0.1:1,127.0.0.1:2/d?sslmode=prefer",
			[]string{"127.0.0.1:1 in 2 ways", "127.0.0.1:2 in 2 ways"}},
		{"two names", "postgres://u@a:1,b:1/d?sslmode=verify-full", []string{"a:1 in 1 way", "b:1 in 1 way"}},
		{"a socket", "postgres://u@/d?host=/run/postgresql", []string{"/run/postgresql:5432 in 1 way"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			cfg, err := pgx.ParseConfig(test.dsn)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, one := range apart(cfg) {
				ways := "1 way"
				if n := len(one.Fallbacks); n > 0 {
					ways = fmt.Sprintf("%d ways", n+1)
				}
				got = append(got, fmt.Sprintf("%s:%d in %s", one.Host, one.Port, ways))
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
