package main

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/sealkeeper/sealkeeper/certs"
	"github.com/sealkeeper/sealkeeper/lab/qtsp"
	"github.com/sealkeeper/sealkeeper/lab/stack"
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
		views, err := s.Registrations.List(b.Context(), stack.Auditor)
		each[i] = float64(time.Since(start).Microseconds()) / 1000
		if err != nil || len(views) < 1000 {
			loud{b}.Fatal(fmt.Sprintf("%d registrations, %v", len(views), err))
		}
	}
	slices.Sort(each)
	return []figure{below("list_1000_registrations", each[rounds/2], "ms", 50)}
}
