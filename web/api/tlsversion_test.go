package api_test

import (
	"encoding/pem"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/sealkeeper/sealkeeper/internal/access"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration"
	wire "github.com/sealkeeper/sealkeeper/types/api"
)

// While versions change, a service is told of one of them: never the certificate of one with whom another trusts.
func TestABundleIsOneVersionSpire2704(t *testing.T) {
	s := serve(t)
	r := s.ActivateAt(stack.Institution)
	roots := make([]string, 3)
	for i := range roots {
		other, err := qtsp.NewNamed(s.Now, "http://qtsp.example", fmt.Sprintf("Other issuer %d", i))
		check(t, err)
		roots[i] = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: other.Root().Raw}))
	}
	rootOf := func(c wire.TLSConfiguration) int {
		return slices.IndexFunc(roots, func(root string) bool { return slices.Contains(c.TrustAnchors, root) })
	}
	over := make(chan struct{})
	var reading sync.WaitGroup
	seen := make([]map[string]int, 4) // by each reader: the root of each certificate and version
	for i := range seen {
		c := s.service(t, fmt.Sprintf("reports %d", i), access.Transport)
		seen[i] = map[string]int{}
		reading.Go(func() {
			for last := false; !last; {
				select {
				case <-over:
					last = true // and once more
				default:
				}
				var got wire.TLSConfiguration
				c.call("GET", "/v1/tls/"+r.ID, nil).want(http.StatusOK, &got)
				key := fmt.Sprint(got.Version, " ", got.Transport.SHA256)
				if root, again := seen[i][key]; again && root != rootOf(got) {
					t.Errorf("version %d came with root %d and with %d", got.Version, root, rootOf(got))
				}
				seen[i][key] = rootOf(got)
			}
		})
	}
	want := map[string]int{}
	for version := 2; version < 8; version++ {
		issued := s.QTSP.MustIssue(t, qtsp.Request{KeyType: qtsp.P256})
		root := version % len(roots)
		want[fmt.Sprint(version, " ", issued.Certificate.SHA256)] = root
		_, err := s.Registrations.SaveBundle(t.Context(), stack.Engineer, r.ID, registration.BundleInput{
			QWACID:       s.ImportIssued(issued),
			TrustAnchors: []string{roots[root]},
		})
		check(t, err)
		s.TestConnection(r.ID)
		_, err = s.Registrations.Activate(t.Context(), stack.Engineer, r.ID, version)
		check(t, err)
	}
	close(over)
	reading.Wait()
	for _, of := range seen {
		if len(of) < 2 {
			t.Errorf("a reader saw %v", of)
		}
		for key, root := range of {
			if expected, changed := want[key]; changed && root != expected || !changed && root != -1 {
				t.Errorf("%s came with root %d, want %d", key, root, want[key])
			}
		}
	}
}
