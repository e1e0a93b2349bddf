package main

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/internal/listing"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
	"github.com/sealkeeper/sealkeeper/registration"
)

// listRegistrations is what a page with a thousand registrations costs: every
// step, gate and blocker of each is judged.
func listRegistrations(b *testing.B) []figure {
	s := stack.New(loud{b})
	s.FillRegistrations(1000, s.Import(qtsp.Request{}), s.Import(qtsp.Request{Kind: certs.QSealC}))
	const rounds = 21
	each := make([]float64, rounds)
	for i := range each {
		start := time.Now()
		views := 0
		q := registration.Listed.Query()
		for q.Limit = listing.MaxLimit; ; {
			page, err := s.Registrations.Page(b.Context(), stack.Auditor, q)
			if err == nil && page.Next != "" {
				q, err = q.Behind(page.Next)
			}
			if err != nil {
				loud{b}.Fatal(err)
			}
			if views += len(page.Items); page.Next == "" {
				break
			}
		}
		each[i] = float64(time.Since(start).Microseconds()) / 1000
		if views < 1000 {
			loud{b}.Fatal(fmt.Sprintf("%d registrations", views))
		}
	}
	slices.Sort(each)
	return []figure{below("list_1000_registrations", each[rounds/2], "ms", 50)}
}
